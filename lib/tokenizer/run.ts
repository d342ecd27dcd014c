/** What a part of a text became. */
import type { AddedToken } from "./parse.ts";

/** A part of a text with the tokens that it became. */
export interface Run {
  /** The section of the text that was normalized as one, `[start, end)` in UTF-16 units. */
  section: { start: number; end: number };
  /** The section after the normalizer, and the part of it that this run is, `[from, to)`. */
  normalized: string;
  from: number;
  to: number;
  /** What the pre-tokenizer made of that part. */
  pieces: readonly string[];
  tokens: readonly string[];
  ids: readonly number[];
  /** The added token that the run is. */
  added?: AddedToken;
}
