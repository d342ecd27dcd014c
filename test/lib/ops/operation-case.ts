/** What an operation is compared by, its formula and itself, and makers of the cases that differ in sizes alone. */
import * as tf from "@tensorflow/tfjs-core";
import * as ops from "../../../lib/ops/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import * as float64 from "./float64.ts";

/** An operation twice. */
export interface OperationCase {
  name: string;
  shapes: number[][];
  /** What the inputs' normal numbers are multiplied by; 1 when left out. */
  spread?: number;
  /** The formula. */
  define(...inputs: float64.Numbers[]): float64.Numbers;
  /** Makes constants on the backend in use and gives the operation. */
  make(): (...inputs: tf.Tensor[]) => tf.Tensor;
  /** The backends that have it; all when left out. */
  backends?: readonly Backend[];
}

/** The backends that are compared. */
export const backends = ["cpu", "wasm", "residency-cpu"] as const;
export type Backend = (typeof backends)[number];

/** Normal numbers, rounded to float32. */
export function normals(size: number, seed: number, spread = 1): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: size }, () => Math.fround(random.normal() * spread));
}
/** The number of elements. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** A gated activation. */
export const gate = (activation: "silu" | "gelu_tanh"): OperationCase => ({
  name: `gatedActivation ${activation}`,
  shapes: [
    [3, 7],
    [3, 7],
  ],
  spread: 2,
  define: (g, u) =>
    Array.from(g, (value, i) => (activation === "silu" ? float64.silu : float64.geluTanh)(value) * u[i]!),
  make: () => (g, u) => ops.gatedActivation(g, u, activation),
});

/** Causal attention over segments. */
export const attention = (name: string, sizes: Omit<float64.AttentionSizes, "scale">): OperationCase => {
  const { batch, length, heads, kvHeads, dim, segments } = sizes;
  const keys = segments[0]!.length;
  const all = { ...sizes, scale: 1 / Math.sqrt(dim) };
  // What a query gives that sees nothing has no meaning, so it counts nothing.
  const counts = Array.from({ length: batch * length * heads * dim }, (_, at) => {
    const t = Math.floor(at / (heads * dim));
    const row = segments[segments.length === 1 ? 0 : Math.floor(t / length)]!;
    return Math.sign(row[keys - length + (t % length)]!);
  });
  return {
    name: `causalAttention ${name}`,
    shapes: [
      [batch, length, heads, dim],
      [batch, keys, kvHeads, dim],
      [batch, keys, kvHeads, dim],
    ],
    define: (q, k, v) => float64.attention(q, k, v, all).map((value, i) => value * counts[i]!),
    make() {
      const ofRows = tf.tensor2d(
        segments.map((row) => [...row]),
        undefined,
        "int32",
      );
      const mask = tf.tensor4d(counts, [batch, length, heads, dim]);
      return (q, k, v) =>
        tf.mul(
          ops.causalAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, {
            ...all,
            segments: ofRows,
          }),
          mask,
        );
    },
  };
};

/** Rotary positions of random angles. */
export const rotary = (sizes: float64.RotarySizes): OperationCase => {
  const { length, heads, dim, width, angleRows } = sizes;
  const angles = normals((angleRows * length * width) / 2, 91);
  const table = (of: (angle: number) => number): number[] =>
    Array.from({ length: angleRows * length * width }, (_, at) => {
      const row = Math.floor(at / width);
      return Math.fround(of(angles[row * (width / 2) + (at % (width / 2))]!));
    });
  const [cos, sin] = [table(Math.cos), table(Math.sin)];
  return {
    name: `applyRotary of ${width} of ${dim} coordinates, ${angleRows} rows of angles`,
    shapes: [[2, length, heads, dim]],
    define: (x) => float64.rotary(x, cos, sin, sizes),
    make() {
      const shape: [number, number, number] = [angleRows, length, width];
      const [c, s] = [tf.tensor3d(cos, shape), tf.tensor3d(sin, shape)];
      return (x) => ops.applyRotary(x as tf.Tensor4D, c, s);
    },
  };
};
