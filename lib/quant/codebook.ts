/** Codebooks: the values that codes of 4 and 8 bits stand for, and the search for the code of a value. */
import { fourBitValues } from "../backends/index.ts";

/** The 4-bit data types of bitsandbytes. */
export type FourBitType = "nf4" | "fp4";

/** An ordered list of values with the code of each, prepared for fast search. */
export interface Codebook {
  /** The value of each code, as `quant_map` stores it. */
  readonly values: Float32Array;
  /** The codes in the order of their values. */
  readonly order: Uint8Array;
  /** Where one value ends and the next begins: `midpoints[i]` lies between the i-th and the next; the last is infinite. */
  readonly midpoints: Float32Array;
  /** For each upper half of a float32 the least place in the order that a number with this half can have. */
  readonly places: Uint8Array;
}

/** The first place whose midpoint is not below the value: a value on a midpoint belongs to the lower of its neighbours. */
function placeOf(value: number, midpoints: Float32Array): number {
  let low = 0;
  let high = midpoints.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > midpoints[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Prepares a codebook of at most 256 values.
 *
 * @example
 * codebookOf(new Float32Array([0, 1, -1])).order; // → [2, 0, 1]
 */
export function codebookOf(values: Float32Array): Codebook {
  // Array.sort is stable, so of two equal values the one with the lower code comes first.
  const order = Uint8Array.from([...values.keys()].sort((a, b) => values[a]! - values[b]!));
  const midpoints = new Float32Array(values.length).fill(Infinity);
  for (let i = 0; i + 1 < order.length; i++) {
    midpoints[i] = Math.fround(values[order[i]!]! + values[order[i + 1]!]!) / 2;
  }
  const places = new Uint8Array(65536);
  const word = new Uint32Array(1);
  const number = new Float32Array(word.buffer);
  for (let half = 0; half < 65536; half++) {
    // The least number with this half has an empty lower half, or a full one where the sign makes it negative.
    word[0] = half & 0x8000 ? (half << 16) | 0xffff : half << 16;
    places[half] = Number.isNaN(number[0]) ? 0 : placeOf(number[0]!, midpoints);
  }
  return { values, order, midpoints, places };
}

const books = new Map<string, Codebook>();

function cached(name: string, values: () => Float32Array): Codebook {
  let book = books.get(name);
  if (!book) {
    book = codebookOf(values());
    books.set(name, book);
  }
  return book;
}

/**
 * NF4 (Dettmers et al., 2023, appendix E) or FP4, as bitsandbytes' `get_4bit_type` has them.
 *
 * @example
 * fourBitCodebook("nf4").values[0]; // → -1
 */
export function fourBitCodebook(type: FourBitType): Codebook {
  // FP4 has a positive and a negative zero code; quant_map stores 0 for both.
  return cached(type, () => Float32Array.from(fourBitValues(type), (value) => (value === 0 ? 0 : value)));
}

/**
 * The dynamic 8-bit map (Dettmers et al., 2021): seven decades down from 1, each cut into twice the pieces of the one
 * below it; bitsandbytes' `create_dynamic_map`.
 *
 * @example
 * dynamicMap({ signed: false }).at(-1); // → 1
 */
export function dynamicMap({ signed = true }: { signed?: boolean } = {}): Float32Array {
  const values = [0, 1];
  const first = Math.fround(0.1);
  for (let decade = 0; decade < 7; decade++) {
    const pieces = signed ? 2 ** decade : 2 ** (decade + 1);
    const step = Math.fround(Math.fround(1 - first) / pieces);
    // torch.linspace counts the first half from its start and the rest from its end, each with one rounding.
    const boundary = (i: number): number =>
      Math.fround(i < Math.floor((pieces + 1) / 2) ? first + step * i : 1 - step * (pieces - i));
    const scale = Math.fround(10 ** (decade - 6));
    for (let i = 0; i < pieces; i++) {
      const mean = Math.fround(Math.fround(boundary(i) + boundary(i + 1)) / 2);
      const value = Math.fround(scale * mean);
      values.push(value);
      if (signed) values.push(-value);
    }
  }
  return Float32Array.from(values).sort();
}

/**
 * The codebook of the dynamic 8-bit map.
 *
 * @example
 * dynamicCodebook().values.length; // → 256
 */
export function dynamicCodebook({ signed = true }: { signed?: boolean } = {}): Codebook {
  return cached(signed ? "dynamic" : "dynamic unsigned", () => dynamicMap({ signed }));
}
