/** The text of any value, as `util.inspect` prints it, within bounds: no colours, no exception, no endless work. */
import { inspect, types } from "node:util";

/** Longest text that a value is shown as. */
const maxTextLength = 100_000;
/** Values that are printed at most; beyond that less depth is shown. */
const maxValues = 20_000;
/** Entries of one list that `util.inspect` prints. */
const maxEntries = 100;
const usualDepth = 4;

/** The text of a value, without colours, never throwing and never endless. */
export function inspectSafely(value: unknown): string {
  let text: string;
  try {
    text = inspectBounded(value);
  } catch (error) {
    text = `[${typeof value} that cannot be shown: ${error instanceof Error ? error.message : "it threw"}]`;
  }
  if (text.length <= maxTextLength) return text;
  return `${text.slice(0, maxTextLength)}… ${text.length - maxTextLength} more characters`;
}

function inspectBounded(value: unknown): string {
  const settings = { colors: false, compact: 3, breakLength: 100 } as const;
  // Lists are bounded by `util.inspect` itself, properties are not.
  if (typeof value === "object" && value !== null && !types.isProxy(value) && !isList(value)) {
    const keys = Object.keys(value);
    if (keys.length > maxValues) {
      const first = keys.slice(0, maxEntries).map((key) => [key, dataProperty(value, key)]);
      const text = inspect(Object.fromEntries(first), { ...settings, depth: 0 });
      return `${text}\n… ${keys.length - maxEntries} more properties`;
    }
  }
  let depth = usualDepth;
  while (depth > 0 && countValues(value, depth, maxValues) > maxValues) depth--;
  return inspect(value, { ...settings, depth });
}

function isList(value: object): boolean {
  return Array.isArray(value) || ArrayBuffer.isView(value) || types.isMap(value) || types.isSet(value);
}

/** How many values `util.inspect` would print, or a number above the limit; calls no getter and no trap. */
function countValues(value: unknown, depth: number, limit: number): number {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return 1;
  let count = 1;
  const add = (inner: unknown): boolean => {
    count += depth > 0 ? countValues(inner, depth - 1, limit - count) : 1;
    return count > limit;
  };
  if (ArrayBuffer.isView(value)) return maxEntries;
  if (Array.isArray(value)) {
    for (let i = 0; i < Math.min(value.length, maxEntries); i++)
      if (add(dataProperty(value, String(i)))) break;
  } else if (types.isMap(value) || types.isSet(value)) {
    let entries = 0;
    for (const entry of value) if (++entries > maxEntries || add(entry)) break;
  } else {
    for (const key of Object.keys(value)) if (add(dataProperty(value, key))) break;
  }
  return count;
}

function dataProperty(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}
