/** Dense matrices in float64, and their QR decomposition by Householder's reflections. */

/** Numbers in rows, `[rows, columns]`. */
export interface Matrix {
  rows: number;
  columns: number;
  values: Float64Array;
}

/** A matrix of zeros. */
export function zeroMatrix(rows: number, columns: number): Matrix {
  return { rows, columns, values: new Float64Array(rows * columns) };
}

/** The matrix whose rows are the other's columns. */
export function transposeMatrix({ rows, columns, values }: Matrix): Matrix {
  const turned = zeroMatrix(columns, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned.values[j * rows + i] = values[i * columns + j]!;
  }
  return turned;
}

/** `a b` of `[m, k]` and `[k, n]`. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const product = zeroMatrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    const row = product.values.subarray(i * b.columns, (i + 1) * b.columns);
    for (let k = 0; k < a.columns; k++) {
      const factor = a.values[i * a.columns + k]!;
      const other = b.values.subarray(k * b.columns, (k + 1) * b.columns);
      for (let j = 0; j < row.length; j++) row[j]! += factor * other[j]!;
    }
  }
  return product;
}

/** `rows -= scale · v (vᵀ rows)` on the rows from `first` on and the columns from `from` on. */
export function reflect(matrix: Matrix, v: Float64Array, scale: number, first: number, from = 0): void {
  const { columns, values } = matrix;
  const sums = new Float64Array(columns);
  for (let i = 0; i < v.length; i++) {
    const start = (first + i) * columns;
    for (let j = from; j < columns; j++) sums[j]! += v[i]! * values[start + j]!;
  }
  for (let i = 0; i < v.length; i++) {
    const start = (first + i) * columns;
    const factor = scale * v[i]!;
    for (let j = from; j < columns; j++) values[start + j]! -= factor * sums[j]!;
  }
}

/** The reflection that turns x onto its first axis: its vector, its scale, and what becomes of the first element. */
export function reflectionOf(x: Float64Array): { v: Float64Array; scale: number; head: number } {
  let rest = 0;
  for (let i = 1; i < x.length; i++) rest += x[i]! ** 2;
  const first = x[0]!;
  if (rest === 0) return { v: x, scale: 0, head: first };
  const head = first > 0 ? -Math.sqrt(first ** 2 + rest) : Math.sqrt(first ** 2 + rest);
  const v = Float64Array.from(x);
  v[0] = first - head;
  return { v, scale: 2 / (v[0] ** 2 + rest), head };
}

/**
 * The first `count` columns of Q `[rows, count]` and rows of R `[count, columns]` of `matrix = Q R`, with LAPACK's signs;
 * count is at most rows and columns.
 */
export function householderQr(matrix: Matrix, count: number): { q: Matrix; r: Matrix } {
  const { rows, columns } = matrix;
  const work = { rows, columns, values: Float64Array.from(matrix.values) };
  const reflections: { v: Float64Array; scale: number }[] = [];
  for (let k = 0; k < count; k++) {
    const x = new Float64Array(rows - k);
    for (let i = k; i < rows; i++) x[i - k] = work.values[i * columns + k]!;
    const { v, scale, head } = reflectionOf(x);
    reflections.push({ v, scale });
    reflect(work, v, scale, k, k + 1);
    work.values[k * columns + k] = head;
    for (let i = k + 1; i < rows; i++) work.values[i * columns + k] = 0;
  }
  const q = zeroMatrix(rows, count);
  for (let k = 0; k < count; k++) q.values[k * count + k] = 1;
  for (let k = count - 1; k >= 0; k--) {
    const { v, scale } = reflections[k]!;
    reflect(q, v, scale, k);
  }
  return { q, r: { rows: count, columns, values: work.values.slice(0, count * columns) } };
}
