/** The angles of rotary position embedding, for every rope type that Llama checkpoints name here. */
import * as tf from "@tensorflow/tfjs-core";

/** The `rope_scaling` of Llama 3.1 and later: long wavelengths are stretched, short ones kept. */
export interface Llama3RopeScaling {
  ropeType: "llama3";
  factor: number;
  lowFreqFactor: number;
  highFreqFactor: number;
  originalMaxPositionEmbeddings: number;
}

/** What fixes the angles. */
export interface RotaryOptions {
  headDim: number;
  /** The base of the geometric series of frequencies. */
  theta: number;
  scaling?: Llama3RopeScaling | undefined;
}

/** The angle a position of each pair of coordinates, `headDim / 2` numbers. */
export function inverseFrequencies({ headDim, theta, scaling }: RotaryOptions): number[] {
  const plain = Array.from({ length: headDim / 2 }, (_, pair) => theta ** ((-2 * pair) / headDim));
  if (!scaling) return plain;
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings: context } = scaling;
  return plain.map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength > context / lowFreqFactor) return frequency / factor;
    if (wavelength < context / highFreqFactor) return frequency;
    const smooth = (context / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

/** Cosine and sine of the angle of every position asked for. */
export interface RotaryAngles {
  /** `[1, T, headDim]` for one row of positions, `[B, T, headDim]` for several. */
  cos: tf.Tensor3D;
  sin: tf.Tensor3D;
}

/** The angles of token positions, one row for the whole batch or one a batch row. */
export function rotaryAngles(
  positions: readonly (readonly number[])[],
  frequencies: readonly number[],
): RotaryAngles {
  const headDim = 2 * frequencies.length;
  const length = positions[0]!.length;
  const cos = new Float32Array(positions.length * length * headDim);
  const sin = new Float32Array(cos.length);
  positions.forEach((row, b) => {
    row.forEach((position, t) => {
      const base = (b * length + t) * headDim;
      frequencies.forEach((frequency, pair) => {
        const angle = position * frequency;
        cos[base + pair] = cos[base + frequencies.length + pair] = Math.cos(angle);
        sin[base + pair] = sin[base + frequencies.length + pair] = Math.sin(angle);
      });
    });
  });
  const shape: [number, number, number] = [positions.length, length, headDim];
  return { cos: tf.tensor3d(cos, shape), sin: tf.tensor3d(sin, shape) };
}
