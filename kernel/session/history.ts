/** The history of a session, kept in memory. */
import type { JsonObject } from "../protocol/index.ts";

/** Code that was run, by execution count. */
export interface History {
  add(line: number, code: string): void;
  /** Keeps the text of a result beside the code that gave it. */
  addResult(line: number, text: string): void;
  /** Answers history_request: the last `n` inputs, a range, or those that match a pattern; `output` adds results. */
  find(request: JsonObject): { status: "ok"; history: HistoryItem[] };
}

/** Session, line, and the input, alone or with its result. */
export type HistoryItem = [number, number, string | [string, string | null]];

const maxEntries = 10_000;
const sessionNumber = 1;

/** An empty history. */
export function createHistory(): History {
  const entries: [number, number, string][] = [];
  const results = new Map<number, string>();
  return {
    add(line, code) {
      entries.push([sessionNumber, line, code]);
      if (entries.length <= maxEntries) return;
      const [, oldest = 0] = entries.shift() ?? [];
      results.delete(oldest);
    },
    addResult: (line, text) => void results.set(line, text),
    find(request) {
      const { hist_access_type: type, n, start, stop, pattern, output, unique } = request;
      let found = [...entries];
      if (type === "range") {
        const [from, to] = [Number(start ?? 0), Number(stop ?? Infinity)];
        found = found.filter(([, line]) => line >= from && line < to);
      } else if (type === "search" && typeof pattern === "string") {
        const expression = globExpression(pattern);
        found = found.filter(([, , code]) => expression.test(code));
        // Of equal inputs the latest stays.
        if (unique === true) found = [...new Map(found.map((entry) => [entry[2], entry])).values()];
      }
      if (typeof n === "number" && n >= 0 && type !== "range") found = n === 0 ? [] : found.slice(-n);
      const history = found.map(([session, line, code]): HistoryItem => {
        return [session, line, output === true ? [code, results.get(line) ?? null] : code];
      });
      return { status: "ok", history };
    },
  };
}

function globExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`);
}
