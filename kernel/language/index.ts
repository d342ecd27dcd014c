/** The front door of the language: cells in, runnable code or diagnostics out. */
export { transformCell } from "./cell-transform.ts";
export type { TransformedCell } from "./cell-transform.ts";
export { codeFrame } from "./code-frame.ts";
export type * from "./language-service.ts";
export { createTypeScriptLanguage } from "./typescript-language.ts";
export type { TypeScriptLanguage } from "./typescript-language.ts";
export { startCellLanguage } from "./start-language.ts";
export { startWorkerLanguage } from "./worker-language.ts";
export { findNativeCompiler } from "./native/executable.ts";
export { createNativeLanguage } from "./native/native-language.ts";
export type { SlowSyntax } from "./native/native-language.ts";
