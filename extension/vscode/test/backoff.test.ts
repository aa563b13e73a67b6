import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../src/backoff.ts";

test("it waits longer each time, and gives up", () => {
  const backoff = new Backoff();
  const waits = [0, 1, 2, 3, 4, 5].map((now) => backoff.crashed(now));
  assert.deepEqual(waits, [1, 2, 4, 8, 16, undefined]);
});

test("crashes of long ago are forgotten", () => {
  const backoff = new Backoff();
  const waits = [0, 1000, 2000, 3000, 4000, 5000, 6000].map((now) => backoff.crashed(now));
  assert.deepEqual(new Set(waits), new Set([1]));
});
