/**
 * Which cell the running code belongs to, also in its callbacks after the cell has ended.
 *
 * `AsyncLocalStorage` would do the same, but it turns on checks of `async_hooks` that abort the process when an interrupt
 * terminates a callback; V8's promise hooks and our own timers do not.
 */
import { promiseHooks } from "node:v8";
import type { OutputSink } from "../display/index.ts";

/** A cell and what it has started. */
export interface CellContext {
  cell: number;
  allowStdin: boolean;
  /** Stops the waits of the cell. */
  readonly controller: AbortController;
  /** Functions that undo the timers that are still waiting. */
  readonly timers: Map<object, () => void>;
  /** Displays whose representations are still being made. */
  readonly displays: Set<Promise<void>>;
  /** Characters that the cell has written. */
  written: number;
  /** The comm message that is being handled. */
  request?: number | undefined;
  /** Whether its cell has ended. */
  ended?: boolean;
  /** Where output goes instead of the cell's own. */
  sink?: OutputSink;
}

/** A context for a cell that is about to run. */
export function createCellContext(cell: number, allowStdin: boolean): CellContext {
  const controller = new AbortController();
  return { cell, allowStdin, controller, timers: new Map(), displays: new Set(), written: 0 };
}

/** The context of a handler: its output belongs to the cell that registered it, its waits end with what called it. */
export function deriveContext(owner: CellContext, caller: CellContext): CellContext {
  const { controller, timers, request } = caller;
  return { ...createCellContext(owner.cell, false), controller, timers, request };
}

let current: CellContext | undefined;
let latest = createCellContext(0, false);

// A constructor that returns another object lets a subclass put its private fields there.
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
class Returned {
  constructor(promise: object) {
    return promise;
  }
}

/** Puts a private field on promises of V8, which no code of the cell can see and no inspection prints. */
class Stamp extends Returned {
  #context: CellContext | undefined;
  constructor(promise: object, context: CellContext | undefined) {
    super(promise);
    this.#context = context;
  }
  static contextOf(promise: object): CellContext | undefined {
    return #context in promise ? promise.#context : undefined;
  }
}

let unfollow: () => void = () => undefined;

/**
 * Starts to follow promises, or starts anew.
 *
 * @param suspended follow none while it is not 0, which another thread can change: a termination that falls into a hook
 * is dropped by V8 when a debugger is attached.
 */
export function followPromises(suspended: Int32Array): void {
  const outer: (CellContext | undefined)[] = [];
  const isSuspended = (): boolean => {
    if (suspended[0] === 0) return false;
    unfollow();
    return true;
  };
  unfollow();
  current = undefined;
  unfollow = promiseHooks.createHook({
    init(promise) {
      if (current && !isSuspended()) new Stamp(promise, current);
    },
    before(promise) {
      if (isSuspended()) return;
      outer.push(current);
      current = Stamp.contextOf(promise) ?? current;
    },
    after() {
      if (!isSuspended()) current = outer.pop();
    },
  }) as () => void;
}

/** Makes a cell the one to which code belongs whose cell is not known. */
export function setLatestCell(context: CellContext): void {
  latest = context;
}

/** Runs a callback of the event loop as part of a cell; after an error the cell stays, for `takeFailedCell` to find. */
export function runInCell(context: CellContext | undefined, callback: () => void): void {
  current = context;
  callback();
  current = undefined;
}

/** Whether a cell has not ended yet. */
export function isRunning(cell: number): boolean {
  return latest.cell === cell && latest.ended !== true;
}

/** Calls a function as part of another cell, in the middle of a callback. */
export function runWithin<T>(context: CellContext, callback: () => T): T {
  const outer = current;
  current = context;
  try {
    return callback();
  } finally {
    current = outer;
  }
}

/** The cell that the running code belongs to; the latest one where that cannot be known. */
export function currentCell(): CellContext {
  return current ?? latest;
}

/** The cell of a callback that threw, or of a promise that was rejected. */
export function takeFailedCell(promise?: object): CellContext {
  const context = (promise && Stamp.contextOf(promise)) ?? current ?? latest;
  current = undefined;
  return context;
}
