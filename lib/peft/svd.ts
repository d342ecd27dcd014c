/** Singular values and vectors in float64, by the eigenvectors of a symmetric matrix. */
import { ResidencyError } from "../errors.ts";
import {
  householderQr,
  multiply,
  reflect,
  reflectionOf,
  transposeMatrix,
  zeroMatrix,
  type Matrix,
} from "./qr.ts";

/** `u diag(s) vt`, the largest values first. */
export interface SingularTriples {
  /** `[rows, count]` */
  u: Matrix;
  s: Float64Array;
  /** `[count, columns]` */
  vt: Matrix;
}

/** A tridiagonal matrix, its diagonal and what lies beside it, and the orthogonal Qᵀ with `a = Q T Qᵀ`. */
interface Tridiagonal {
  diagonal: Float64Array;
  beside: Float64Array;
  qt: Matrix;
}

/** Householder's reduction of a symmetric matrix, which is overwritten. */
function tridiagonalise(a: Matrix): Tridiagonal {
  const n = a.rows;
  const beside = new Float64Array(n);
  const reflections: { v: Float64Array; scale: number }[] = [];
  for (let k = 0; k + 1 < n; k++) {
    const x = new Float64Array(n - k - 1);
    for (let i = k + 1; i < n; i++) x[i - k - 1] = a.values[i * n + k]!;
    const { v, scale, head } = reflectionOf(x);
    beside[k] = head;
    reflections.push({ v, scale });
    // a -= v wᵀ + w vᵀ with p = scale a v and w = p - (scale / 2) (p · v) v is the reflection from both sides.
    const first = k + 1;
    const w = new Float64Array(v.length);
    let along = 0;
    for (let i = 0; i < v.length; i++) {
      let sum = 0;
      const start = (first + i) * n + first;
      for (let j = 0; j < v.length; j++) sum += a.values[start + j]! * v[j]!;
      w[i] = scale * sum;
      along += w[i]! * v[i]!;
    }
    for (let i = 0; i < v.length; i++) w[i]! -= (scale / 2) * along * v[i]!;
    for (let i = 0; i < v.length; i++) {
      const start = (first + i) * n + first;
      for (let j = 0; j < v.length; j++) a.values[start + j]! -= v[i]! * w[j]! + w[i]! * v[j]!;
    }
  }
  const q = zeroMatrix(n, n);
  for (let k = 0; k < n; k++) q.values[k * n + k] = 1;
  for (let k = reflections.length - 1; k >= 0; k--) {
    const { v, scale } = reflections[k]!;
    reflect(q, v, scale, k + 1, k + 1);
  }
  const diagonal = Float64Array.from({ length: n }, (_, k) => a.values[k * n + k]!);
  return { diagonal, beside, qt: transposeMatrix(q) };
}

/** One sweep of the QL algorithm with an implicit shift from row `low` to `high`; the rows of `vectors` turn with it. */
function sweep(
  { diagonal: d, beside: e, qt: { values, columns: n } }: Tridiagonal,
  low: number,
  high: number,
): void {
  const slope = (d[low + 1]! - d[low]!) / (2 * e[low]!);
  let g = d[high]! - d[low]! + e[low]! / (slope + Math.sign(slope || 1) * Math.hypot(slope, 1));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let i = high - 1; i >= low; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const length = Math.hypot(f, g);
    e[i + 1] = length;
    if (length === 0) {
      d[i + 1]! -= shift;
      e[high] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    g = d[i + 1]! - shift;
    const turned = (d[i]! - g) * sine + 2 * cosine * b;
    shift = sine * turned;
    d[i + 1] = g + shift;
    g = cosine * turned - b;
    const [upper, lower] = [i * n, (i + 1) * n];
    for (let k = 0; k < n; k++) {
      const [x, y] = [values[upper + k]!, values[lower + k]!];
      values[lower + k] = sine * x + cosine * y;
      values[upper + k] = cosine * x - sine * y;
    }
  }
  d[low]! -= shift;
  e[low] = g;
  e[high] = 0;
}

/** The eigenvectors of a symmetric matrix, which is overwritten, as rows, and its eigenvalues, the largest first. */
function symmetricEigenvectors(a: Matrix): { values: Float64Array; vectors: Matrix } {
  const n = a.rows;
  const state = tridiagonalise(a);
  const { diagonal, beside, qt } = state;
  for (let low = 0; low < n; low++) {
    for (let round = 0; ; round++) {
      let high = low;
      for (; high + 1 < n; high++) {
        const size = Math.abs(diagonal[high]!) + Math.abs(diagonal[high + 1]!);
        if (Math.abs(beside[high]!) <= Number.EPSILON * size) break;
      }
      if (high === low) break;
      if (round === 60)
        throw new ResidencyError("E_NUMERIC", "Cannot decompose a matrix: it holds NaN or infinity");
      sweep(state, low, high);
    }
  }
  const order = [...diagonal.keys()].sort((i, j) => diagonal[j]! - diagonal[i]!);
  const vectors = zeroMatrix(n, n);
  order.forEach((from, to) => vectors.values.set(qt.values.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors };
}

/** `m mᵀ` */
function gram(m: Matrix): Matrix {
  const product = zeroMatrix(m.rows, m.rows);
  for (let i = 0; i < m.rows; i++) {
    const a = m.values.subarray(i * m.columns, (i + 1) * m.columns);
    for (let j = 0; j <= i; j++) {
      const b = m.values.subarray(j * m.columns, (j + 1) * m.columns);
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
      product.values[i * m.rows + j] = sum;
      product.values[j * m.rows + i] = sum;
    }
  }
  return product;
}

/**
 * The `count` largest singular triples of a matrix; those of a value of zero have a zero vector on one side. The values are
 * exact to about 1e-8 of the largest, which float32 weights are not. The time grows with the cube of the shorter side.
 *
 * @throws ResidencyError E_NUMERIC for NaN and infinity.
 */
export function largestSingularTriples(matrix: Matrix, count: number): SingularTriples {
  if (matrix.rows > matrix.columns) {
    const { u, s, vt } = largestSingularTriples(transposeMatrix(matrix), count);
    return { u: transposeMatrix(vt), s, vt: transposeMatrix(u) };
  }
  const { vectors } = symmetricEigenvectors(gram(matrix));
  const ut = { rows: count, columns: matrix.rows, values: vectors.values.slice(0, count * matrix.rows) };
  const vt = multiply(ut, matrix);
  const s = new Float64Array(count);
  let largest = 0;
  for (let k = 0; k < count; k++) {
    const row = vt.values.subarray(k * vt.columns, (k + 1) * vt.columns);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    largest = Math.max(largest, length);
    s[k] = length > 1e-9 * largest ? length : 0;
    for (let j = 0; j < row.length; j++) row[j] = s[k] === 0 ? 0 : row[j]! / length;
  }
  return { u: transposeMatrix(ut), s, vt };
}

/**
 * The `count` largest singular triples of `b a`, b `[out, k]` and a `[k, in]`, without making the product: exact, in a time
 * that grows with out and in only linearly.
 */
export function singularTriplesOfProduct(b: Matrix, a: Matrix, count: number): SingularTriples {
  const left = householderQr(b, Math.min(b.rows, b.columns));
  const right = householderQr(transposeMatrix(a), Math.min(a.rows, a.columns));
  const core = multiply(left.r, transposeMatrix(right.r));
  const found = Math.min(count, core.rows, core.columns);
  const { u, s, vt } = largestSingularTriples(core, found);
  return { u: multiply(left.q, u), s, vt: multiply(vt, transposeMatrix(right.q)) };
}
