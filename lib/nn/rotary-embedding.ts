/** The cosines and sines of rotary position embedding. */
import * as tf from "@tensorflow/tfjs-core";
import { attentionScaling, inverseFrequencies, type RotaryOptions } from "./rope-scaling.ts";

/** Cosine and sine of the angle of every position asked for. */
export interface RotaryAngles {
  /** `[1, T, rotaryDim]` for one row of positions, `[B, T, rotaryDim]` for several. */
  cos: tf.Tensor3D;
  sin: tf.Tensor3D;
}

/**
 * The angles of token positions `[1, T]` or `[B, T]`, one row for the whole batch or one a batch row.
 *
 * @example
 * rotaryAngles([[0, 1]], { rotaryDim: 4, theta: 10_000 }).cos.shape; // → [1, 2, 4]
 */
export function rotaryAngles(
  positions: readonly (readonly number[])[],
  options: RotaryOptions,
): RotaryAngles {
  const longest = positions.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0);
  const frequencies = inverseFrequencies(options, longest + 1);
  const scale = attentionScaling(options.scaling);
  const width = 2 * frequencies.length;
  const length = positions[0]!.length;
  const cos = new Float32Array(positions.length * length * width);
  const sin = new Float32Array(cos.length);
  // Texts that are packed into a row begin anew at 0: a position that was there before is copied.
  const made = new Map<number, number>();
  let base = 0;
  for (const row of positions) {
    for (const position of row) {
      const from = made.get(position);
      if (from === undefined) {
        for (const [pair, frequency] of frequencies.entries()) {
          const angle = position * frequency;
          cos[base + pair] = cos[base + frequencies.length + pair] = Math.cos(angle) * scale;
          sin[base + pair] = sin[base + frequencies.length + pair] = Math.sin(angle) * scale;
        }
        made.set(position, base);
      } else {
        cos.copyWithin(base, from, from + width);
        sin.copyWithin(base, from, from + width);
      }
      base += width;
    }
  }
  const shape: [number, number, number] = [positions.length, length, width];
  return { cos: tf.tensor3d(cos, shape), sin: tf.tensor3d(sin, shape) };
}
