/** The front door of processes: the system's table of them, and how they are ended. */
export { endTree, killWithChildren, processTree, signalAll } from "./end-tree.ts";
export { isAlive } from "./is-alive.ts";
export { descendants, findProcess, isRunning } from "./process-table.ts";
export type { ProcessEntry } from "./process-table.ts";
export { usageOfTree } from "./usage.ts";
export type { ProcessUsage } from "./usage.ts";
