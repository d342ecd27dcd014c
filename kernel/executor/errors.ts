/** Thrown values as plain data, whatever they are. */
import { inspectSafely } from "../display/index.ts";
import type { ErrorDescription } from "./messages.ts";

const maxCauses = 5;

/** Describes a thrown value; getters that throw and values that are no errors included. */
export function describeError(value: unknown): ErrorDescription {
  if (!isError(value)) return { name: "Error", message: inspectSafely(value), stack: "" };
  try {
    // A cell may have put anything into these fields.
    const fields: { name: unknown; message: unknown } = value;
    const name = typeof fields.name === "string" && fields.name !== "" ? fields.name : "Error";
    const message = String(fields.message);
    return { name, message, stack: stackWithCauses(value) };
  } catch {
    return { name: "Error", message: inspectSafely(value), stack: "" };
  }
}

/** Errors of other realms, as of `node:vm`, count too. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function stackWithCauses(error: Error): string {
  const parts = [typeof error.stack === "string" ? error.stack : ""];
  let cause = error.cause;
  for (let depth = 0; depth < maxCauses && cause !== undefined; depth++) {
    parts.push(`Caused by: ${isError(cause) ? String(cause.stack ?? cause) : inspectSafely(cause)}`);
    cause = isError(cause) ? cause.cause : undefined;
  }
  return parts.join("\n");
}
