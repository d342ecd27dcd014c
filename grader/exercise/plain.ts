/** Copies of answers as plain data, so that a proxy, a getter or an odd `toJSON` cannot agree with everything. */
import { types } from "node:util";

/** Data without behaviour. */
export type Plain =
  number | string | boolean | null | undefined | readonly Plain[] | { readonly [key: string]: Plain };

// Kept from the time this module was loaded: an answer may replace the global ones afterwards, and methods of
// Array.prototype and String.prototype too, which is why the code below walks by index.
const { isArray } = Array;
const { getPrototypeOf, getOwnPropertyDescriptor, keys, prototype: objectPrototype } = Object;
const { isProxy } = types;
const maxDepth = 32;

/** A deep copy of plain data; throws TypeError with the path of the first thing that is something else. */
export function plainCopy(value: unknown, path = "the value", depth = 0): Plain {
  if (
    value === null ||
    value === undefined ||
    typeof value === "number" ||
    typeof value === "string" ||
    typeof value === "boolean"
  ) {
    return value;
  }
  if (typeof value !== "object" || isProxy(value) || depth > maxDepth) {
    throw new TypeError(
      `${path} is not plain data (a number, a string, a list of them or an object of them)`,
    );
  }
  if (isArray(value)) {
    const copy: Plain[] = [];
    for (let index = 0; index < value.length; index += 1) {
      copy[index] = plainCopy(ownValue(value, `${index}`, path), `${path}[${index}]`, depth + 1);
    }
    return copy;
  }
  const prototype: unknown = getPrototypeOf(value);
  if (prototype !== objectPrototype && prototype !== null) {
    throw new TypeError(`${path} is an instance of a class; plain data was expected`);
  }
  const copy: Record<string, Plain> = {};
  const names = keys(value);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index]!;
    copy[name] = plainCopy(ownValue(value, name, path), `${path}.${name}`, depth + 1);
  }
  return copy;
}

function ownValue(owner: object, name: string, path: string): unknown {
  const descriptor = getOwnPropertyDescriptor(owner, name);
  if (descriptor?.get) throw new TypeError(`${path} has a getter at "${name}"; plain data was expected`);
  return descriptor?.value;
}
