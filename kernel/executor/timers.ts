/** Timers that know their cell, so that an interrupt ends loops that wait between their turns. */
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import promises from "node:timers/promises";
import { promisify } from "node:util";
import { currentCell, runInCell } from "./cell-context.ts";

type Callback = (...args: unknown[]) => void;
type Start = (callback: Callback, ...rest: unknown[]) => object;

/** Replaces Node's timers, global ones and those of `node:timers` and `node:timers/promises`. */
export function trackTimers(): void {
  const patched = {
    setTimeout: track(timers.setTimeout as Start, timers.clearTimeout as (handle: object) => void, true),
    setInterval: track(timers.setInterval as Start, timers.clearInterval as (handle: object) => void, false),
    setImmediate: track(timers.setImmediate, timers.clearImmediate as (handle: object) => void, true),
  };
  const waiting = {
    setTimeout: (ms?: number, value?: unknown, options?: { signal?: AbortSignal }) =>
      original.setTimeout(ms, value, withCellSignal(options)),
    setImmediate: (value?: unknown, options?: { signal?: AbortSignal }) =>
      original.setImmediate(value, withCellSignal(options)),
    setInterval: (ms?: number, value?: unknown, options?: { signal?: AbortSignal }) =>
      original.setInterval(ms, value, withCellSignal(options)),
  };
  Object.defineProperty(patched.setTimeout, promisify.custom, { value: waiting.setTimeout });
  Object.defineProperty(patched.setImmediate, promisify.custom, { value: waiting.setImmediate });
  Object.assign(timers, patched);
  Object.assign(promises, waiting);
  Object.assign(globalThis, patched);
  syncBuiltinESMExports();
}

const original = { ...promises };

function track(start: Start, clear: (handle: object) => void, once: boolean): Start {
  return (callback, ...rest) => {
    if (typeof callback !== "function") return start(callback, ...rest);
    const context = currentCell();
    const { timers: waiting } = context;
    const handle = start(
      (...args: unknown[]) => {
        if (once) waiting.delete(handle);
        runInCell(context, () => callback.apply(handle, args));
      },
      ...rest,
    );
    waiting.set(handle, () => clear(handle));
    return handle;
  };
}

function withCellSignal<T extends { signal?: AbortSignal }>(
  options: T | undefined,
): T & { signal: AbortSignal } {
  const { signal } = currentCell().controller;
  const own = options?.signal;
  return { ...(options as T), signal: own ? AbortSignal.any([own, signal]) : signal };
}
