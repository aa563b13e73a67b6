import assert from "node:assert/strict";
import { test } from "node:test";
import { Suggestion } from "../src/suggestion.ts";

const typed = (offset: number, inserted: string, deleted = 0) => ({ offset, deleted, inserted });

function shown(text = "sum(prices)"): Suggestion {
  return new Suggestion("file:///a.py", text, 10);
}

test("what is typed is no acceptance", () => {
  const suggestion = shown();
  assert.equal(suggestion.edit(typed(10, "s")), true);
  assert.equal(suggestion.edit(typed(11, "u")), true);
  assert.equal(suggestion.rest, "m(prices)");
  assert.equal(suggestion.acceptedCharacters, 0);
});

test("what comes at once is accepted, in parts too", () => {
  const suggestion = shown();
  assert.equal(suggestion.edit(typed(10, "sum")), true);
  assert.equal(suggestion.edit(typed(13, "(prices)")), false);
  assert.equal(suggestion.acceptedCharacters, 11);
  assert.equal(suggestion.survivors.length, 11);
});

test("the editor tells of an acceptance that its edit hides", () => {
  const one = shown(")");
  one.edit(typed(10, ")"));
  one.acceptedWhole();
  assert.equal(one.acceptedCharacters, 1);

  const closers = shown("x):");
  closers.edit(typed(10, "x"));
  closers.edit(typed(12, ":"));
  closers.acceptedWhole();
  assert.equal(closers.acceptedCharacters, 2);

  const whole = shown();
  whole.edit(typed(10, "sum(prices)"));
  whole.acceptedWhole();
  assert.equal(whole.acceptedCharacters, 11);
});

test("anything else ends it", () => {
  assert.equal(shown().edit(typed(10, "t")), false);
  assert.equal(shown().edit(typed(10, "", 1)), false);
  assert.equal(shown().edit(typed(3, "s")), false);
});

test("what is left of it is the same suggestion", () => {
  const suggestion = shown();
  suggestion.edit(typed(10, "s"));
  assert.equal(suggestion.goesOn("file:///a.py", "um(prices)", 11), true);
  assert.equal(suggestion.goesOn("file:///a.py", "um(items)", 11), false);
  assert.equal(suggestion.goesOn("file:///b.py", "um(prices)", 11), false);
});

test("it may grow", () => {
  const suggestion = shown("su");
  assert.equal(suggestion.edit(typed(10, "s")), true);
  assert.equal(suggestion.goesOn("file:///a.py", "um(prices)", 11), true);
  assert.equal(suggestion.edit(typed(11, "um(prices)")), false);
  assert.equal(suggestion.acceptedCharacters, 10);
});
