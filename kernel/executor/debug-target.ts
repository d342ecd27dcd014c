/** What the debugger finds in the executor: the notebook's variables, and how a value is shown. */
import { inspectSafely, toJsonBundle, toMimeBundle } from "../display/index.ts";
import type { Representations } from "../display/index.ts";
import type { CellScope } from "./cell-scope.ts";
import { debugTargetName } from "./messages.ts";

/** The object that the debugger reaches through a symbol of `globalThis`. */
export interface DebugTarget {
  readonly scope: CellScope;
  /** Whether V8 should see that nothing catches what a cell throws. */
  seesUncaught: boolean;
  /** The representations of a value as JSON; a paused thread can wait for nothing, so it then gets plain text. */
  represent(value: unknown, mayWait: boolean): string | Promise<string>;
}

const toText = (value: unknown): Representations => ({ "text/plain": inspectSafely(value) });

/** Puts the target where the debugger looks for it; no code of a cell comes across it by chance. */
export function installDebugTarget(scope: CellScope): DebugTarget {
  const target: DebugTarget = {
    scope,
    seesUncaught: false,
    represent(value, mayWait) {
      const bundle = toMimeBundle(value);
      if (!(bundle instanceof Promise)) return JSON.stringify(toJsonBundle(bundle));
      if (!mayWait) return JSON.stringify(toText(value));
      return bundle.then((made) => JSON.stringify(toJsonBundle(made)));
    },
  };
  Object.defineProperty(globalThis, Symbol.for(debugTargetName), { value: target });
  return target;
}

const unseen = new WeakMap<object, (reason: unknown) => void>();

/**
 * Waits for a promise without a handler of its rejection, until Node reports that there is none.
 *
 * V8 calls an exception caught when any handler waits for it, and the executor waits for every cell; so "uncaught
 * exceptions" would stop at none of them.
 */
export function awaitUncaught<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    unseen.set(promise.then(resolve), reject);
  });
}

/** Hands a rejection that Node reports to who waits for it, and says whether there was anybody. */
export function takeUncaught(reason: unknown, promise: object): boolean {
  const reject = unseen.get(promise);
  unseen.delete(promise);
  reject?.(reason);
  return reject !== undefined;
}
