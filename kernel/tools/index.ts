/** The front door of what cells use in place of magic commands. */
export { cd } from "./change-folder.ts";
export { CommandError } from "./command-error.ts";
export type { CommandOutcome } from "./command-error.ts";
export { $ } from "./command.ts";
export type { Command, CommandResult, WriteToOptions } from "./command.ts";
export type { CommandArgument } from "./command-words.ts";
export { env } from "./environment.ts";
export type { Environment, LoadEnvOptions } from "./environment.ts";
export { timeit } from "./timeit.ts";
export type { TimeitOptions, TimeitOutcome, TimeitResult } from "./timeit.ts";
export { time } from "./timing.ts";
