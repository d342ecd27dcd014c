/** Thrown values as plain data, whatever they are. */
import { inspectSafely } from "../display/index.ts";
import type { ErrorDescription } from "./messages.ts";

const maxCauses = 5;
/** Longest message that is told whole; a front end would lay out every character of it. */
const maxMessage = 20_000;

/** Describes a thrown value; getters that throw and values that are no errors included. */
export function describeError(value: unknown): ErrorDescription {
  if (!isError(value)) return { name: "Error", message: inspectSafely(value), stack: "" };
  try {
    // A cell may have put anything into these fields.
    const fields: { name: unknown; message: unknown } = value;
    const name = typeof fields.name === "string" && fields.name !== "" ? fields.name : "Error";
    const message = String(fields.message);
    const stack = stackWithCauses(value);
    if (message.length <= maxMessage) return { name, message, stack };
    const cut = `${message.slice(0, maxMessage)}… ${message.length - maxMessage} more characters`;
    return { name, message: cut, stack: stack.replace(message, () => cut) };
  } catch {
    return { name: "Error", message: inspectSafely(value), stack: "" };
  }
}

/** Errors of other realms, as of `node:vm`, count too. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function stackWithCauses(error: Error): string {
  const parts = [stackOf(error)];
  let cause = error.cause;
  for (let depth = 0; depth < maxCauses && cause !== undefined; depth++) {
    parts.push(`Caused by: ${stackOf(cause)}`);
    cause = isError(cause) ? cause.cause : undefined;
  }
  if (error instanceof AggregateError) {
    const { errors } = error as { errors: readonly unknown[] };
    const told = errors.slice(0, maxCauses);
    for (const [index, one] of told.entries()) {
      parts.push(`Error ${index + 1} of ${errors.length}: ${stackOf(one)}`);
    }
  }
  return parts.join("\n");
}

function stackOf(value: unknown): string {
  if (!isError(value)) return inspectSafely(value);
  return typeof value.stack === "string" ? value.stack : "";
}
