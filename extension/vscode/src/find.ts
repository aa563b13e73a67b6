import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The first file of that name in a folder of `PATH` that may be run. */
export async function onPath(
  name: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const endings = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  for (const folder of (environment.PATH ?? "").split(delimiter)) {
    for (const ending of endings) {
      const file = join(folder, name + ending);
      if (folder && (await runs(file))) return file;
    }
  }
  return undefined;
}

/** Whether `file` exists and may be run. */
export async function runs(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
