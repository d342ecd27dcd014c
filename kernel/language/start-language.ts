/** Chooses who checks the types of cells: the native compiler, or TypeScript's language service where there is none. */
import type { CellLanguage } from "./language-service.ts";
import { findNativeCompiler } from "./native/executable.ts";
import { startNativeLanguage } from "./native/native-language.ts";
import { startWorkerLanguage } from "./worker-language.ts";

/** Starts the language for a notebook in `folder`. */
export function startCellLanguage(folder: string): CellLanguage {
  const compiler = findNativeCompiler();
  if (!compiler) return startWorkerLanguage(folder, true);
  return startNativeLanguage(compiler.file, folder, () => startWorkerLanguage(folder, false));
}
