/** Compresses the wheel in `server/` for the VSIX: to half of what zip makes of its many small files. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const FOLDER = join(import.meta.dirname, "..", "server");

for (const name of readdirSync(FOLDER)) {
  const wheel = join(FOLDER, name);
  writeFileSync(`${wheel}.br`, brotliCompressSync(readFileSync(wheel)));
  rmSync(wheel);
}
