/** Where the repository and its fixtures are, seen from the compiled tests. */
import { fileURLToPath } from "node:url";
import path from "node:path";

/** The folder that holds package.json. */
export const repositoryRoot = path.resolve(fileURLToPath(import.meta.url), "../../../..");

/** The path of a file or folder in `test/fixtures`. */
export function fixture(...segments: string[]): string {
  return path.join(repositoryRoot, "test/fixtures", ...segments);
}
