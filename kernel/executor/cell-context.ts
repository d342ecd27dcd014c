/** Which cell the running code belongs to, also in its callbacks after the cell has ended. */
import { AsyncLocalStorage } from "node:async_hooks";

/** A cell and what it has started. */
export interface CellContext {
  cell: number;
  allowStdin: boolean;
  /** Stops the timers and waits of the cell. */
  readonly controller: AbortController;
  /** Functions that undo the timers that are still waiting. */
  readonly timers: Map<object, () => void>;
  /** Displays whose representations are still being made. */
  readonly displays: Set<Promise<void>>;
  /** Characters that the cell has written. */
  written: number;
}

/** A context for a cell that is about to run. */
export function createCellContext(cell: number, allowStdin: boolean): CellContext {
  const controller = new AbortController();
  return { cell, allowStdin, controller, timers: new Map(), displays: new Set(), written: 0 };
}

const storage = new AsyncLocalStorage<CellContext>();
let latest = createCellContext(0, false);

/** Runs a function as part of a cell. */
export function runInCell<T>(context: CellContext, work: () => T): T {
  latest = context;
  return storage.run(context, work);
}

/** The cell that the running code belongs to; the latest one where that cannot be known. */
export function currentCell(): CellContext {
  return storage.getStore() ?? latest;
}

/** Runs a function as part of no cell. */
export function runOutsideCells<T>(work: () => T): T {
  return storage.exit(work);
}
