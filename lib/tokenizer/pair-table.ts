/** Counts of adjacent token pairs in words, kept up to date while pairs merge. */
import { PairHeap, type PairCount } from "./pair-heap.ts";

/** A word by its tokens, and how often the text has it. */
export interface CountedWord {
  ids: ArrayLike<number>;
  count: number;
}

/**
 * All words in one array, with the count of each pair and the words that may hold it. A merge looks only at those words, and
 * changes only the counts beside the places where it happens.
 */
export class PairTable {
  readonly #tokens: Int32Array;
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #counts: Float64Array;
  readonly #pairCounts = new Map<number, number>();
  /** The words of each pair; a word stays in the list when it no longer holds the pair. */
  readonly #holders = new Map<number, number[]>();
  readonly #heap = new PairHeap();
  /** One number names a pair of ids below it. */
  readonly #base: number;

  constructor(words: readonly CountedWord[], vocabSize: number) {
    this.#base = vocabSize;
    this.#tokens = new Int32Array(words.reduce((total, { ids }) => total + ids.length, 0));
    this.#starts = new Int32Array(words.length);
    this.#lengths = Int32Array.from(words, ({ ids }) => ids.length);
    this.#counts = Float64Array.from(words, ({ count }) => count);
    let start = 0;
    words.forEach(({ ids, count }, word) => {
      this.#starts[word] = start;
      this.#tokens.set(ids, start);
      for (let i = 1; i < ids.length; i++) this.#add(ids[i - 1]! * this.#base + ids[i]!, count, word);
      start += ids.length;
    });
    for (const key of this.#pairCounts.keys()) this.#push(key);
  }

  /** Removes and returns the most frequent pair; where counts are equal, the one with the smaller ids. */
  takeBest(): PairCount | undefined {
    for (let top = this.#heap.pop(); top; top = this.#heap.pop()) {
      const key = top.left * this.#base + top.right;
      const count = this.#pairCounts.get(key) ?? 0;
      if (count === top.count && count > 0) return top;
      // Counts that went down are put right when they come up; those that went up were pushed again.
      if (count > 0 && count < top.count) this.#push(key);
    }
    return undefined;
  }

  /** Replaces a pair by its token in every word that holds it. */
  merge(left: number, right: number, token: number): void {
    const key = left * this.#base + right;
    const grown = new Set<number>();
    for (const word of this.#holders.get(key) ?? []) this.#mergeWord(word, left, right, token, grown);
    this.#holders.delete(key);
    this.#pairCounts.delete(key);
    grown.delete(key);
    for (const changed of grown) this.#push(changed);
  }

  #mergeWord(word: number, left: number, right: number, token: number, grown: Set<number>): void {
    const tokens = this.#tokens;
    const base = this.#base;
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    const count = this.#counts[word]!;
    let to = start;
    for (let from = start; from < end; from++) {
      const id = tokens[from]!;
      if (id !== left || from + 1 >= end || tokens[from + 1] !== right) {
        tokens[to++] = id;
        continue;
      }
      if (to > start) {
        const before = tokens[to - 1]!;
        this.#remove(before * base + left, count);
        this.#grow(before * base + token, count, word, grown);
      }
      if (from + 2 < end) {
        const behind = tokens[from + 2]!;
        this.#remove(right * base + behind, count);
        this.#grow(token * base + behind, count, word, grown);
      }
      tokens[to++] = token;
      from++;
    }
    this.#lengths[word] = to - start;
  }

  #grow(key: number, count: number, word: number, grown: Set<number>): void {
    this.#add(key, count, word);
    grown.add(key);
  }

  #add(key: number, count: number, word: number): void {
    this.#pairCounts.set(key, (this.#pairCounts.get(key) ?? 0) + count);
    const holders = this.#holders.get(key);
    if (holders === undefined) this.#holders.set(key, [word]);
    // A word holds a pair more than once only while it is looked at.
    else if (holders.at(-1) !== word) holders.push(word);
  }

  #remove(key: number, count: number): void {
    this.#pairCounts.set(key, (this.#pairCounts.get(key) ?? 0) - count);
  }

  #push(key: number): void {
    const count = this.#pairCounts.get(key) ?? 0;
    if (count > 0) this.#heap.push({ left: Math.floor(key / this.#base), right: key % this.#base, count });
  }
}
