/** What carries comm messages of this process to the front end; there is none outside a kernel. */
import { KernelError } from "../errors.ts";
import type { CommManager } from "./comm-manager.ts";

const managerKey = Symbol.for("residency.commManager");
const registry = globalThis as { [managerKey]?: CommManager };

/** Makes a manager the one of this process, also for other copies of this module. */
export function setCommManager(manager: CommManager): void {
  registry[managerKey] = manager;
}

/** Whether this process has a front end to open comms to. */
export function hasComms(): boolean {
  return registry[managerKey] !== undefined;
}

/**
 * The comms of this process.
 *
 * @throws KernelError E_COMM outside a kernel.
 */
export function commManager(): CommManager {
  const manager = registry[managerKey];
  if (manager) return manager;
  throw new KernelError(
    "E_COMM",
    "Cannot use a comm here: this code does not run in a kernel. Run it in a notebook's cell.",
  );
}
