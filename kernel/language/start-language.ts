/** Chooses who checks the types of cells: the native compiler, or TypeScript's language service where there is none. */
import type { CellLanguage } from "./language-service.ts";
import { openCellProject } from "./native/cell-project.ts";
import { findNativeCompiler } from "./native/executable.ts";
import { startWorkerLanguage } from "./worker-language.ts";

/** Starts the language for a notebook in `folder`. */
export function startCellLanguage(folder: string): CellLanguage {
  const compiler = findNativeCompiler();
  return compiler ? startNativeLanguage(compiler.file, folder) : startWorkerLanguage(folder, true);
}

/** The compiler reads the standard library while this process loads what is to be done with its answers. */
function startNativeLanguage(compiler: string, folder: string): CellLanguage {
  const project = openCellProject(compiler, folder);
  // A failure is told by the first call.
  const ready = project.warmUp().catch(() => undefined);
  const loading = import("./native/native-language.ts").then(({ createNativeLanguage }) =>
    createNativeLanguage(project, ready, () => startWorkerLanguage(folder, false)),
  );
  const call = async <T>(work: (language: CellLanguage) => Promise<T>): Promise<T> => work(await loading);
  return {
    compile: (cell) => call((language) => language.compile(cell)),
    complete: (code, position) => call((language) => language.complete(code, position)),
    inspect: (code, position) => call((language) => language.inspect(code, position)),
    isComplete: (code) => call((language) => language.isComplete(code)),
    preview: (code) => call((language) => language.preview(code)),
    stripTypes: (code) => call((language) => language.stripTypes(code)),
    setFolder: (moved) => call((language) => language.setFolder(moved)),
    interrupt: () => void loading.then((language) => language.interrupt()),
    reset: () => call((language) => language.reset()),
    close: () => call((language) => language.close()),
  };
}
