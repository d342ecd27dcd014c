/** Fused attention beside float64 and its composed reference: odd lengths, tiles, groups, windows, caps, padding, documents. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { runFusedKernel } from "../../../lib/backends/index.ts";
import * as ops from "../../../lib/ops/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import * as float64 from "./float64.ts";

type Shape4 = [number, number, number, number];
type Sizes = Omit<float64.AttentionSizes, "scale">;

const ones = (keys: number): number[] => new Array<number>(keys).fill(1);
/** A row of `keys` positions that begins with padding. */
const padded = (keys: number, padding: number): number[] => ones(keys).map((_, s) => (s < padding ? 0 : 1));
/** Documents of the given lengths one behind the other. */
const documents = (...lengths: number[]): number[] =>
  lengths.flatMap((length, i) => new Array<number>(length).fill(i + 1));

const one = { batch: 1, heads: 1, kvHeads: 1, dim: 8 };
const cases: Record<string, Sizes> = {
  "one query and one key": { ...one, length: 1, segments: [ones(1)] },
  "one query behind 300 keys": { ...one, heads: 6, kvHeads: 2, dim: 20, length: 1, segments: [ones(300)] },
  "one query, padding, a window and a cap": {
    ...{ batch: 2, heads: 4, kvHeads: 2, dim: 7, length: 1, window: 40, softcap: 2 },
    segments: [padded(65, 50), padded(65, 0)],
  },
  "fewer queries than keys": { ...one, heads: 4, kvHeads: 4, dim: 5, length: 17, segments: [ones(63)] },
  "more than one tile of queries": { ...one, heads: 2, dim: 17, length: 129, segments: [ones(129)] },
  "more than one tile of keys": { ...one, dim: 32, length: 65, segments: [ones(321)] },
  "tiles of both": { ...one, heads: 3, kvHeads: 1, dim: 3, length: 259, segments: [ones(259)] },
  "a window that begins in a later tile": { ...one, length: 100, window: 9, segments: [ones(400)] },
  "a window of one key": { ...one, length: 65, window: 1, segments: [ones(65)] },
  "capped scores": { ...one, heads: 4, kvHeads: 2, length: 70, softcap: 1.5, segments: [ones(70)] },
  "padding on the left of each row": {
    ...{ batch: 3, heads: 4, kvHeads: 2, dim: 16, length: 67 },
    segments: [padded(67, 0), padded(67, 5), padded(67, 66)],
  },
  "documents packed into rows": {
    ...{ batch: 2, heads: 2, kvHeads: 1, dim: 12, length: 300 },
    segments: [documents(10, 257, 33), documents(299, 1)],
  },
  "documents that begin one and two keys into a tile, the first over many tiles": {
    ...{ batch: 3, heads: 2, kvHeads: 1, dim: 9, length: 700 },
    segments: [documents(1, 699), documents(2, 600, 98), documents(330, 64, 1, 1, 304)],
  },
  "documents that fill a part of a row each, and small ones that share a tile": {
    ...{ batch: 1, heads: 6, kvHeads: 2, dim: 8, length: 660 },
    segments: [documents(270, 20, 9, 31, 256, 5, 69)],
  },
  "grouped heads in so many rows that a group's gradients are added in place": {
    ...{ batch: 8, heads: 4, kvHeads: 2, dim: 8, length: 70 },
    segments: [documents(30, 40)],
  },
  "documents with padding before, between and behind them": {
    ...{ batch: 2, heads: 2, kvHeads: 2, dim: 8, length: 130 },
    segments: [
      [...padded(60, 7), ...documents(50, 20).map((number) => number + 4)],
      [...documents(70), 0, 0, ...documents(30).map(() => 2), ...new Array<number>(28).fill(0)],
    ],
  },
  "documents before a cache's last keys": {
    ...{ batch: 2, heads: 2, kvHeads: 1, dim: 8, length: 70 },
    segments: [documents(400, 110), documents(200, 250, 60)],
  },
  "one query of a document behind others": {
    ...{ batch: 2, heads: 4, kvHeads: 2, dim: 8, length: 1 },
    segments: [documents(290, 20), documents(100, 210)],
  },
  "one query of a segment that comes back": {
    ...{ batch: 2, heads: 2, kvHeads: 1, dim: 8, length: 1 },
    segments: [Array.from({ length: 300 }, (_, s) => (s % 3) + 1), [...documents(100, 100), ...ones(100)]],
  },
  "segments that come back": {
    ...{ batch: 2, heads: 2, kvHeads: 1, dim: 8, length: 300 },
    segments: [Array.from({ length: 300 }, (_, s) => (s % 3) + 1), [...documents(100, 100), ...ones(100)]],
  },
  "segments whose numbers fall": {
    ...{ batch: 1, heads: 2, kvHeads: 1, dim: 8, length: 90 },
    segments: [[...new Array<number>(40).fill(9), ...new Array<number>(50).fill(3)]],
  },
  "documents, a window and a cap": {
    ...{ batch: 2, heads: 2, kvHeads: 2, dim: 6, length: 90, window: 33, softcap: 3 },
    segments: [documents(30, 60), documents(64, 26)],
  },
  "rows that see nothing": {
    ...{ batch: 2, heads: 2, kvHeads: 1, dim: 5, length: 9 },
    segments: [padded(9, 9), padded(9, 4)],
  },
};

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);
const largest = (values: float64.Numbers): number =>
  Array.from(values).reduce((a, b) => Math.max(a, Math.abs(b)), 0.1);

