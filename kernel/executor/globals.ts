/** The globals that a cell has beyond Node's own, and their types. */
import { display, input } from "./cell.ts";
import type { DisplayHandle, DisplayOptions } from "./cell.ts";

declare global {
  /** Shows a value in the cell's output. */
  function display(value: unknown, options?: DisplayOptions): DisplayHandle;
  /** Asks for a line of text. */
  function prompt(message?: string): Promise<string>;
  /** Asks a question that "y" or "yes" answers with true. */
  function confirm(message?: string): Promise<boolean>;
}

/** Puts the globals of cells, and `require` from the notebook's folder, on `globalThis`. */
export function installGlobals(require: NodeJS.Require): void {
  const globals = {
    display,
    prompt: (message = "") => input(message),
    confirm: async (message = "") => /^y(?:es)?$/i.test((await input(`${message} [y/N] `)).trim()),
    require,
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}
