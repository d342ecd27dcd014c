/** Finds the best of many scores without sorting them all. */

/** Restores the heap whose root may be too large: parents are never above their children. */
function siftDown(heap: number[], isBefore: (a: number, b: number) => boolean): void {
  let parent = 0;
  for (;;) {
    let least = parent;
    for (let child = 2 * parent + 1; child <= 2 * parent + 2 && child < heap.length; child++) {
      if (isBefore(heap[child]!, heap[least]!)) least = child;
    }
    if (least === parent) return;
    [heap[parent], heap[least]] = [heap[least]!, heap[parent]!];
    parent = least;
  }
}

/**
 * The indices of the `count` largest values, largest first, the first of equals before the others.
 *
 * @example
 * largestIndices([3, 1, 2], 2); // → [0, 2]
 */
export function largestIndices(values: ArrayLike<number>, count: number): number[] {
  const isWorse = (a: number, b: number): boolean =>
    values[a]! < values[b]! || (values[a] === values[b] && a > b);
  const inOrder = (a: number, b: number): number => (isWorse(a, b) ? 1 : -1);
  const wanted = Math.min(count, values.length);
  if (wanted <= 0) return [];
  // A sorted list is a heap; its root is the worst of the best so far, and few values pass it.
  const heap = Array.from({ length: wanted }, (_, index) => index).sort((a, b) => inOrder(b, a));
  let bound = values[heap[0]!]!;
  for (let index = wanted; index < values.length; index++) {
    if (!(values[index]! > bound)) continue;
    heap[0] = index;
    siftDown(heap, isWorse);
    bound = values[heap[0]]!;
  }
  return heap.sort(inOrder);
}

/**
 * The `rank`-th largest value, counted from 1.
 *
 * @example
 * kthLargest([3, 1, 2], 2); // → 2
 */
export function kthLargest(values: ArrayLike<number>, rank: number): number {
  return values[largestIndices(values, rank).at(-1)!]!;
}

/** Tokens with a key to be ordered by and a mass to be summed. */
export interface Weighted {
  /** Tokens; they are put into partial order in place. */
  tokens: Int32Array;
  /** By token number. */
  keys: Float32Array;
  /** By token number, in [0, 1]. */
  masses: Float32Array;
}

/** How short a stretch is sorted outright. */
const shortStretch = 24;

/** Moves tokens below the pivot to the front and those above it to the back of [from, to); gives where both end. */
function partition(
  { tokens, keys }: Weighted,
  { from, to, pivot }: { from: number; to: number; pivot: number },
): [number, number] {
  let below = from;
  let above = to;
  for (let at = from; at < above;) {
    const token = tokens[at]!;
    const key = keys[token]!;
    if (key < pivot) {
      tokens[at++] = tokens[below]!;
      tokens[below++] = token;
    } else if (key > pivot) {
      tokens[at] = tokens[--above]!;
      tokens[above] = token;
    } else at++;
  }
  return [below, above];
}

/**
 * How many tokens, taken by ascending key (of equals the highest token first), have a cumulative mass, in float32, that
 * fits. The tokens are in order up to and including the first that does not fit: quickselect by mass, O(V) on average.
 */
export function countFitting(weighted: Weighted, fits: (cumulative: number) => boolean): number {
  const { tokens, keys, masses } = weighted;
  let [from, to, sum] = [0, tokens.length, 0];
  /** Walks over sorted tokens; whether all of them fit. */
  const walk = (end: number): boolean => {
    for (; from < end; from++) {
      const next = sum + masses[tokens[from]!]!;
      if (!fits(Math.fround(next))) return false;
      sum = next;
    }
    return true;
  };
  while (to - from > shortStretch) {
    const [first, middle, last] = [from, (from + to) >> 1, to - 1].map((at) => keys[tokens[at]!]!);
    const pivot = Math.max(Math.min(first!, middle!), Math.min(Math.max(first!, middle!), last!));
    const [below, above] = partition(weighted, { from, to, pivot });
    let mass = 0;
    for (let at = from; at < below; at++) mass += masses[tokens[at]!]!;
    if (!fits(Math.fround(sum + mass))) {
      to = below;
      continue;
    }
    sum += mass;
    from = below;
    tokens.subarray(below, above).sort((a, b) => b - a);
    if (!walk(above)) return from;
  }
  tokens.subarray(from, to).sort((a, b) => keys[a]! - keys[b]! || b - a);
  walk(to);
  return from;
}
