/** Trains a byte-level BPE vocabulary (Sennrich et al. 2016, in GPT-2's byte form). */
import { ResidencyError } from "../errors.ts";
import { byteCharacters, wordPattern } from "./bytes.ts";
import { PairHeap } from "./pair-heap.ts";
import type { TokenizerJson } from "./tokenizer-json.ts";

/** What to train. */
export interface TrainBpeOptions {
  /** Tokens in all: special tokens, the 256 bytes and the merges. */
  vocabSize: number;
  /** Tokens that no text becomes; they get the first ids, in this order. */
  specialTokens?: readonly string[];
  /** Pairs seen less often than this are not merged. */
  minFrequency?: number;
}

interface Word {
  ids: number[];
  count: number;
}

/**
 * Trains on texts and returns a tokenizer.json object; equal counts are settled by the smaller pair of ids, as the
 * reference trainer does, so that the result depends on the texts alone.
 *
 * @example
 * const json = trainBpe(["low lower lowest"], { vocabSize: 260, specialTokens: ["<|endoftext|>"] });
 * json.model.merges[0]; // → ["l", "o"]
 */
export function trainBpe(texts: Iterable<string>, options: TrainBpeOptions): TokenizerJson {
  const { vocabSize, specialTokens = [], minFrequency = 2 } = options;
  // The reference trainer orders its alphabet by code point, not by byte.
  const tokens = [...specialTokens, ...byteCharacters.toSorted()];
  if (new Set(specialTokens).size !== specialTokens.length) {
    throw new ResidencyError("E_CONFIG", "Cannot train a tokenizer: a special token is given twice");
  }
  if (!Number.isSafeInteger(vocabSize) || vocabSize < tokens.length) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot train a tokenizer with vocabSize ${vocabSize}: the bytes and special tokens alone are ${tokens.length}`,
    );
  }
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const words = countWords(texts, ids);
  const pairs = new PairTable(words);
  const merges: [string, string][] = [];
  while (tokens.length < vocabSize) {
    const best = pairs.takeBest();
    if (!best || best.count < minFrequency) break;
    const [left, right] = [tokens[best.left]!, tokens[best.right]!];
    const merged = left + right;
    // Two different merges can spell the same token; it keeps its first id.
    let id = ids.get(merged);
    if (id === undefined) {
      id = tokens.push(merged) - 1;
      ids.set(merged, id);
    }
    merges.push([left, right]);
    pairs.merge(best.left, best.right, id);
  }
  return tokenizerJson(ids, merges, specialTokens);
}

function countWords(texts: Iterable<string>, ids: ReadonlyMap<string, number>): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of text.match(wordPattern) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const encoder = new TextEncoder();
  const byteIds = byteCharacters.map((character) => ids.get(character)!);
  return [...counts].map(([word, count]) => ({
    ids: Array.from(encoder.encode(word), (byte) => byteIds[byte]!),
    count,
  }));
}

/** The counts of all adjacent pairs and the words that hold each, kept up to date while pairs merge. */
class PairTable {
  readonly #words: Word[];
  readonly #counts = new Map<number, number>();
  readonly #holders = new Map<number, Set<Word>>();
  readonly #heap = new PairHeap();

  constructor(words: Word[]) {
    this.#words = words;
    for (const word of this.#words) this.#count(word, 1);
    for (const key of this.#counts.keys()) this.#push(key);
  }

  /** Removes and returns the most frequent pair. */
  takeBest(): { left: number; right: number; count: number } | undefined {
    for (let top = this.#heap.pop(); top; top = this.#heap.pop()) {
      if (top.count > 0 && this.#counts.get(pairKey(top.left, top.right)) === top.count) return top;
    }
    return undefined;
  }

  /** Replaces a pair by its token in every word that holds it. */
  merge(left: number, right: number, token: number): void {
    const changed = new Set<number>();
    for (const word of this.#holders.get(pairKey(left, right)) ?? []) {
      for (const key of this.#count(word, -1)) changed.add(key);
      word.ids = mergePair(word.ids, left, right, token);
      for (const key of this.#count(word, 1)) changed.add(key);
    }
    for (const key of changed) this.#push(key);
  }

  #count(word: Word, sign: 1 | -1): Set<number> {
    const touched = new Set<number>();
    for (let i = 1; i < word.ids.length; i++) {
      const key = pairKey(word.ids[i - 1]!, word.ids[i]!);
      touched.add(key);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + sign * word.count);
      const holders = this.#holders.get(key) ?? new Set();
      if (sign === 1) holders.add(word);
      else holders.delete(word);
      this.#holders.set(key, holders);
    }
    return touched;
  }

  #push(key: number): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 0) this.#heap.push({ left: Math.floor(key / 2 ** 26), right: key % 2 ** 26, count });
  }
}

// One number names a pair; ids stay far below 2^26, and two of them fit the 53 bits of a safe integer.
function pairKey(left: number, right: number): number {
  return left * 2 ** 26 + right;
}

function mergePair(ids: readonly number[], left: number, right: number, token: number): number[] {
  const merged: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) {
      merged.push(token);
      i++;
    } else merged.push(ids[i]!);
  }
  return merged;
}

function tokenizerJson(
  ids: ReadonlyMap<string, number>,
  merges: [string, string][],
  specialTokens: readonly string[],
): TokenizerJson {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(ids),
      merges,
    },
  };
}
