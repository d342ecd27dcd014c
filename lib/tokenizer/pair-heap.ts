/** A max-heap of adjacent token pairs by count, the smaller pair first where counts are equal. */

/** A pair of token ids with the count that it had when it was pushed. */
export interface PairCount {
  left: number;
  right: number;
  count: number;
}

const before = (a: PairCount, b: PairCount): boolean =>
  a.count !== b.count ? a.count > b.count : a.left !== b.left ? a.left < b.left : a.right < b.right;

/** A binary heap; entries are never updated, so a reader drops those whose count is out of date. */
export class PairHeap {
  readonly #entries: PairCount[] = [];

  /** Adds an entry. */
  push(entry: PairCount): void {
    const entries = this.#entries;
    let i = entries.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entry, entries[parent]!)) break;
      entries[i] = entries[parent]!;
      i = parent;
    }
    entries[i] = entry;
  }

  /** Removes and returns the entry with the highest count, or undefined when the heap is empty. */
  pop(): PairCount | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && before(entries[child + 1]!, entries[child]!)) child++;
      if (!before(entries[child]!, last)) break;
      entries[i] = entries[child]!;
      i = child;
    }
    entries[i] = last;
    return top;
  }
}
