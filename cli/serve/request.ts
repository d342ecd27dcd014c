/** Reads what the page asks: a bounded JSON body, checked field by field. */
import type { IncomingMessage } from "node:http";
import { ResidencyError } from "../../lib/errors.ts";
import type { AskRequest } from "./protocol.ts";

/** Bytes of a request; a long note has a tenth of it. */
const bodyLimit = 256 * 1024;

function refuse(what: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot answer: ${what}`);
}

/**
 * The body of a request as text.
 *
 * @throws ResidencyError E_CONFIG when it is too long.
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) {
      refuse(`note and question are more than ${bodyLimit / 1024} KiB; shorten them`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Reads a question to both models.
 *
 * @throws ResidencyError E_CONFIG naming the field that is missing or out of its range.
 */
export function parseAskRequest(body: string, maxNewTokensAllowed: number): AskRequest {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    refuse("the request is not JSON");
  }
  const fields = new Map<string, unknown>(
    typeof json === "object" && json !== null ? Object.entries(json) : [],
  );
  const text = (name: string): string => {
    const value = fields.get(name);
    return typeof value === "string" && value.trim() !== "" ? value : refuse(`the ${name} is empty`);
  };
  const number = (name: string, low: number, high: number, isWhole: boolean): number => {
    const value = fields.get(name);
    const fits = typeof value === "number" && value >= low && value <= high;
    if (fits && (!isWhole || Number.isInteger(value))) return value;
    return refuse(`${name} must be a ${isWhole ? "whole " : ""}number from ${low} to ${high}`);
  };
  const reference = fields.get("reference");
  return {
    note: text("note"),
    question: text("question"),
    maxNewTokens: number("maxNewTokens", 1, maxNewTokensAllowed, true),
    temperature: number("temperature", 0, 10, false),
    seed: number("seed", 0, 2 ** 31 - 1, true),
    ...(typeof reference === "string" && { reference }),
  };
}
