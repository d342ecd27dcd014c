/** Cuts the tokens of one or two texts to a length, as the reference tokenizers do. */
import { ResidencyError } from "../errors.ts";
import type { Side } from "./parse-config.ts";

/** Which text of a pair is cut; `true` is "longest_first". */
export type TruncationStrategy = "longest_first" | "only_first" | "only_second" | "do_not_truncate";

/** How rows are cut. */
export interface TruncationOptions {
  /** Whether rows longer than `maxLength` are cut, and which text of a pair (default: false). */
  truncation?: boolean | TruncationStrategy;
  /** The wanted length in tokens, special tokens included; the tokenizer's own limit where it is left out. */
  maxLength?: number;
  /** The side from which tokens are cut (default: the tokenizer's). */
  truncationSide?: Side;
  /** With `returnOverflowingTokens`: how many tokens a row repeats of the row before it. */
  stride?: number;
}

/** The parts of one or two texts that become one row each; the first is the row that is kept. */
export interface Window<T> {
  first: readonly T[];
  second: readonly T[] | null;
}

/** `true` and `false` as the strategies that they stand for. */
export function strategyOf(truncation: TruncationOptions["truncation"]): TruncationStrategy {
  if (truncation === undefined || truncation === false) return "do_not_truncate";
  return truncation === true ? "longest_first" : truncation;
}

/**
 * Cuts one or two texts to `room` tokens in all; with `overflow`, what is cut off comes in further windows.
 *
 * @throws ResidencyError E_CONFIG where the text that may be cut is too short, or the stride leaves no room for new tokens.
 */
export function truncate<T>(
  { first, second }: Window<T>,
  room: number,
  strategy: Exclude<TruncationStrategy, "do_not_truncate">,
  { side, stride, overflow }: { side: Side; stride: number; overflow: boolean },
): Window<T>[] {
  const excess = first.length + (second?.length ?? 0) - room;
  if (excess <= 0) return [{ first, second }];
  const cut = (tokens: readonly T[], length: number): (readonly T[])[] => {
    const all = windows(tokens, length, side, overflow ? stride : 0);
    return overflow ? all : all.slice(0, 1);
  };
  if (strategy === "longest_first" && second !== null) {
    if (overflow) {
      fail('both texts of a pair overflow; choose truncation "only_first" or "only_second"');
    }
    const [one, two] = longestFirst(first.length, second.length, room);
    return [{ first: cut(first, one)[0]!, second: cut(second, two)[0]! }];
  }
  const isFirst = strategy !== "only_second";
  const target = isFirst ? first : (second ?? []);
  const length = target.length - excess;
  if (length <= 0 && !(length === 0 && second === null)) {
    fail(`${isFirst ? "the first" : "the second"} text alone is too short to be cut by ${excess} tokens`);
  }
  return cut(target, length).map((part) => (isFirst ? { first: part, second } : { first, second: part }));
}

/** The lengths that two texts keep: the longer one is cut first, then both alike. */
function longestFirst(first: number, second: number, room: number): [number, number] {
  const [short, long] = [Math.min(first, second), Math.max(first, second)];
  let [a, b] = [short, short > room ? short : Math.max(short, room - short)];
  if (a + b > room) {
    a = Math.floor(room / 2);
    b = a + (room % 2);
  }
  return first > second ? [Math.min(long, b), a] : [a, Math.min(long, b)];
}

function windows<T>(tokens: readonly T[], length: number, side: Side, stride: number): (readonly T[])[] {
  if (length >= tokens.length) return [tokens];
  if (length === 0) return [[]];
  if (stride >= length) fail(`a stride of ${stride} leaves no room for new tokens in rows of ${length}`);
  const step = length - stride;
  const result: (readonly T[])[] = [];
  if (side === "right") {
    for (let start = 0; ; start += step) {
      result.push(tokens.slice(start, start + length));
      if (start + length >= tokens.length) return result;
    }
  }
  for (let stop = tokens.length; ; stop -= step) {
    result.push(tokens.slice(Math.max(0, stop - length), stop));
    if (stop - length <= 0) return result;
  }
}

function fail(problem: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot truncate: ${problem}`);
}
