/** The operations of lib/ops once more, in plain numbers of float64, written from their formulas. */

/** A list of numbers. */
export type Numbers = ArrayLike<number>;

/** `x Wᵀ` of x `[rows, columns]` and W `[out, columns]`. */
export function linear(x: Numbers, w: Numbers, columns: number): number[] {
  const y: number[] = [];
  for (let row = 0; row < x.length / columns; row++) {
    for (let j = 0; j < w.length / columns; j++) {
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += x[row * columns + i]! * w[j * columns + i]!;
      y.push(sum);
    }
  }
  return y;
}

/** Adds two lists, the second one times a factor. */
export function addScaled(x: Numbers, y: Numbers, factor = 1): number[] {
  return Array.from(x, (value, i) => value + factor * y[i]!);
}

/** Applies a function to rows of `dim` elements. */
function perRow(x: Numbers, dim: number, of: (row: number[]) => number[]): number[] {
  const all = Array.from(x);
  return Array.from({ length: all.length / dim }, (_, row) =>
    of(all.slice(row * dim, (row + 1) * dim)),
  ).flat();
}

const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;

/** Root-mean-square norm of rows. */
export function rmsNorm(x: Numbers, weight: Numbers, eps: number, offset = 0): number[] {
  return perRow(x, weight.length, (row) => {
    const root = Math.sqrt(mean(row.map((value) => value ** 2)) + eps);
    return row.map((value, i) => (value / root) * (weight[i]! + offset));
  });
}

/** Layer norm of rows. */
export function layerNorm(x: Numbers, weight: Numbers, bias: Numbers, eps: number): number[] {
  return perRow(x, weight.length, (row) => {
    const centre = mean(row);
    const root = Math.sqrt(mean(row.map((value) => (value - centre) ** 2)) + eps);
    return row.map((value, i) => ((value - centre) / root) * weight[i]! + bias[i]!);
  });
}

/** `x σ(x)` */
export const silu = (x: number): number => x / (1 + Math.exp(-x));

/** GELU by tanh. */
export const geluTanh = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** The error function by its Taylor series, good to 1e-11 for |x| < 3. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** `x Φ(x)` */
export const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));

/** Sizes of a rotation: x `[B, T, heads, dim]`, angles `[angleRows, T, width]`. */
export interface RotarySizes {
  length: number;
  heads: number;
  dim: number;
  width: number;
  angleRows: number;
}

/** Turns the pairs (i, i + width/2) by the angle of their position. */
export function rotary(
  x: Numbers,
  cos: Numbers,
  sin: Numbers,
  { length, heads, dim, width, angleRows }: RotarySizes,
): number[] {
  const half = width / 2;
  return Array.from(x, (value, at) => {
    const i = at % dim;
    if (i >= width) return value;
    const position = Math.floor(at / (heads * dim)) % (angleRows * length);
    const [c, s] = [cos[position * width + i]!, sin[position * width + i]!];
    return i < half ? value * c - x[at + half]! * s : value * c + x[at - half]! * s;
  });
}

/** Sizes and masks of attention: q `[B, T, heads, dim]`, k and v `[B, capacity, kvHeads, dim]`. */
export interface AttentionSizes {
  batch: number;
  length: number;
  heads: number;
  kvHeads: number;
  dim: number;
  /** `[B or 1][S]` */
  segments: readonly (readonly number[])[];
  /** Positions that k and v have room for; S when left out. */
  capacity?: number;
  scale: number;
  window?: number;
  softcap?: number;
}

/** Causal attention; zeros for a query that sees nothing. */
export function attention(q: Numbers, k: Numbers, v: Numbers, sizes: AttentionSizes): number[] {
  const { batch, length, heads, kvHeads, dim, segments, scale, window = 0, softcap = 0 } = sizes;
  const keys = segments[0]!.length;
  const { capacity = keys } = sizes;
  const out = new Array<number>(q.length).fill(0);
  for (let b = 0; b < batch; b++) {
    const ofRow = segments[segments.length === 1 ? 0 : b]!;
    for (let t = 0; t < length; t++) {
      const position = keys - length + t;
      for (let head = 0; head < heads; head++) {
        const from = ((b * length + t) * heads + head) * dim;
        const ofKey = (s: number): number =>
          ((b * capacity + s) * kvHeads + Math.floor((head * kvHeads) / heads)) * dim;
        const seen: { at: number; score: number }[] = [];
        for (let s = 0; s <= position; s++) {
          if (ofRow[s] === 0 || ofRow[s] !== ofRow[position] || (window > 0 && position - s >= window))
            continue;
          let score = 0;
          for (let i = 0; i < dim; i++) score += q[from + i]! * k[ofKey(s) + i]!;
          score *= scale;
          seen.push({ at: ofKey(s), score: softcap > 0 ? softcap * Math.tanh(score / softcap) : score });
        }
        const largest = Math.max(...seen.map(({ score }) => score));
        const total = seen.reduce((sum, { score }) => sum + Math.exp(score - largest), 0);
        for (const { at, score } of seen) {
          const weight = Math.exp(score - largest) / total;
          for (let i = 0; i < dim; i++) out[from + i]! += weight * v[at + i]!;
        }
      }
    }
  }
  return out;
}

/** log softmax(logits)[target] of each row of logits `[N, V]`; 0 where the target is -100. */
export function tokenLogProbs(logits: Numbers, targets: readonly number[]): number[] {
  const vocabulary = logits.length / targets.length;
  return targets.map((target, row) => {
    if (target === -100) return 0;
    const x = Array.from({ length: vocabulary }, (_, i) => logits[row * vocabulary + i]!);
    const largest = Math.max(...x);
    return x[target]! - largest - Math.log(x.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  });
}

/** The summed cross-entropy of logits `[N, V]`; targets of -100 count nothing. */
export function crossEntropy(logits: Numbers, targets: readonly number[]): number {
  return tokenLogProbs(logits, targets).reduce((loss, logProb) => loss - logProb, 0);
}

/** The rows of x `[rows, dim]` that are named. */
export function takeRows(x: Numbers, rows: readonly number[], dim: number): number[] {
  return rows.flatMap((row) => Array.from({ length: dim }, (_, i) => x[row * dim + i]!));
}
