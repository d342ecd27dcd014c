/** The arguments of debug requests, checked where they come in. */
import { KernelError } from "../errors.ts";
import { isJsonObject } from "../protocol/index.ts";
import type { JsonObject, JsonValue } from "../protocol/index.ts";

/** A request of the Debug Adapter Protocol. */
export interface DebugRequest {
  seq: number;
  command: string;
  arguments: JsonObject;
}

/** The request in the content of a debug_request message; what is missing is empty. */
export function toDebugRequest(content: JsonObject): DebugRequest {
  const { seq, command, arguments: given } = content;
  return {
    seq: typeof seq === "number" ? seq : 0,
    command: typeof command === "string" ? command : "",
    arguments: isJsonObject(given) ? given : {},
  };
}

const wrong = (name: string, value: JsonValue | undefined, wanted: string): KernelError =>
  new KernelError(
    "E_DEBUG",
    `The argument ${name} must be ${wanted}; it is ${value === undefined ? "missing" : JSON.stringify(value)}.`,
  );

/** A text that must be there. */
export function textArgument(given: JsonObject, name: string): string {
  const value = given[name];
  if (typeof value !== "string") throw wrong(name, value, "a string");
  return value;
}

/** A whole number from 0, or undefined when it is left out. */
export function optionalNumber(given: JsonObject, name: string): number | undefined {
  const value = given[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw wrong(name, value, "a whole number from 0");
  }
  return value;
}

/** A whole number from 0 that must be there. */
export function numberArgument(given: JsonObject, name: string): number {
  const value = optionalNumber(given, name);
  if (value === undefined) throw wrong(name, value, "a whole number from 0");
  return value;
}

/** The objects of a list; a list that is left out is empty. */
export function objectsArgument(given: JsonObject, name: string): JsonObject[] {
  const value = given[name] ?? [];
  if (!Array.isArray(value) || !value.every(isJsonObject)) throw wrong(name, value, "a list of objects");
  return value;
}

/** The path of a request's source. */
export function sourcePath(given: JsonObject): string {
  const { source } = given;
  if (!isJsonObject(source)) throw wrong("source", source, "an object with a path");
  return textArgument(source, "path");
}

/** The name of a variable. */
export function identifierArgument(given: JsonObject, name: string): string {
  const value = textArgument(given, name);
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(value))
    throw wrong(name, value, "the name of a variable");
  return value;
}
