/** `cd`: changes the folder that cells work in. */
import { statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { KernelError } from "../errors.ts";

/**
 * Changes the folder of this and all later cells, and gives its full path; "~" at the beginning is the home folder.
 *
 * Files, `$` and imports of later cells are found from there; packages that are not there are still found from the
 * notebook's own folder, which stays `import.meta.dirname`.
 *
 * @throws KernelError E_ARGUMENT when there is no such folder.
 *
 * @example
 * cd("data");
 * cd(import.meta.dirname);
 */
export function cd(folder: string): string {
  const target = path.resolve(folder.replace(/^~(?=$|[/\\])/, os.homedir()));
  if (!statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
    throw new KernelError(
      "E_ARGUMENT",
      `cd: there is no folder ${target}; the current one is ${process.cwd()}.`,
    );
  }
  process.chdir(target);
  return process.cwd();
}
