/** A change of a document: so many characters at an offset give way to others. */
export interface Edit {
  offset: number;
  deleted: number;
  inserted: string;
}

/** Characters of a document, followed through its edits to count those that are left. */
export class Survivors {
  private pieces: [start: number, end: number][] = [];

  add(start: number, length: number): void {
    this.pieces.push([start, start + length]);
  }

  edit({ offset, deleted, inserted }: Edit): void {
    const shift = inserted.length - deleted;
    this.pieces = this.pieces.flatMap(([start, end]) => {
      const left: [number, number] = [start, Math.min(end, offset)];
      const right: [number, number] = [Math.max(start, offset + deleted) + shift, end + shift];
      return [left, right].filter(([from, to]) => from < to);
    });
  }

  get length(): number {
    return this.pieces.reduce((sum, [start, end]) => sum + end - start, 0);
  }
}
