import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { Environment, run } from "../src/environment.ts";
import { onPath } from "../src/find.ts";

const WHEEL = "Name: midfill\nRequires-Dist: llama-cpp-python==0.3.36\n";

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "midfill-"));
}

test("programs are found on PATH, files that cannot be run are not", async () => {
  const [first, second] = [await folder(), await folder()];
  await writeFile(join(first, "midfill"), "");
  await writeFile(join(second, "midfill"), "");
  await chmod(join(second, "midfill"), 0o755);
  const environment = { PATH: `:${first}:${second}` };
  assert.equal(await onPath("midfill", environment), join(second, "midfill"));
  assert.equal(await onPath("midfill", { PATH: first }), undefined);
});

test("a step says its lines, and fails by its exit status", async () => {
  const lines: string[] = [];
  const node = process.execPath;
  await run([node, "-e", "console.log('one\\n\\ntwo'); console.error('three')"], (line) =>
    lines.push(line),
  );
  assert.deepEqual(new Set(lines.slice(1)), new Set(["one", "two", "three"]));
  await assert.rejects(
    run([node, "-e", "process.exit(3)"], () => {}),
    /exit status 3/,
  );
});

test("uv makes the environment where there is one; llama.cpp is compiled where it must be, and what fails leaves nothing", async () => {
  const [programs, wheels, storage] = [await folder(), await folder(), await folder()];
  const record = join(storage, "steps");
  await writeFile(join(wheels, "midfill-0.1.0-py3-none-any.whl.br"), brotliCompressSync(WHEEL));
  const script = `#!/bin/sh\necho "$@" >> ${record}\n[ "$1" != pip ] || { for last; do :; done; tail -1 "$last" >> ${record}; false; }\n`;
  await writeFile(join(programs, "uv"), script, { mode: 0o755 });
  await mkdir(join(storage, "server"));
  const path = process.env.PATH;
  process.env.PATH = `${programs}:${path}`;
  try {
    const environment = new Environment(storage);
    const installing = environment.install(wheels, () => {}, new AbortController().signal);
    await assert.rejects(installing, /uv ended with exit status 1/);
  } finally {
    process.env.PATH = path;
  }
  const [venv, llama, midfill, content] = (await readFile(record, "utf8")).trim().split("\n");
  assert.match(venv ?? "", /^venv .*server$/);
  assert.match(llama ?? "", /^pip install .*--extra-index-url \S+ llama-cpp-python==0.3.36$/);
  assert.match(midfill ?? "", /^pip install .*midfill-0.1.0-py3-none-any.whl$/);
  assert.doesNotMatch(midfill ?? "", /index-url/);
  assert.equal(content, "Requires-Dist: llama-cpp-python==0.3.36");
  assert.deepEqual(await readdir(storage), ["steps"]);
});
