/** The worker thread that holds TypeScript, so that the kernel's sockets answer while a cell is checked. */
import { parentPort, workerData } from "node:worker_threads";
import { stripTypes } from "./strip-types.ts";
import { createTypeScriptLanguage } from "./typescript-language.ts";
import type { CellSource } from "./language-service.ts";

/** A call from the kernel's thread. */
export type LanguageRequest = { id: number } & (
  | { method: "compile"; cell: CellSource }
  | { method: "complete" | "inspect"; code: string; position: number }
  | { method: "isComplete" | "parse" | "preview" | "stripTypes"; code: string }
  | { method: "transpile"; code: string; jsx: boolean }
  | { method: "setFolder"; folder: string }
  | { method: "reset" }
);

/** The answer to a call. */
export type LanguageResponse = { id: number } & ({ value: unknown } | { error: string });

const { folder, checksTypes } = workerData as { folder: string; checksTypes: boolean };
const language = createTypeScriptLanguage(folder);
// The first check reads the standard library; better now than when a student waits.
if (checksTypes) language.inspect("Math", 0);

parentPort?.on("message", (request: LanguageRequest) => {
  let response: LanguageResponse;
  try {
    response = { id: request.id, value: answer(request) };
  } catch (error) {
    response = {
      id: request.id,
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
  parentPort?.postMessage(response);
});

function answer(request: LanguageRequest): unknown {
  switch (request.method) {
    case "compile":
      return language.compile(request.cell);
    case "complete":
      return language.complete(request.code, request.position);
    case "inspect":
      return language.inspect(request.code, request.position);
    case "isComplete":
      return language.isComplete(request.code);
    case "parse":
      return language.parse(request.code);
    case "preview":
      return language.preview(request.code);
    case "transpile":
      return language.transpile(request.code, request.jsx);
    case "setFolder": {
      language.setFolder(request.folder);
      return;
    }
    case "stripTypes":
      return stripTypes(request.code);
    case "reset": {
      language.reset();
      return;
    }
  }
}
