/** Which modules are the notebook's own, and the start of the hooks that load them. */
import { register } from "node:module";

/** Ends the specifier of an import that a cell makes: the time to look which files have changed. */
export const entryQuery = "?residency-cell";

const ownCode = new URL("../../", import.meta.url).href;

/** Whether a module is a file of the notebook's author and not of a package, or of this one. */
export function isLocalModule(url: string): boolean {
  return url.startsWith("file:") && !url.includes("/node_modules/") && !url.startsWith(ownCode);
}

let started = false;

/** Starts the hooks, whose thread only notebooks with modules of their own need. */
export function startLocalModules(): void {
  if (started) return;
  started = true;
  register("./local-module-hooks.js", import.meta.url);
  // Their stacks are in the lines of the files, as those of cells are in the lines of the cells.
  process.setSourceMapsEnabled(true);
}
