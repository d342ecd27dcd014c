/** Values as MIME bundles, by the symbol protocol that Deno's Jupyter kernel has too. */
import { inspectSafely } from "./inspect-safely.ts";
import { isTable, tableHtml } from "./table.ts";
import { isTensorLike, tensorRepresentations } from "./tensor.ts";

/** The method that gives a value's representations. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;

/** Representations by MIME type: text, base64 text for binary types, plain data for JSON types. */
export type Representations = Record<string, unknown>;

/** A value that says how it is shown. */
export interface Displayable {
  [displaySymbol](): Representations | Promise<Representations>;
}

/** Whether a value says how it is shown; a getter that throws counts as no. */
export function isDisplayable(value: unknown): value is Displayable {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  try {
    return typeof (value as Partial<Displayable>)[displaySymbol] === "function";
  } catch {
    return false;
  }
}

/** The representations of any value; values without any of their own are shown as `util.inspect` prints them. */
export function toMimeBundle(value: unknown): Representations | Promise<Representations> {
  if (!isDisplayable(value)) return plainRepresentations(value);
  const given: unknown = value[displaySymbol]();
  return given instanceof Promise ? given.then(checkBundle) : checkBundle(given);
}

/** A bundle as it is; anything else that a method of a cell gave is shown as text. */
function checkBundle(given: unknown): Representations {
  const isBundle = typeof given === "object" && given !== null && !Array.isArray(given);
  return isBundle ? (given as Representations) : { "text/plain": inspectSafely(given) };
}

/** Text, and a table for what is one. */
function plainRepresentations(value: unknown): Representations {
  try {
    if (isTensorLike(value)) return tensorRepresentations(value);
    if (isTable(value)) {
      return { "text/html": tableHtml(value, inspectSafely), "text/plain": inspectSafely(value) };
    }
  } catch {
    // Getters that throw make it a value like any other, which the text can show.
  }
  return { "text/plain": inspectSafely(value) };
}

/** A copy that JSON can carry: bytes become base64 text, what has no JSON form becomes text. */
export function toJsonBundle(bundle: Representations): Representations {
  const entries = Object.entries(bundle).map(([mime, value]): [string, unknown] => {
    if (value instanceof Uint8Array) return [mime, Buffer.from(value).toString("base64")];
    if (typeof value === "string") return [mime, value];
    if (mime.startsWith("text/")) return [mime, inspectSafely(value)];
    const json = stringify(value);
    return [mime, json === undefined ? String(value) : (JSON.parse(json) as unknown)];
  });
  return Object.fromEntries(entries);
}

/** Undefined for functions and the like, which the type of `JSON.stringify` does not say. */
function stringify(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "bigint") return String(inner);
    // Numbers of typed arrays would become the fields of an object.
    return ArrayBuffer.isView(inner) && !(inner instanceof DataView)
      ? Array.from(inner as Uint8Array)
      : inner;
  });
}
