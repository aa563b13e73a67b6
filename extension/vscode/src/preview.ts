import {
  commands,
  l10n,
  type Tab,
  type TextDocument,
  type TextDocumentContentProvider,
  type TextEdit,
  type Uri,
  window,
  WorkspaceEdit,
  workspace,
} from "vscode";

export const REPAIRED = "midfill-repaired";

/** A change beside what is there, for the person to take or leave. */
export class Preview implements TextDocumentContentProvider {
  private readonly texts = new Map<string, string>();
  private count = 0;

  /**
   * Show the change, and make it if the person says so; whether it was made.
   *
   * @param note what is known of it
   */
  async offer(change: WorkspaceEdit, note: string): Promise<boolean> {
    this.count += 1;
    const title = l10n.t("Midfill: Repair {0}", this.count);
    const files = await Promise.all(
      change.entries().map(async ([uri, edits]) => {
        const document = await workspace.openTextDocument(uri);
        return { uri, edits, document, version: document.version };
      }),
    );
    const sides = files.map(({ uri, edits, document }) => [
      uri,
      uri,
      this.keep(uri, edited(document, edits)),
    ]);
    // Below, because the question stands at the top of the window, and would cover the change.
    await commands.executeCommand("workbench.action.newGroupBelow");
    await commands.executeCommand("vscode.changes", title, sides);
    const take = l10n.t("Make This Change");
    const answer = await window.showQuickPick([take, l10n.t("Discard It")], {
      title,
      placeHolder: note,
      ignoreFocusOut: true,
    });
    await close(title, files[0]?.document);
    this.texts.clear();
    if (answer !== take) return false;
    if (files.some(({ document, version }) => document.version !== version)) {
      throw new Error(l10n.t("The text has changed meanwhile: repair it again."));
    }
    const unconditional = new WorkspaceEdit();
    for (const { uri, edits } of files) unconditional.set(uri, edits);
    return workspace.applyEdit(unconditional);
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  private keep(uri: Uri, text: string): Uri {
    const repaired = uri.with({ scheme: REPAIRED, query: `${this.count}` });
    this.texts.set(repaired.toString(), text);
    return repaired;
  }
}

/** Close the tab with this title; `document` may stand in for it. */
async function close(title: string, document: TextDocument | undefined): Promise<void> {
  const isOurs = ({ label }: Tab) => label.startsWith(title);
  const group = window.tabGroups.all.find(({ tabs }) => tabs.some(isOurs));
  if (!group) return;
  // VS Code fails where a group ends with such a tab, so a text is the last to be closed in it.
  const standsIn = group.tabs.length === 1 && document !== undefined;
  if (standsIn) {
    const { viewColumn } = group;
    await window.showTextDocument(document, { viewColumn, preserveFocus: true, preview: true });
  }
  await window.tabGroups.close(group.tabs.filter(isOurs));
  if (standsIn) await window.tabGroups.close(group.tabs);
}

function edited(document: TextDocument, edits: readonly TextEdit[]): string {
  let text = document.getText();
  const fromTheEnd = edits.toSorted((one, other) => other.range.start.compareTo(one.range.start));
  for (const { range, newText } of fromTheEnd) {
    const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
    text = text.slice(0, start) + newText + text.slice(end);
  }
  return text;
}
