/** The checks that an exercise's tests are written with: they say what was expected, what came, and where. */
import { plainCopy } from "./plain.ts";
import type { Plain } from "./plain.ts";

const { abs } = Math;
const { is, keys } = Object;
const { stringify } = JSON;
const { isArray } = Array;

/** An answer that a check does not accept. */
export class CheckError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CheckError";
  }
}

/**
 * Checks that an answer equals plain data exactly; `what` names the checked thing in the message.
 *
 * @example
 * checkEqual("the inputs", [1, 2], [1, 2]); // prints "✓ the inputs"
 */
export function checkEqual(what: string, actual: unknown, expected: Plain): void {
  compare(what, copyOf(what, actual), expected, 0);
  console.log(`✓ ${what}`);
}

/** Checks numbers, or lists of them, within an absolute `tolerance`, and tells how far off they are at most. */
export function checkClose(what: string, actual: unknown, expected: Plain, tolerance = 1e-6): void {
  const difference = compare(what, copyOf(what, actual), expected, tolerance);
  console.log(
    `✓ ${what}: ${difference === 0 ? "exact" : `largest difference ${difference.toExponential(1)}`}`,
  );
}

function copyOf(what: string, actual: unknown): Plain {
  try {
    return plainCopy(actual, what);
  } catch (error) {
    throw new CheckError(error instanceof TypeError ? error.message : `${what} cannot be read`);
  }
}

/** Walks both values at once; gives the largest difference between numbers, throws at the first mismatch. */
function compare(path: string, actual: Plain, expected: Plain, tolerance: number): number {
  if (typeof actual === "number" && typeof expected === "number") {
    if (is(actual, expected) || actual === expected) return 0;
    const difference = abs(actual - expected);
    // Written so that a NaN fails.
    if (tolerance > 0 && difference <= tolerance) return difference;
    const allowed = tolerance > 0 ? ` (difference ${difference.toExponential(1)}, allowed ${tolerance})` : "";
    throw new CheckError(`${path}: expected ${expected}, got ${actual}${allowed}`);
  }
  if (typeof expected !== "object" || expected === null || typeof actual !== "object" || actual === null) {
    if (is(actual, expected)) return 0;
    throw new CheckError(`${path}: expected ${show(expected)}, got ${show(actual)}`);
  }
  if (isArray(expected) !== isArray(actual)) {
    throw new CheckError(`${path}: expected ${show(expected)}, got ${show(actual)}`);
  }
  const wanted = keys(expected);
  const given = keys(actual);
  if (wanted.length !== given.length) {
    const kind = isArray(expected) ? "items" : "fields";
    throw new CheckError(
      `${path}: expected ${wanted.length} ${kind}, got ${given.length}: ${show(actual)} instead of ${show(expected)}`,
    );
  }
  let largest = 0;
  for (let index = 0; index < wanted.length; index += 1) {
    const key = wanted[index]!;
    const step = isArray(expected) ? `${path}[${key}]` : `${path}.${key}`;
    const difference = compare(step, field(actual, key), field(expected, key), tolerance);
    if (difference > largest) largest = difference;
  }
  return largest;
}

function field(value: Plain, key: string): Plain {
  return (value as Readonly<Record<string, Plain>>)[key];
}

function show(value: Plain): string {
  const text = value === undefined ? "undefined" : stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
