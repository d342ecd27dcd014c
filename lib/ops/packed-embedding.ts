/** Look-up in a table that stays packed. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { withScales } from "./nested-scales.ts";
import { unpackElements, type PackedWeight } from "./packed.ts";
import { takeRowsOnDevice, takesRowsOnDevice } from "./packed-rows.ts";

/** Bits an element of each format. */
const bitsPerElement = { bf16: 16, f16: 16, int8: 8, nf4: 4, fp4: 4 } as const;

/**
 * Rows of a packed table `[N, dim]` by number, unpacked: `[indices.length, dim]`; without a gradient.
 *
 * @throws ResidencyError E_SHAPE when a row is no whole number of 32-bit words, so that rows cannot be cut apart.
 * @example
 * const table = packWeight(new Float32Array([1, 2, 3, 4]), [2, 2], { format: "bf16" });
 * takePackedRows(table, tf.tensor1d([1], "int32")); // → [[3, 4]]
 */
export function takePackedRows(weight: PackedWeight, indices: tf.Tensor1D): tf.Tensor2D {
  if (takesRowsOnDevice()) return takeRowsOnDevice(weight, indices);
  const { format, blockSize } = weight;
  const [rows, dim] = weight.shape;
  const words = (dim * bitsPerElement[format]) / 32;
  if (!Number.isInteger(words)) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot look up rows of ${dim} elements in a table packed as ${format}: a row must fill whole words of 32 bits`,
    );
  }
  return tf.tidy(() => {
    const taken = indices.dataSync<"int32">();
    const codes = tf.gather(tf.reshape(weight.codes, [rows, words]), indices);
    const bytes = new Uint8Array(codes.dataSync<"int32">().slice().buffer);
    const elements = new Float32Array(taken.length * dim);
    const isFourBit = format === "nf4" || format === "fp4";
    // A row may start within a block, so each element of 4 bits gets its own scale.
    const perRow = isFourBit ? dim : format === "int8" ? 1 : 0;
    const scaleIndices = new Int32Array(taken.length * perRow);
    taken.forEach((row, i) => {
      for (let j = 0; j < perRow; j++) {
        scaleIndices[i * perRow + j] = isFourBit ? Math.floor((row * dim + j) / blockSize) : row;
      }
    });
    const scales =
      perRow > 0
        ? withScales(weight, (all) =>
            tf.gather(all, tf.tensor1d(scaleIndices, "int32")),
          ).dataSync<"float32">()
        : new Float32Array();
    for (let i = 0; i < taken.length; i++) {
      elements.set(
        unpackElements(
          { format, shape: [1, dim], blockSize: 1 },
          bytes.subarray(i * words * 4, (i + 1) * words * 4),
          scales.subarray(i * perRow, (i + 1) * perRow),
        ),
        i * dim,
      );
    }
    return tf.tensor2d(elements, [taken.length, dim]);
  });
}