interface Example {
  shapes: number[][];
  inputs: Float32Array[];
  /** 0 for what a query gives that sees nothing, else a number that weighs it. */
  weights: Float32Array;
}

function example({ batch, length, heads, kvHeads, dim, segments, capacity }: Sizes): Example {
  const random = seededRandom(length * 31 + dim);
  const keys = segments[0]!.length;
  const ofKeys = [batch, capacity ?? keys, kvHeads, dim];
  const shapes = [[batch, length, heads, dim], ofKeys, ofKeys];
  const normals = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
  const weights = normals(shapes[0]!).map((weight, at) => {
    const row = Math.floor(at / (heads * dim));
    const ofRow = segments[segments.length === 1 ? 0 : Math.floor(row / length)]!;
    return ofRow[keys - length + (row % length)] === 0 ? 0 : weight;
  });
  return { shapes, inputs: shapes.map(normals), weights };
}

const options = (sizes: Sizes): ops.AttentionOptions => ({
  scale: 1 / Math.sqrt(sizes.dim),
  segments: tf.tensor2d(
    sizes.segments.map((row) => [...row]),
    undefined,
    "int32",
  ),
  ...(sizes.window === undefined ? {} : { window: sizes.window }),
  ...(sizes.softcap === undefined ? {} : { softcap: sizes.softcap }),
});

/** The value where it has a meaning, and the gradients. */
async function differentiate(sizes: Sizes, { shapes, inputs, weights }: Example): Promise<Float32Array[]> {
  const tensors = tf.tidy(() => {
    const all = options(sizes);
    const weight = tf.tensor(weights, shapes[0]);
    const attend = (...[q, k, v]: tf.Tensor[]): tf.Tensor =>
      ops.causalAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, all);
    const xs = inputs.map((input, i) => tf.tensor(input, shapes[i]));
    const value = tf.mul(attend(...xs), tf.abs(tf.sign(weight)));
    return [value, ...tf.grads((...all) => tf.sum(tf.mul(attend(...all), weight)))(xs)];
  });
  const values = await Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array));
  tf.dispose(tensors);
  return values;
}

