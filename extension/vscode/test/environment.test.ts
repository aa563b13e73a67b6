import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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
  await assert.rejects(
    run([node, "-e", "console.error('it is full'); process.exit(3)"], () => {}),
    /exit status 3: it is full$/,
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

test("the doctor is asked for the GPU's llama.cpp; a GPU that is left idle is told of", async () => {
  const environment = new Environment(await folder());
  await mkdir(dirname(environment.server), { recursive: true });
  const accelerate = async (script: string) => {
    await writeFile(environment.server, `#!/bin/sh\n${script}`, { mode: 0o755 });
    const lines: string[] = [];
    await environment.accelerate((line) => lines.push(line), new AbortController().signal);
    return lines;
  };
  const model = { name: "model", status: "error", detail: "no model on this machine", fix: "" };
  const gpu = { name: "GPU", status: "ok", detail: "NVIDIA L4", fix: "" };
  const found = (...checks: object[]) => `echo '${JSON.stringify({ checks })}'; exit 1`;

  const [command, ...lines] = await accelerate(`echo fetching >&2; ${found(gpu, model)}`);
  assert.match(command ?? "", /doctor --fix --yes/);
  assert.deepEqual(lines, ["fetching"]);
  await assert.rejects(accelerate(found({ ...gpu, status: "warning" })), /^Error: NVIDIA L4$/);
  await assert.rejects(accelerate("echo no wheel fits >&2; exit 1"), /no wheel fits$/);
});
