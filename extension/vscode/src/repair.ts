import { l10n, type Memento, type TextEditor, window } from "vscode";
import type { Repaired } from "./protocol.ts";

const TESTS = "tests";

/** Runs a command of the server's. */
export type Execute = (command: string, ...parameters: unknown[]) => Promise<Repaired>;

/** Change the selection as the person wishes; VS Code shows the change before it is made. */
export async function repairSelection(
  { document, selection }: TextEditor,
  execute: Execute,
): Promise<void> {
  const wish = await window.showInputBox({
    title: l10n.t("Repair the Selection"),
    prompt: l10n.t("What is wrong here, or wanted?"),
    placeHolder: l10n.t("an empty list must give 0"),
  });
  if (!wish?.trim()) return;
  const { start, end } = selection;
  const range = {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
  tell(await execute("midfill.repair", document.uri.toString(), range, wish));
}

/**
 * Look for a change that makes the person's test command pass, or without one the checks that fit
 * the file; `memory` keeps the command.
 */
export async function repairTests(
  { document }: TextEditor,
  execute: Execute,
  memory: Memento,
): Promise<void> {
  const command = await window.showInputBox({
    title: l10n.t("Repair until the Tests Pass"),
    prompt: l10n.t(
      "The command that runs them, in a copy of the workspace. None: only this file is checked.",
    ),
    placeHolder: "pytest -q",
    value: memory.get(TESTS, ""),
  });
  if (command === undefined) return;
  await memory.update(TESTS, command);
  tell(await execute("midfill.repairTests", document.uri.toString(), command));
}

function tell({ applied, checks, verified }: Repaired): void {
  if (!applied) return;
  const passed = checks.join(", ");
  void window.showInformationMessage(
    verified
      ? l10n.t("Repaired. Passed: {0}.", passed)
      : l10n.t("Changed. Passed: {0}; nothing tells whether it does what is wanted.", passed),
  );
}
