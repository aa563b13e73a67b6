import { commands, l10n, type QuickPickItem, QuickPickItemKind, window, workspace } from "vscode";
import { isOn } from "./settings.ts";

/** The menu of the status bar item. */
export async function showMenu(): Promise<void> {
  const document = window.activeTextEditor?.document;
  const entry = (icon: string, label: string, command: string) => ({
    label: `$(${icon}) ${label}`,
    command,
  });
  const toggled = (on: boolean, where: string) =>
    on ? l10n.t("Switch off {0}", where) : l10n.t("Switch on {0}", where);
  const line = { label: "", kind: QuickPickItemKind.Separator, command: "" };
  const items: (QuickPickItem & { command: string })[] = [
    entry("circle-slash", toggled(isOn(), l10n.t("everywhere")), "midfill.toggle"),
    ...(document
      ? [
          entry(
            "code",
            toggled(isOn(document), l10n.t("for {0}", document.languageId)),
            "midfill.toggleLanguage",
          ),
        ]
      : []),
    ...(workspace.workspaceFolders
      ? [entry("folder", toggled(isOn(), l10n.t("in this workspace")), "midfill.toggleWorkspace")]
      : []),
    line,
    ...(document && workspace.isTrusted && workspace.workspaceFolders
      ? [
          entry("wrench", l10n.t("Repair the Selection"), "midfill.repairSelection"),
          entry("beaker", l10n.t("Repair until the Tests Pass"), "midfill.makeTestsPass"),
          line,
        ]
      : []),
    entry("question", l10n.t("Why Was There No Suggestion?"), "midfill.explainSilence"),
    entry("list-tree", l10n.t("Show Completion Context"), "midfill.showContext"),
    entry("graph", l10n.t("Statistics"), "midfill.showStatistics"),
    line,
    entry("server-environment", l10n.t("Choose a Model"), "midfill.chooseModel"),
    entry("settings-gear", l10n.t("Settings"), "midfill.openSettings"),
    entry("pulse", l10n.t("Doctor: What Is Wrong Here?"), "midfill.doctor"),
    entry("output", l10n.t("Open the Log"), "midfill.showLog"),
    entry("debug-restart", l10n.t("Restart the Server"), "midfill.restartServer"),
  ];
  const chosen = await window.showQuickPick(items, { title: "Midfill" });
  // A click on the item has taken the keyboard from the editor.
  await commands.executeCommand("workbench.action.focusActiveEditorGroup");
  if (chosen?.command) await commands.executeCommand(chosen.command);
}
