import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), "utf8");

test("every string of the sources is in the bundle for translators, and no other", () => {
  const sources = readdirSync(join(ROOT, "src")).map((file) => read("src", file));
  const used = sources.flatMap((source) =>
    [...source.matchAll(/l10n\.t\(\s*"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text),
  );
  const bundle = Object.keys(JSON.parse(read("l10n", "bundle.l10n.json")));
  assert.deepEqual(bundle.sort(), [...new Set(used)].sort());
});

test("every name in the manifest has its string, and every string its name", () => {
  const names = [...read("package.json").matchAll(/"%(.*?)%"/g)].map(([, name]) => name);
  const strings = Object.keys(JSON.parse(read("package.nls.json")));
  assert.deepEqual(strings.sort(), [...new Set(names)].sort());
});
