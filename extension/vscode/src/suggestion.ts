import { type Edit, Survivors } from "./survivors.ts";

/**
 * A suggestion from when it is shown until something else is written in its place.
 *
 * VS Code tells of neither its being shown nor of a part of it being accepted, so that both are
 * taken from the edits: one that writes the next character is typing, one that writes several
 * of the suggestion's is an acceptance.
 */
export class Suggestion {
  readonly survivors = new Survivors();
  private taken = 0;
  private settled = 0;
  private accepted = 0;

  readonly document: string;
  private text: string;
  private readonly offset: number;

  constructor(document: string, text: string, offset: number) {
    this.document = document;
    this.text = text;
    this.offset = offset;
  }

  /** What is still grey. */
  get rest(): string {
    return this.text.slice(this.taken);
  }

  /** How many of its characters came by acceptance. */
  get acceptedCharacters(): number {
    return this.accepted;
  }

  /** Whether this text at this place is what is left of the suggestion, or that and more. */
  goesOn(document: string, text: string, offset: number): boolean {
    const same =
      this.document === document &&
      offset === this.offset + this.taken &&
      text.startsWith(this.rest);
    if (same) this.text = this.text.slice(0, this.taken) + text;
    return same;
  }

  /** Follow an edit of its document; false: it is over, written to its end or written over. */
  edit(edit: Edit): boolean {
    const at = this.offset + this.taken;
    const length = edit.inserted.length;
    this.settled = this.taken;
    this.survivors.edit(edit);
    if (edit.offset !== at || !length || !this.rest.startsWith(edit.inserted)) return false;
    this.taken += length;
    if (length > 1) this.accept();
    return this.rest !== "";
  }

  /** The editor says that what was grey before the last edit has been accepted. */
  acceptedWhole(): void {
    this.taken = this.text.length;
    this.accept();
  }

  private accept(): void {
    this.survivors.add(this.offset + this.settled, this.taken - this.settled);
    this.accepted += this.taken - this.settled;
    this.settled = this.taken;
  }
}
