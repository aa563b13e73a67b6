import { commands, type ExtensionContext, l10n, type TextEditor, window, workspace } from "vscode";
import { ErrorCodes, ExecuteCommandRequest, LSPErrorCodes } from "vscode-languageclient/node";
import { Acceptance } from "./acceptance.ts";
import { completions } from "./completions.ts";
import { ContextPage, SCHEME } from "./context.ts";
import { onCursorAtRest } from "./cursor.ts";
import { findings, STYLE as DOCTOR_STYLE } from "./doctor.ts";
import { Keys } from "./keys.ts";
import { showMenu } from "./menu.ts";
import { chooseModel } from "./models.ts";
import { Page } from "./page.ts";
import type { Context, Models, Repaired, Report, Statistics } from "./protocol.ts";
import { Preview, REPAIRED } from "./preview.ts";
import { repairSelection, repairTests } from "./repair.ts";
import { Server } from "./server.ts";
import { isOn, isShown, toggle } from "./settings.ts";
import { charts, STYLE as CHARTS_STYLE } from "./statistics.ts";
import { StatusItem } from "./status.ts";

const WELCOMED = "welcomed";
/** The settings that the status tells of. */
const SHOWN = ["midfill", "editor.inlineSuggest.enabled"];

let server: Server | undefined;

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("Midfill", { log: true });
  const keys = new Keys(context);
  const report = () => running.request<Report>("midfill/status");
  const status = new StatusItem(report);
  const acceptance = new Acceptance((ended) => running.notify("midfill/didEndSuggestion", ended));
  const grey = completions(
    (document, items) => {
      acceptance.offered(document, items);
      status.refresh();
    },
    async () => (await report()).partial,
  );
  const preview = new Preview();
  const running = new Server(context, log, status, keys, grey, preview);
  server = running;
  const execute = (command: string, ...parameters: unknown[]) =>
    running.request<Repaired>(ExecuteCommandRequest.method, { command, arguments: parameters });
  const contextPage = new ContextPage();
  const statistics = new Page("midfill.statistics", l10n.t("Midfill Statistics"), CHARTS_STYLE);
  const doctor = new Page("midfill.doctor", l10n.t("Midfill Doctor"), DOCTOR_STYLE);

  const handlers: Record<string, () => unknown> = {
    menu: showMenu,
    suggest: () => commands.executeCommand("editor.action.inlineSuggest.trigger"),
    toggle: () => toggle("everywhere"),
    toggleWorkspace: () => toggle("workspace"),
    toggleLanguage: () => inEditor(({ document }) => toggle(document)),
    chooseModel: async () => chooseModel(await running.request<Models>("midfill/models")),
    explainSilence: async () => window.showInformationMessage(whyNothing(await report())),
    showContext: () =>
      inEditor(async (editor) => {
        const found = await running.request<Context>("midfill/context", place(editor));
        await contextPage.show(found, named(editor));
      }),
    repairSelection: () => inEditor((editor) => repairSelection(editor, execute)),
    makeTestsPass: () => inEditor((editor) => repairTests(editor, execute, context.workspaceState)),
    showStatistics: async () =>
      statistics.show(charts(await running.request<Statistics>("midfill/statistics"))),
    doctor: async () => {
      const checks = await running.examine();
      if (checks) doctor.show(findings(checks));
    },
    showLog: () => log.show(),
    openSettings: () =>
      commands.executeCommand("workbench.action.openSettings", "@ext:midfill.midfill"),
    storeKey: async () => (await keys.store()) && running.start(),
    forgetKey: async () => (await keys.forget()) && running.start(),
    restartServer: () => running.start(),
    installServer: () => running.install(),
  };
  context.subscriptions.push(
    log,
    status,
    acceptance,
    statistics,
    doctor,
    workspace.registerTextDocumentContentProvider(SCHEME, contextPage),
    workspace.registerTextDocumentContentProvider(REPAIRED, preview),
    window.onDidChangeActiveTextEditor(() => status.refresh()),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("midfill.path")) void running.start();
      else if (SHOWN.some((setting) => event.affectsConfiguration(setting))) status.refresh();
    }),
    onCursorAtRest(({ textEditor }) => {
      const { document } = textEditor;
      if (isOn(document) && isShown(document)) {
        running.notify("midfill/didMoveCursor", place(textEditor));
      }
    }),
    ...Object.entries(handlers).map(([name, handler]) =>
      commands.registerCommand(`midfill.${name}`, () => shown(handler)),
    ),
  );
  void welcome(context);
  void running.start(); // It may ask the person something, which activation does not wait for.
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** Open the walkthrough at the first start, where the person wants walkthroughs opened. */
async function welcome({ globalState, extension }: ExtensionContext): Promise<void> {
  const wanted = workspace
    .getConfiguration("workbench.welcomePage")
    .get("walkthroughs.openOnInstall");
  if (!wanted || globalState.get(WELCOMED)) return;
  await globalState.update(WELCOMED, true);
  await commands.executeCommand("workbench.action.openWalkthrough", `${extension.id}#start`);
}

/** The person has cancelled, or the server has ended, of which they are told already. */
const QUIET: unknown[] = [LSPErrorCodes.RequestCancelled, ErrorCodes.PendingResponseRejected];

/** Run a command; what it throws, the person sees. */
async function shown(handler: () => unknown): Promise<void> {
  try {
    await handler();
  } catch (error) {
    if (QUIET.includes((error as { code?: number }).code)) return;
    void window.showErrorMessage(`Midfill: ${(error as Error).message}`);
  }
}

function inEditor<T>(work: (editor: TextEditor) => T): T | undefined {
  return window.activeTextEditor && work(window.activeTextEditor);
}

function whyNothing({ reason, model, backend }: Report): string {
  const document = window.activeTextEditor?.document;
  if (!isShown(document)) {
    return l10n.t("The setting editor.inlineSuggest.enabled is off, so that nothing is shown.");
  }
  if (document && !isOn(document)) {
    return l10n.t("Suggestions are switched off for {0}.", document.languageId);
  }
  if (reason) return l10n.t("No suggestion: {0}.", reason);
  if (backend) return l10n.t("The last completion had a text, by {0}.", model);
  return l10n.t("No completion has been made yet.");
}

function place({ document, selection }: TextEditor): object {
  const { line, character } = selection.active;
  return { textDocument: { uri: document.uri.toString() }, position: { line, character } };
}

function named({ document, selection }: TextEditor): string {
  const path = workspace.asRelativePath(document.uri);
  return `${path}:${selection.active.line + 1}:${selection.active.character + 1}`;
}
