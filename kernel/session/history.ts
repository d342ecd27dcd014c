/** The history of a session, kept in memory. */
import type { JsonObject } from "../protocol/index.ts";

/** Code that was run, by execution count. */
export interface History {
  add(line: number, code: string): void;
  /** Answers history_request: the last `n` inputs, a range, or those that match a pattern. */
  find(request: JsonObject): { status: "ok"; history: [number, number, string][] };
}

const maxEntries = 10_000;
const sessionNumber = 1;

/** An empty history. */
export function createHistory(): History {
  const entries: [number, number, string][] = [];
  return {
    add(line, code) {
      entries.push([sessionNumber, line, code]);
      if (entries.length > maxEntries) entries.shift();
    },
    find(request) {
      const { hist_access_type: type, n, start, stop, pattern } = request;
      let found = [...entries];
      if (type === "range") {
        const [from, to] = [Number(start ?? 0), Number(stop ?? Infinity)];
        found = found.filter(([, line]) => line >= from && line < to);
      } else if (type === "search" && typeof pattern === "string") {
        const expression = globExpression(pattern);
        found = found.filter(([, , code]) => expression.test(code));
      }
      if (typeof n === "number" && n >= 0 && type !== "range") found = n === 0 ? [] : found.slice(-n);
      return { status: "ok", history: found };
    },
  };
}

function globExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`);
}
