/** The language of cells in a worker thread, seen from the kernel's thread. */
import { Worker } from "node:worker_threads";
import type {
  CellLanguage,
  CellPreview,
  Completeness,
  Completions,
  CompiledCell,
  Inspection,
  RejectedCell,
} from "./language-service.ts";
import type { CellSyntax, TranspiledCell } from "./cell-syntax.ts";
import type { SlowSyntax } from "./native/native-language.ts";
import type { LanguageRequest, LanguageResponse } from "./worker.ts";

type LanguageCall = LanguageRequest extends infer R
  ? R extends { id: number }
    ? Omit<R, "id">
    : never
  : never;

/** A language in a worker thread, and the parts of its work that another language may ask for. */
export type WorkerLanguage = CellLanguage & SlowSyntax;

/** Starts the worker thread for a notebook in `folder`; calls wait until it is ready. */
export function startWorkerLanguage(folder: string, checksTypes: boolean): WorkerLanguage {
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: { folder, checksTypes },
    // Deeply nested code needs a deep stack.
    resourceLimits: { stackSizeMb: 32 },
  });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let count = 0;
  let failure: Error | undefined;
  worker.on("message", (response: LanguageResponse) => {
    const call = waiting.get(response.id);
    waiting.delete(response.id);
    if ("error" in response) call?.reject(toError(response.error));
    else call?.resolve(response.value);
  });
  const fail = (error: Error): void => {
    failure = error;
    for (const call of waiting.values()) call.reject(error);
    waiting.clear();
  };
  worker.on("error", (error: Error) =>
    fail(new Error("The TypeScript service failed; restart the kernel.", { cause: error })),
  );

  const call = <T>(request: LanguageCall): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (failure) {
        reject(failure);
        return;
      }
      count += 1;
      waiting.set(count, { resolve: (value) => resolve(value as T), reject });
      worker.postMessage({ ...request, id: count });
    });

  return {
    compile: (cell) => call<CompiledCell | RejectedCell>({ method: "compile", cell }),
    complete: (code, position) => call<Completions>({ method: "complete", code, position }),
    inspect: (code, position) => call<Inspection | undefined>({ method: "inspect", code, position }),
    isComplete: (code) => call<Completeness>({ method: "isComplete", code }),
    setFolder: (folder) => call<undefined>({ method: "setFolder", folder }),
    preview: (code) => call<CellPreview | undefined>({ method: "preview", code }),
    stripTypes: (code) => call<string | undefined>({ method: "stripTypes", code }),
    // What cells declared is in that thread, and would end with it.
    interrupt: () => undefined,
    reset: () => call<undefined>({ method: "reset" }),
    parse: (code) => call<CellSyntax>({ method: "parse", code }),
    transpile: (code, jsx) => call<TranspiledCell>({ method: "transpile", code, jsx }),
    async close() {
      await worker.terminate();
    },
  };
}

/** Errors lose their class between threads; that of too deep a nesting means something to the caller. */
function toError(text: string): Error {
  return text.startsWith("RangeError: ") ? new RangeError(text) : new Error(text);
}
