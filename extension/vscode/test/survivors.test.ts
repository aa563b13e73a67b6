import assert from "node:assert/strict";
import { test } from "node:test";
import { Survivors } from "../src/survivors.ts";

function followed(...edits: [offset: number, deleted: number, inserted: string][]): number {
  const survivors = new Survivors();
  survivors.add(10, 10);
  for (const [offset, deleted, inserted] of edits) survivors.edit({ offset, deleted, inserted });
  return survivors.length;
}

test("edits elsewhere leave all", () => {
  assert.equal(followed([0, 0, "new\n"], [24, 3, ""]), 10);
});

test("what is deleted is gone, wherever it has moved to", () => {
  assert.equal(followed([0, 5, ""], [5, 4, "x"]), 6);
  assert.equal(followed([8, 4, ""], [0, 0, "abc"], [11, 3, ""]), 5);
  assert.equal(followed([0, 30, ""]), 0);
});

test("what is inserted among it and deleted again is not counted", () => {
  assert.equal(followed([15, 0, "inserted"], [15, 8, ""]), 10);
  assert.equal(followed([15, 0, "inserted"], [14, 10, ""]), 8);
});
