import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { onPath } from "./find.ts";
import type { Check } from "./protocol.ts";

const OLDEST_PYTHON = "3.11";
// llama.cpp compiled beforehand, asked for nothing else. Where it cannot be had, pip compiles it with
// the rest: that takes 5 to 15 minutes.
const LLAMA_WHEELS = "https://abetlen.github.io/llama-cpp-python/whl/";
const PLAIN = process.platform === "darwin" ? "metal" : "cpu";

export type Step = readonly [program: string, ...args: string[]];

/** A Python environment of the extension's own, with the server that the extension carries in it. */
export class Environment {
  private readonly storage: string;
  private readonly folder: string;

  constructor(storage: string) {
    this.storage = storage;
    this.folder = join(storage, "server");
  }

  get server(): string {
    return join(this.binaries, process.platform === "win32" ? "midfill.exe" : "midfill");
  }

  /**
   * Make it, or bring it up to date.
   *
   * @throws Error: there is no Python, or a step failed; says what to do.
   */
  async install(wheels: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
    const { wheel, llama } = await this.unpacked(wheels);
    try {
      const { make, install } = await this.tools();
      await run(make, say, signal);
      const index = ["--extra-index-url", LLAMA_WHEELS + PLAIN];
      const compiled = ["--no-deps", "--only-binary", ":all:", ...index, llama];
      await run([...install, ...compiled], say, signal).catch((error: Error) => {
        signal.throwIfAborted();
        say(error.message);
      });
      await run([...install, wheel], say, signal);
    } catch (error) {
      await rm(this.folder, { recursive: true, force: true });
      throw error;
    } finally {
      await rm(wheel);
    }
  }

  /**
   * Have the doctor put the llama.cpp there that fits driver and GPU, where there is one.
   *
   * @throws Error: the GPU will not be used; says why.
   */
  async accelerate(say: (line: string) => void, signal: AbortSignal): Promise<void> {
    let found = "";
    const hear = (line: string) => (line.startsWith("{") ? (found = line) : say(line));
    // Its exit status is about all that it examines, a model that is still to come among it.
    const failure = await run(
      [this.server, "doctor", "--fix", "--yes", "--json"],
      hear,
      signal,
    ).then(
      () => undefined,
      (error: Error) => error,
    );
    signal.throwIfAborted();
    if (!found) throw failure;
    const { checks } = JSON.parse(found) as { checks: Check[] };
    const gpu = checks.find(({ name }) => name === "GPU");
    if (gpu && gpu.status !== "ok") throw new Error(gpu.detail);
  }

  /** The wheel as a file, and which llama.cpp it asks for. */
  private async unpacked(wheels: string): Promise<{ wheel: string; llama: string }> {
    const packed = (await readdir(wheels)).find((name) => name.endsWith(".whl.br"));
    if (!packed) throw new Error(`There is no wheel in ${wheels}`);
    const content = await promisify(brotliDecompress)(await readFile(join(wheels, packed)));
    // Its members are stored as they are.
    const llama = /^Requires-Dist: (llama-cpp-python[^\s;]*)/m.exec(
      content.toString("latin1"),
    )?.[1];
    if (!llama) throw new Error(`${packed} does not ask for llama.cpp`);
    const wheel = join(this.storage, basename(packed, ".br"));
    await mkdir(this.storage, { recursive: true });
    await writeFile(wheel, content);
    return { wheel, llama };
  }

  private get binaries(): string {
    return join(this.folder, process.platform === "win32" ? "Scripts" : "bin");
  }

  private async tools(): Promise<{ make: Step; install: Step }> {
    const inside = join(this.binaries, "python");
    const uv = await onPath("uv");
    if (uv) {
      return {
        make: [uv, "venv", "--allow-existing", "--python", `>=${OLDEST_PYTHON}`, this.folder],
        install: [uv, "pip", "install", "--python", inside, "--reinstall-package", "midfill"],
      };
    }
    return {
      make: [await python(), "-m", "venv", this.folder],
      install: [inside, "-m", "pip", "install", "--disable-pip-version-check"],
    };
  }
}

async function python(): Promise<string> {
  const [major, minor] = OLDEST_PYTHON.split(".");
  const check = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${major}, ${minor}))`;
  for (const name of ["python3", "python", "python3.13", "python3.12", "python3.11"]) {
    const found = await onPath(name);
    if (found && (await succeeds([found, "-c", check]))) return found;
  }
  throw new Error(`Install uv or Python ${OLDEST_PYTHON} or newer (with venv), and try again`);
}

async function succeeds(step: Step): Promise<boolean> {
  return run(step, () => {}).then(
    () => true,
    () => false,
  );
}

/**
 * Run a program to its end; each line that it writes is said.
 *
 * @throws Error: it failed; says with which status, and the last line.
 */
export function run(
  [program, ...args]: Step,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  say(`> ${[program, ...args].join(" ")}`);
  let last = "";
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(signal && { signal }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        if (!line.trim()) return;
        last = line;
        say(line);
      });
    }
    child.on("error", reject);
    child.on("close", (status) =>
      status === 0
        ? resolve()
        : reject(new Error(`${program} ended with exit status ${status}: ${last}`)),
    );
  });
}
