/** The front door of the debugger: debug requests in, responses and events out. */
export { createDebugAdapter } from "./debug-adapter.ts";
export type { DebugAdapter } from "./debug-adapter.ts";
export type { DebugHost, DebuggedCell } from "./debug-host.ts";
