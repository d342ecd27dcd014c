/** Runs one example in the process that runs them all, and compares what it gives with what its comment says. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";

const left: unique symbol = Symbol("left out");

/** What a comment leaves out: the last entry of a list, or spread into an object. */
const rest = { [left]: true } as const;

/** Tensors, typed arrays, maps and sets as plain lists. */
function plain(value: unknown): unknown {
  if (value instanceof tf.Tensor) return value.arraySync();
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (value instanceof Map || value instanceof Set) return [...value];
  return value;
}

function isAsExpected(given: unknown, expected: unknown): boolean {
  const [actual, wanted] = [plain(given), plain(expected)];
  if (typeof wanted === "number" && typeof actual === "number") {
    // A comment shows a few digits of a number that has more.
    const tolerance = Number.isInteger(wanted) ? 1e-5 : 6e-4 * Math.max(1, Math.abs(wanted));
    return Object.is(actual, wanted) || Math.abs(actual - wanted) <= tolerance;
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(actual)) return false;
    const isOpen = wanted.at(-1) === rest;
    const shown = isOpen ? wanted.slice(0, -1) : wanted;
    return (
      (isOpen ? actual.length >= shown.length : actual.length === shown.length) &&
      shown.every((value, i) => isAsExpected(actual[i], value))
    );
  }
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof actual !== "object" || actual === null) return false;
    const isOpen = left in wanted;
    const keys = Object.keys(wanted);
    return (
      (isOpen || Object.keys(actual).length === keys.length) &&
      keys.every((key) =>
        isAsExpected((actual as Record<string, unknown>)[key], (wanted as Record<string, unknown>)[key]),
      )
    );
  }
  return Object.is(actual, wanted);
}

/** Fails unless a value is what a comment says. */
export async function compare(value: unknown, expected: (open: typeof rest) => unknown): Promise<void> {
  const given = await value;
  const wanted = expected(rest);
  if (!isAsExpected(given, wanted))
    assert.deepEqual(plain(given), plain(wanted), "the comment says otherwise");
}

/** Runs one example and prints a line when it fails. */
export async function run(name: string, example: () => Promise<void>): Promise<void> {
  const log = console.log;
  console.log = () => undefined;
  try {
    await example();
  } catch (error) {
    process.stderr.write(`EXAMPLE ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  } finally {
    console.log = log;
  }
}