describe("fused attention", () => {
  beforeEach(() => setBackend("residency-cpu"));
  after(() => setBackend("wasm"));

  for (const [name, sizes] of Object.entries(cases)) {
    it(`of ${name} gives what float64 gives, and the gradients of the reference`, async () => {
      const made = example(sizes);
      const found = await differentiate(sizes, made);
      await setBackend("wasm");
      const references = await differentiate(sizes, made);
      const [q, k, v] = made.inputs;
      const values = float64.attention(q!, k!, v!, { ...sizes, scale: 1 / Math.sqrt(sizes.dim) });
      const counted = values.map((value, i) => (made.weights[i] === 0 ? 0 : value));
      assertClose(found[0], counted, 1e-5 * largest(counted), "value");
      references
        .slice(1)
        .forEach((reference, i) =>
          assertClose(found[i + 1], reference, 1e-5 * largest(reference), `gradient ${i}`),
        );
    });
  }

  it("gives zeros and no gradient to a query that sees nothing", async () => {
    const sizes: Sizes = { ...one, length: 3, segments: [[0, 0, 1]] };
    const { inputs, shapes } = example(sizes);
    const tensors = tf.tidy(() => {
      const [q, k, v] = inputs.map((input, i) => tf.tensor(input, shapes[i])) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const { segments, scale } = options(sizes);
      const attributes = { scale, window: 0, softcap: 0 };
      const [out, logSumExp] = runFusedKernel("Attention", { q, k, v, segments }, attributes);
      const given = { dy: tf.onesLike(q), q, k, v, segments, out: out!, logSumExp: logSumExp! };
      return [out!, logSumExp!, ...runFusedKernel("AttentionGrad", given, attributes)];
    });
    const [out, logSumExp, dq, dk, dv] = await Promise.all(tensors.map((tensor) => tensor.data()));
    tf.dispose(tensors);
    assert.deepEqual(Array.from(out!.slice(0, 16)), new Array(16).fill(0));
    assert.deepEqual(Array.from(logSumExp!.slice(0, 2)), [-Infinity, -Infinity]);
    assert.ok(Number.isFinite(logSumExp![2]!));
    for (const gradient of [dq!, dk!, dv!]) {
      assert.deepEqual(Array.from(gradient.slice(0, 16), Math.abs), new Array(16).fill(0));
    }
  });

  it("behind a cache that is longer than what is filled reads what is filled only", async () => {
    for (const sizes of [
      {
        ...one,
        batch: 2,
        heads: 4,
        kvHeads: 2,
        length: 1,
        capacity: 90,
        segments: [padded(70, 3), ones(70)],
      },
      { ...one, batch: 2, heads: 2, length: 5, capacity: 300, segments: [ones(270)] },
    ] as Sizes[]) {
      const made = example(sizes);
      const keys = sizes.segments[0]!.length;
      const row = sizes.capacity! * sizes.kvHeads * sizes.dim;
      // What lies behind the filled positions must not be looked at.
      for (const cache of made.inputs.slice(1)) {
        for (let b = 0; b < sizes.batch; b++)
          cache.fill(NaN, b * row + keys * sizes.kvHeads * sizes.dim, (b + 1) * row);
      }
      const out = tf.tidy(() => {
        const [q, k, v] = made.inputs.map((input, i) =>
          tf.tensor<tf.Rank.R4>(input, made.shapes[i] as Shape4),
        );
        return ops.decodeAttention(q!, k!, v!, options(sizes));
      });
      const [q, k, v] = made.inputs;
      const expected = float64.attention(q!, k!, v!, { ...sizes, scale: 1 / Math.sqrt(sizes.dim) });
      assertClose(await out.data(), expected, 1e-5 * largest(expected));
      out.dispose();
    }
  });

  it("refuses shapes that do not fit, with E_SHAPE", () => {
    const attend = (q: Shape4, k: Shape4, segments: number[][]): tf.Tensor =>
      tf.tidy(() =>
        ops.causalAttention(tf.zeros<tf.Rank.R4>(q), tf.zeros<tf.Rank.R4>(k), tf.zeros<tf.Rank.R4>(k), {
          scale: 1,
          segments: tf.tensor2d(segments, undefined, "int32"),
        }),
      );
    for (const [q, k, segments] of [
      [[1, 2, 3, 4], [1, 2, 2, 4], [[1, 1]]],
      [[1, 2, 2, 4], [1, 2, 2, 5], [[1, 1]]],
      [[1, 2, 2, 4], [1, 3, 2, 4], [[1, 1]]],
      [[1, 2, 2, 4], [1, 1, 2, 4], [[1]]],
      [
        [3, 2, 2, 4],
        [3, 2, 2, 4],
        [
          [1, 1],
          [1, 1],
        ],
      ],
    ] as [Shape4, Shape4, number[][]][]) {
      assert.throws(() => attend(q, k, segments), { code: "E_SHAPE" });
    }
  });

  it("puts positions into a cache, row by row, and refuses those it has no room for", async () => {
    const cache = tf.zeros<tf.Rank.R4>([2, 4, 1, 2]);
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 1, 2]);
    ops.appendInPlace(cache, x, 1);
    assert.deepEqual(Array.from(await cache.data()), [0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8, 0, 0]);
    assert.throws(() => ops.appendInPlace(cache, x, 3), { code: "E_SHAPE" });
    assert.deepEqual(Array.from(await cache.data()).slice(8, 10), [0, 0]);
    tf.dispose([cache, x]);
  });
});
