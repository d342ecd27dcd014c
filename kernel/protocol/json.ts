/** JSON values as types, and the checks that turn untrusted JSON into them. */

/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** A JSON object. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Whether a value is a plain JSON object, neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The string at `key`, or undefined when it is missing or of another type. */
export function stringAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" ? value : undefined;
}

/** The boolean at `key`, or `fallback` when it is missing or of another type. */
export function booleanAt(object: JsonObject, key: string, fallback: boolean): boolean {
  const value = object[key];
  return typeof value === "boolean" ? value : fallback;
}
