/** Finds the solution that a submission belongs to. */
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import { GraderError } from "../errors.ts";
import { readManifest } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";

/**
 * Finds the manifest of a submission by its file name, such as `03-next-token-prediction (1).ipynb`.
 * Throws `E_ASSIGNMENT` when no solution in the folder has a name that the file's starts with.
 */
export async function findManifest(solutionsFolder: string, submission: string): Promise<Manifest> {
  const names = (await readdir(solutionsFolder).catch(() => []))
    .filter((file) => file.endsWith(".ipynb"))
    .map((file) => file.slice(0, -".ipynb".length));
  const base = path.basename(submission, ".ipynb");
  const name = names.find((candidate) => base === candidate || base.startsWith(`${candidate} `));
  if (name === undefined) {
    throw new GraderError(
      "E_ASSIGNMENT",
      `Cannot grade ${submission}: ${solutionsFolder} has no solution of that name; ` +
        `it has: ${names.join(", ") || "none"}. Rename the file, or give --solutions DIR`,
    );
  }
  return readManifest(
    name,
    parseNotebook(await readFile(path.join(solutionsFolder, `${name}.ipynb`), "utf8")),
  );
}
