/** LLM.int8: eight bits a number, one scale a row (Dettmers et al., 2022). */
import { ResidencyError } from "../errors.ts";

/** The rows of a matrix in 8 bits a number: value = code · absmax / 127. */
export interface Int8Rows {
  /** `[rows, columns]` */
  codes: Int8Array;
  /** The largest magnitude of each row below the threshold; float32 `[rows]`. */
  absmax: Float32Array;
  /** Columns with a magnitude of at least the threshold, whose codes are 0; empty without a threshold. */
  outlierColumns: number[];
}

/** Rounds to the nearest whole number, ties to the even one. */
function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function findOutliers(values: Float32Array, columns: number, threshold: number): number[] {
  if (threshold <= 0) return [];
  const found = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) >= threshold) found.add(i % columns);
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * Quantises a matrix `[rows, columns]` row by row, bitsandbytes' `int8_vectorwise_quant`; a threshold above 0 leaves
 * out the columns that reach it, as activations need it (6 in transformers).
 *
 * @throws ResidencyError E_SHAPE when the numbers are no whole rows, E_NUMERIC for NaN and infinite ones.
 * @example
 * quantizeInt8Rows(new Float32Array([0.5, -1]), 2).codes; // → [64, -127]
 */
export function quantizeInt8Rows(
  values: Float32Array,
  columns: number,
  { threshold = 0 }: { threshold?: number } = {},
): Int8Rows {
  const rows = values.length / columns;
  if (!Number.isInteger(rows)) {
    throw new ResidencyError("E_SHAPE", `Cannot cut ${values.length} numbers into rows of ${columns}`);
  }
  const outlierColumns = findOutliers(values, columns, threshold);
  const isOutlier = new Uint8Array(columns);
  for (const column of outlierColumns) isOutlier[column] = 1;
  // The scale leaves out single numbers, the codes whole columns, as in the reference.
  const limit = threshold > 0 ? threshold : Infinity;
  const codes = new Int8Array(values.length);
  const absmax = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const begin = row * columns;
    let most = 0;
    let poison = 0;
    for (let column = 0; column < columns; column++) {
      const value = values[begin + column]!;
      const size = Math.abs(value);
      if (size > most && size < limit) most = size;
      poison += value - value;
    }
    if (poison !== 0) {
      throw new ResidencyError("E_NUMERIC", `Cannot quantise row ${row}: it has a NaN or infinite number`);
    }
    absmax[row] = most;
    if (most === 0) continue;
    const factor = Math.fround(127 / most);
    for (let column = 0; column < columns; column++) {
      if (isOutlier[column] === 0) {
        codes[begin + column] = roundToEven(Math.fround(values[begin + column]! * factor));
      }
    }
  }
  return { codes, absmax, outlierColumns };
}

/**
 * The numbers that the codes stand for, `[rows, columns]`.
 *
 * @example
 * dequantizeInt8Rows(quantizeInt8Rows(new Float32Array([1, -1]), 2)); // → [1, -1]
 */
export function dequantizeInt8Rows({ codes, absmax }: Pick<Int8Rows, "codes" | "absmax">): Float32Array {
  const columns = codes.length / absmax.length;
  const numbers = new Float32Array(codes.length);
  for (let row = 0; row < absmax.length; row++) {
    const factor = absmax[row]! / 127;
    for (let i = row * columns; i < (row + 1) * columns; i++) numbers[i] = codes[i]! * factor;
  }
  return numbers;
}
