/** Trains a byte-level BPE vocabulary (Sennrich et al. 2016, in GPT-2's byte form). */
import { ResidencyError } from "../errors.ts";
import { byteCharacters, wordPattern } from "./bytes.ts";
import { PairTable, type CountedWord } from "./pair-table.ts";
import type { TokenizerJson } from "./tokenizer-json.ts";

/** What to train. */
export interface TrainBpeOptions {
  /** Tokens in all: special tokens, the 256 bytes and the merges. */
  vocabSize: number;
  /** Tokens that no text becomes; they get the first ids, in this order. */
  specialTokens?: readonly string[];
  /** Pairs seen less often than this are not merged (default: 2). */
  minFrequency?: number;
  /**
   * Tokens do not become longer than this (default: no limit). Counted as in the reference, in bytes of GPT-2's alphabet: a
   * space, and whatever is not printable ASCII, counts twice.
   */
  maxTokenLength?: number;
  /**
   * The most different words that are counted at once (default: 4,000,000). When a text has more, the rarest are forgotten, so
   * that memory stays bounded however long the text is.
   */
  maxWords?: number;
  /** Called now and then with the merges made and wanted; training stops where it throws. */
  onProgress?: (done: number, wanted: number) => void;
}

const encoder = new TextEncoder();

// A longer run without a blank is data, not a word, and each merge would walk through all of it.
const longestWord = 4096;

/**
 * Trains on texts and returns a tokenizer.json object; equal counts are settled by the smaller pair of ids, as the
 * reference trainer does, so that the result depends on the texts alone.
 *
 * @example
 * const json = trainBpe(["low lower lowest"], { vocabSize: 260, specialTokens: ["<|endoftext|>"] });
 * json.model.merges[0]; // → ["l", "o"]
 */
export function trainBpe(texts: Iterable<string>, options: TrainBpeOptions): TokenizerJson {
  const { vocabSize, specialTokens = [], minFrequency = 2, onProgress } = options;
  const { maxTokenLength = Infinity, maxWords = 4_000_000 } = options;
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
  for (const [name, value] of Object.entries({ minFrequency, maxTokenLength, maxWords })) {
    if (!(value >= 1)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot train a tokenizer with ${name} ${value}: it must be 1 or more`,
      );
    }
  }
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const pairs = new PairTable(countWords(texts, ids, maxWords), vocabSize);
  const merges: [string, string][] = [];
  const wanted = vocabSize - tokens.length;
  while (tokens.length < vocabSize) {
    if (merges.length % 256 === 0) onProgress?.(merges.length, wanted);
    const best = pairs.takeBest();
    if (!best || best.count < minFrequency) break;
    const [left, right] = [tokens[best.left]!, tokens[best.right]!];
    const merged = left + right;
    if (maxTokenLength < Infinity && encoder.encode(merged).length > maxTokenLength) continue;
    // Two different merges can spell the same token; it keeps its first id.
    let id = ids.get(merged);
    if (id === undefined) {
      id = tokens.push(merged) - 1;
      ids.set(merged, id);
    }
    merges.push([left, right]);
    pairs.merge(best.left, best.right, id);
  }
  onProgress?.(merges.length, merges.length);
  return tokenizerJson(ids, merges, specialTokens);
}

function countWords(
  texts: Iterable<string>,
  ids: ReadonlyMap<string, number>,
  maxWords: number,
): CountedWord[] {
  const counts = new Map<string, number>();
  let forgotten = 0;
  for (const text of texts) {
    for (const [word] of text.matchAll(wordPattern)) {
      for (let at = 0; at < word.length; at += longestWord) {
        const part = word.length <= longestWord ? word : word.slice(at, at + longestWord);
        const count = counts.get(part);
        // A part of a string keeps the whole string in memory; a new key is a copy.
        if (count === undefined) counts.set(part.split("").join(""), 1);
        else counts.set(part, count + 1);
      }
    }
    while (counts.size > maxWords) {
      forgotten++;
      for (const [word, count] of counts) if (count <= forgotten) counts.delete(word);
    }
  }
  const byteIds = byteCharacters.map((character) => ids.get(character)!);
  return Array.from(counts, ([word, count]) => ({
    ids: Array.from(encoder.encode(word), (byte) => byteIds[byte]!),
    count,
  }));
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
