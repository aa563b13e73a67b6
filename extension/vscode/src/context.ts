import {
  EventEmitter,
  l10n,
  type TextDocumentContentProvider,
  Uri,
  ViewColumn,
  window,
  workspace,
} from "vscode";
import type { Context, Piece } from "./protocol.ts";

export const SCHEME = "midfill-context";
const PAGE = Uri.from({ scheme: SCHEME, path: "/Completion Context.md" });

/** A page that shows what the model is shown of the repository, piece by piece. */
export class ContextPage implements TextDocumentContentProvider {
  private readonly changed = new EventEmitter<Uri>();
  readonly onDidChange = this.changed.event;
  private text = "";

  async show(context: Context, place: string): Promise<void> {
    this.text = page(context, place);
    this.changed.fire(PAGE);
    const document = await workspace.openTextDocument(PAGE);
    await window.showTextDocument(document, ViewColumn.Beside, true);
  }

  provideTextDocumentContent(): string {
    return this.text;
  }
}

function page(context: Context, place: string): string {
  const shown = context.pieces.map((piece) => `${heading(piece)}\n\n${fenced(piece)}\n`);
  const out = context.left_out.map((piece) => `- ${where(piece)}: ${piece.why}\n`);
  return [
    `# ${l10n.t("What the model is shown at {0}", place)}\n`,
    `${l10n.t("About {0} of {1} tokens, before those around the cursor.", context.tokens, context.budget)}\n`,
    ...(shown.length ? shown : [`${l10n.t("Nothing of other files helps here.")}\n`]),
    ...(out.length ? [`## ${l10n.t("Left out")}\n`, out.join("")] : []),
  ].join("\n");
}

function heading(piece: Piece): string {
  return `## ${where(piece)}\n\n${piece.reason} (${l10n.t("about {0} tokens", piece.tokens)})`;
}

function where({
  path,
  start_line,
  end_line,
}: Pick<Piece, "path" | "start_line" | "end_line">): string {
  return `${path}:${start_line}-${end_line}`;
}

function fenced({ path, text }: Piece): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${path.split(".").pop()}\n${text.trimEnd()}\n${fence}`;
}
