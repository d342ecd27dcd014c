/** Checks what a model is run on: token ids and positions, whose shapes and bounds attention relies on. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { TokenMatrix } from "../nn/index.ts";

/** The rows of a matrix of token numbers. */
export const toRows = (matrix: TokenMatrix): readonly (readonly number[])[] =>
  matrix instanceof tf.Tensor ? matrix.arraySync() : matrix;

/**
 * The length T of the rows `[B, T]`.
 *
 * @throws ResidencyError E_SHAPE when rows differ in length, are empty, or name a token that there is not.
 */
export function checkTokenIds(ids: readonly (readonly number[])[], vocabulary: number): number {
  const length = ids[0]?.length ?? 0;
  if (length === 0 || ids.some((row) => row.length !== length)) {
    throw new ResidencyError(
      "E_SHAPE",
      "Cannot run the model: inputIds must be rows of one length of at least 1",
    );
  }
  for (const row of ids) {
    const outside = row.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
    if (outside !== undefined) {
      throw new ResidencyError(
        "E_SHAPE",
        `Cannot run the model on token ${outside}: its vocabulary has the tokens 0 to ${vocabulary - 1}`,
      );
    }
  }
  return length;
}

/**
 * Checks positions `[B, T]` or `[1, T]`.
 *
 * @throws ResidencyError E_SHAPE when they have another shape or are not whole numbers from 0.
 */
export function checkPositions(
  positionIds: readonly (readonly number[])[],
  { batch, length }: { batch: number; length: number },
): void {
  const rows = positionIds.length;
  if ((rows !== 1 && rows !== batch) || positionIds.some((row) => row.length !== length)) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot run the model: positionIds must be 1 or ${batch} rows of ${length} positions`,
    );
  }
  for (const row of positionIds) {
    const outside = row.find((position) => !Number.isInteger(position) || position < 0);
    if (outside !== undefined) {
      throw new ResidencyError(
        "E_SHAPE",
        `Cannot run the model at position ${outside}: it must be a whole number from 0`,
      );
    }
  }
}
