import {
  commands,
  type Disposable,
  type InlineCompletionItem,
  Range,
  type TextDocument,
  type TextDocumentChangeEvent,
  workspace,
} from "vscode";
import type { Ended } from "./protocol.ts";
import { Suggestion } from "./suggestion.ts";

const ACCEPTED = "midfill.accepted";
const SURVIVED_AFTER_MS = 60_000;

/** Learns what becomes of suggestions, and tells it when it is known. */
export class Acceptance implements Disposable {
  private current: Suggestion | undefined;
  private last: Suggestion | undefined;
  private readonly aging = new Map<Suggestion, NodeJS.Timeout>();
  private readonly subscriptions: Disposable[];
  private readonly tell: (ended: Ended) => void;

  constructor(tell: (ended: Ended) => void) {
    this.tell = tell;
    this.subscriptions = [
      commands.registerCommand(ACCEPTED, () => this.accepted()),
      workspace.onDidChangeTextDocument((event) => this.changed(event)),
    ];
  }

  /** These have been given to the editor for this document, the first one to be shown. */
  offered(document: TextDocument, items: readonly InlineCompletionItem[]): void {
    const [first] = items;
    if (!(first?.range instanceof Range) || typeof first.insertText !== "string") return;
    for (const item of items) item.command = { command: ACCEPTED, title: "" };
    const uri = document.uri.toString();
    const offset = document.offsetAt(first.range.start);
    if (this.current?.goesOn(uri, first.insertText, offset)) return;
    this.end(document);
    this.current = new Suggestion(uri, first.insertText, offset);
  }

  dispose(): void {
    for (const timer of this.aging.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private changed({ document, contentChanges }: TextDocumentChangeEvent): void {
    const uri = document.uri.toString();
    for (const { rangeOffset, rangeLength, text } of contentChanges) {
      const edit = { offset: rangeOffset, deleted: rangeLength, inserted: text };
      for (const old of this.aging.keys()) if (old.document === uri) old.survivors.edit(edit);
      if (this.current?.document === uri && !this.current.edit(edit)) this.end(document);
    }
  }

  // VS Code runs the command of an accepted item after the edit.
  private accepted(): void {
    void commands.executeCommand("setContext", ACCEPTED, true);
    (this.current ?? this.last)?.acceptedWhole();
  }

  private end(document: TextDocument): void {
    const ended = this.current;
    this.last = ended;
    this.current = undefined;
    if (!ended) return;
    const report = () => {
      this.aging.delete(ended);
      this.tell({
        languageId: document.languageId,
        accepted: ended.acceptedCharacters,
        partly: ended.rest !== "",
        kept: ended.survivors.length,
      });
    };
    this.aging.set(ended, setTimeout(report, SURVIVED_AFTER_MS));
  }
}
