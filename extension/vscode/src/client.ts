import { type ExtensionContext, type LogOutputChannel, workspace } from "vscode";
import {
  CloseAction,
  DidChangeConfigurationNotification,
  ErrorAction,
  LanguageClient,
  type Middleware,
  RevealOutputChannelOn,
  State,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient/node";
import type { Preview } from "./preview.ts";
import { Notices } from "./progress.ts";
import type { Shown } from "./protocol.ts";
import { forServer } from "./settings.ts";

/** What the person sees of the server. */
export interface Display {
  starting(): void;
  installing(): void;
  missing(): void;
  stopped(why: string): void;
  running(): void;
  shown(shown: Shown): void;
  progress(percent: number | undefined): void;
}

/** What goes wrong is in its log. What a person can do about it, the server and we say. */
class Client extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** A client of the server that `program` is; `crashed` decides whether it is started again. */
export function connect(
  program: string,
  environment: NodeJS.ProcessEnv,
  extension: ExtensionContext["extension"],
  log: LogOutputChannel,
  display: Display,
  completions: Middleware,
  preview: Preview,
  crashed: () => Promise<boolean>,
): LanguageClient {
  const server = { command: program, args: ["serve", "--stdio"], options: { env: environment } };
  const notices = new Notices((token) => {
    void client.sendNotification(WorkDoneProgressCancelNotification.type, { token });
  });
  const client: LanguageClient = new Client("midfill", "Midfill", server, {
    documentSelector: [{ scheme: "file" }, { scheme: "untitled" }, { notebook: "*" }],
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false,
    middleware: {
      ...completions,
      handleWorkDoneProgress(token, value, next) {
        // Loading a model is shown in our own item of the status bar.
        if (!notices.show(token, value)) {
          display.progress(value.kind === "end" ? undefined : value.percentage);
        }
        if (value.kind === "end") next(token, value); // frees what the client keeps
      },
      // What checks a fix may be code of the workspace: its own compiler, for one.
      provideCodeActions: (document, range, context, token, next) =>
        workspace.isTrusted ? next(document, range, context, token) : undefined,
      workspace: {
        configuration: () => [forServer(extension)],
        didChangeConfiguration: () =>
          client.sendNotification(DidChangeConfigurationNotification.type, { settings: null }),
        handleApplyEdit: async ({ edit }) => {
          const change = await client.protocol2CodeConverter.asWorkspaceEdit(edit);
          const [note] = Object.values(edit.changeAnnotations ?? {});
          return { applied: await preview.offer(change, note?.description ?? "") };
        },
      },
    },
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: async () => ({
        action: (await crashed()) ? CloseAction.Restart : CloseAction.DoNotRestart,
        handled: true,
      }),
    },
  });
  client.registerFeature({
    // VS Code's own preview of what is to be confirmed has every change unticked. Without it, the
    // server hands over fixes as it does other repairs.
    fillClientCapabilities({ textDocument }) {
      if (textDocument?.codeAction) textDocument.codeAction.honorsChangeAnnotations = false;
    },
    initialize: () => {},
    getState: () => ({ kind: "static" }),
    clear: () => {},
  });
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) display.running();
    if (newState === State.Stopped) notices.clear();
  });
  client.onNotification("didChangeStatus", (shown: Shown) => display.shown(shown));
  return client;
}
