/** The history: the inputs of this session, in memory, behind those of earlier sessions, in a file. */
import { booleanAt } from "../protocol/index.ts";
import type { JsonObject } from "../protocol/index.ts";
import { globTest } from "./glob.ts";
import type { HistoryFile } from "./history-file.ts";

/** Code that was run, by execution count. */
export interface History {
  add(line: number, code: string): void;
  /** Keeps the text of a result beside the code that gave it, for as long as the kernel runs. */
  addResult(line: number, text: string): void;
  /** Answers history_request: the last `n` inputs, a range, or those that match a pattern; `output` adds results. */
  find(request: JsonObject): Promise<{ status: "ok"; history: HistoryItem[] }>;
  /** Resolves when the file, if there is one, has everything. */
  close(): Promise<void>;
}

/** Session, line, and the input, alone or with its result. */
export type HistoryItem = [number, number, string | [string, string | null]];

interface Input {
  session: number;
  line: number;
  code: string;
}

const maxEntries = 10_000;

/** An empty history of this session, and what the file has of others. */
export function createHistory(file?: HistoryFile): History {
  const own: Omit<Input, "session">[] = [];
  const results = new Map<number, string>();

  /** All inputs, and the number of this session; sessions count from the oldest that is kept. */
  const readAll = async (): Promise<{ inputs: Input[]; current: number }> => {
    const stored = (await file?.read()) ?? [];
    const numbers = new Map<string, number>();
    for (const { session } of stored) {
      if (!numbers.has(session)) numbers.set(session, numbers.size + 1);
    }
    const current = numbers.get(file?.session ?? "") ?? numbers.size + 1;
    const others = stored
      .filter(({ session }) => session !== file?.session)
      .map(({ session, line, code }) => ({ session: numbers.get(session) ?? 0, line, code }));
    const inputs = [...others, ...own.map((input) => ({ ...input, session: current }))];
    // Kernels that ran side by side have mixed their lines.
    return { inputs: inputs.sort((a, b) => a.session - b.session), current };
  };
  return {
    add(line, code) {
      own.push({ line, code });
      file?.add(line, code);
      if (own.length > maxEntries) results.delete(own.shift()?.line ?? 0);
    },
    addResult: (line, text) => void results.set(line, text),
    async find(request) {
      const { inputs, current } = await readAll();
      const withOutput = booleanAt(request, "output", false);
      const history = select(inputs, current, request).map(({ session, line, code }): HistoryItem => {
        const result = session === current ? (results.get(line) ?? null) : null;
        return [session, line, withOutput ? [code, result] : code];
      });
      return { status: "ok", history };
    },
    close: async () => file?.close(),
  };
}

function select(inputs: Input[], current: number, request: JsonObject): Input[] {
  const { hist_access_type: type, pattern, n } = request;
  if (type === "range") return selectRange(inputs, current, request);
  let found = inputs;
  if (type === "search" && typeof pattern === "string") {
    const matches = globTest(pattern);
    found = inputs.filter(({ code }) => matches(code));
    if (booleanAt(request, "unique", false)) found = withoutRepeats(found);
  }
  if (typeof n !== "number" || n < 0) return found;
  return n === 0 ? [] : found.slice(-n);
}

/** Of equal inputs the latest stays, in its place. */
function withoutRepeats(inputs: readonly Input[]): Input[] {
  const latest = new Map<string, Input>();
  for (const input of inputs) {
    latest.delete(input.code);
    latest.set(input.code, input);
  }
  return [...latest.values()];
}

/** Session 0 is this one and -1 the one before; lines below 0 count from the end, and `stop` is left out. */
function selectRange(inputs: readonly Input[], current: number, request: JsonObject): Input[] {
  const session = integerOr(request["session"], 0);
  const wanted = session > 0 ? session : current + session;
  const found = inputs.filter((input) => input.session === wanted);
  const end = Math.max(0, ...found.slice(-1).map(({ line }) => line)) + 1;
  const fromEnd = (line: number): number => (line < 0 ? line + end : line);
  const start = fromEnd(integerOr(request["start"], 0));
  const stop = fromEnd(integerOr(request["stop"], end));
  return found.filter(({ line }) => line >= start && line < stop);
}

function integerOr(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : otherwise;
}
