/** The fused kernels of residency-cpu beside the composed references, which the wasm backend runs, on seeded random shapes. */
import * as tf from "@tensorflow/tfjs-core";
import * as ops from "../../../lib/ops/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { packedExample } from "./packed-weights.ts";

type Run = (...inputs: tf.Tensor[]) => tf.Tensor;

const random = seededRandom(7);
const normals = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => random.normal());
const oneOf = (choices: readonly number[]): number => choices[random.int(choices.length)]!;

/** Values and gradients on the backend in use; a value that several shapes give is weighted by one list of numbers. */
async function differentiate(
  inputs: readonly Float32Array[],
  shapes: readonly number[][],
  make: () => Run,
): Promise<Float32Array[]> {
  const tensors = tf.tidy(() => {
    const run = make();
    const xs = inputs.map((input, i) => tf.tensor(input, shapes[i]));
    const projection: Run = (...all) => {
      const y = run(...all);
      const weights = Float32Array.from({ length: y.size }, (_, i) => Math.sin(i + 1));
      return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
    };
    return [run(...xs), ...tf.grads(projection)(xs)];
  });
  const values = await Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array));
  tf.dispose(tensors);
  return values;
}

const largest = (values: Float32Array | Float64Array): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * Fails where the two backends differ by more than 1e-5 of the largest number, or of `floor` where all are smaller: what
 * is left of terms that cancel each other has the error of the terms.
 */
async function compare(name: string, shapes: number[][], make: () => Run, floor = 0.1): Promise<void> {
  const inputs = shapes.map(normals);
  await setBackend("wasm");
  const references = await differentiate(inputs, shapes, make);
  await setBackend("residency-cpu");
  const found = await differentiate(inputs, shapes, make);
  found.forEach((values, i) => {
    const what = `${name}: ${i === 0 ? "value" : `gradient ${i - 1}`}`;
    assertClose(values, references[i], 1e-5 * Math.max(floor, largest(references[i]!)), what);
  });
}

const frozen = (values: Float32Array, shape: [number, number]): ops.FrozenWeight => {
  const weight = tf.tensor2d(values, shape);
  const transposed = tf.transpose(weight);
  return { weight, transposed: () => transposed };
};

const odd = [1, 3, 5, 7, 17, 63, 65, 129];
const sizes = Array.from(
  { length: 8 },
  (_, i) => [odd[i]!, oneOf(odd), oneOf(odd)] as [number, number, number],
);

describe("fused kernels of residency-cpu and their composed references", () => {
  after(() => setBackend("wasm"));

  for (const [rows, columns, out] of sizes) {
    it(`linear layers of ${rows} x ${columns} to ${out} agree`, async () => {
      const weight = normals([out, columns]);
      const shapes = [[rows, columns]];
      await compare("frozen", shapes, () => {
        const made = frozen(weight, [out, columns]);
        return (x) => ops.frozenLinear(x, made);
      });
      await compare(
        "trained",
        [...shapes, [out, columns]],
        () => (x, w) => ops.trainedLinear(x, w as tf.Tensor2D),
      );
      const r = oneOf([1, 2, 5, 8]);
      await compare("lora", [...shapes, [r, columns], [out, r]], () => {
        const made = frozen(weight, [out, columns]);
        return (x, a, b) =>
          ops.loraLinear(x, made, { a: a as tf.Tensor2D, b: b as tf.Tensor2D, scaling: 0.75 });
      });
    });
  }

  for (const format of ["bf16", "f16", "int8", "nf4", "fp4"] as const) {
    it(`products through weights packed as ${format} agree, forward and transposed`, async () => {
      for (const [rows, columns, out, blockSize] of [
        [1, 7, 5, 64],
        [3, 63, 17, 64],
        [5, 64, 129, 64],
        [65, 129, 50, 64],
        [2, 1, 3, 64],
        [17, 100, 400, 32],
      ] as const) {
        const weight = packedExample(format, [out, columns], { seed: rows, blockSize });
        await compare(`${rows} x ${columns} to ${out}`, [[rows, columns]], () => {
          const packed = weight.make();
          return (x) => ops.frozenLinear(x, packed);
        });
      }
    });
  }

  for (const dim of [1, 5, 63, 2048]) {
    it(`norms of rows of ${dim} agree`, async () => {
      // What is left of a row of one element is rounding, which a larger eps keeps small.
      const eps = dim === 1 ? 1e-2 : 1e-6;
      for (const rows of [1, 5, 65]) {
        await compare(
          `RMS, ${rows} rows`,
          [[rows, dim], [dim]],
          () => (x, w) => ops.rmsNorm(x, w as tf.Tensor1D, { eps, frozen: false, offset: rows % 2 }),
        );
        const weight = normals([dim]);
        await compare(`RMS, frozen, ${rows} rows`, [[rows, dim]], () => {
          const scale = tf.tensor1d(weight);
          return (x) => ops.rmsNorm(x, scale, { eps, frozen: true });
        });
        await compare(
          `layer, ${rows} rows`,
          [[rows, dim], [dim], [dim]],
          () => (x, w, b) =>
            ops.layerNorm(x, { weight: w as tf.Tensor1D, bias: b as tf.Tensor1D }, { eps, frozen: false }),
        );
      }
    });
  }

  it("activations of odd sizes agree, far from zero too", async () => {
    for (const size of [...odd, 20_001]) {
      const scaled = (x: tf.Tensor): tf.Tensor => tf.mul(x, 8);
      for (const activation of ["silu", "gelu_tanh"] as const) {
        await compare(
          `${activation} of ${size}`,
          [[size], [size]],
          () => (g, u) => ops.gatedActivation(scaled(g), u, activation),
          1,
        );
      }
      for (const approximate of [true, false]) {
        await compare(`gelu of ${size}`, [[size]], () => (x) => ops.gelu(scaled(x), { approximate }), 1);
      }
    }
  });

  it("rotations agree, of all coordinates and of some, with one row of angles and with several", async () => {
    for (const [batch, length, heads, dim, width, rows] of [
      [1, 1, 1, 2, 2, 1],
      [2, 5, 3, 10, 6, 2],
      [3, 17, 2, 64, 32, 1],
      [2, 65, 5, 80, 80, 2],
    ] as const) {
      const angles = normals([rows, length, width / 2]);
      const table = (of: (x: number) => number): tf.Tensor3D => {
        const half = tf.tensor3d(angles.map(of), [rows, length, width / 2]);
        return tf.concat([half, half], -1);
      };
      await compare(`${length} of ${width}/${dim}`, [[batch, length, heads, dim]], () => {
        const [cos, sin] = [table(Math.cos), table(Math.sin)];
        return (x) => ops.applyRotary(x as tf.Tensor4D, cos, sin);
      });
    }
  });

  it("embedding gradients agree where rows come again and again", async () => {
    for (const [rows, dim, count] of [
      [1, 1, 3],
      [5, 7, 17],
      [129, 65, 300],
    ] as const) {
      const taken = Int32Array.from({ length: count }, () => random.int(Math.ceil(rows / 2)));
      await compare(`${count} of ${rows}`, [[rows, dim]], () => {
        const indices = tf.tensor1d(taken, "int32");
        return (x) => ops.takeRows(x as tf.Tensor2D, indices);
      });
    }
  });

  it("cross-entropies agree, of logits and of hidden states", async () => {
    for (const [rows, dim, vocabulary] of [
      [1, 3, 5],
      [7, 5, 17],
      [65, 17, 129],
    ] as const) {
      const targets = Array.from({ length: rows }, (_, i) => (i % 3 === 1 ? -100 : random.int(vocabulary)));
      const all = { targets, trainsWeight: true };
      const composed: Run = (hidden, weight) =>
        ops.crossEntropySum(tf.matMul(hidden, weight, false, true), targets);
      const shapes = [
        [rows, dim],
        [vocabulary, dim],
      ];
      await compare(
        `linear, ${rows} x ${vocabulary}`,
        shapes,
        () => (hidden, weight) =>
          ops.hasLinearCrossEntropy()
            ? ops.linearCrossEntropySum(hidden as tf.Tensor2D, weight as tf.Tensor2D, all)
            : composed(hidden, weight),
      );
      await compare(
        `${rows} x ${vocabulary}`,
        [[rows, vocabulary]],
        () => (logits) => ops.crossEntropySum(tf.mul(logits, 10), targets),
      );
    }
  });

  it("the cross-entropy of more logits than are held at once is that of float64", async () => {
    // 8 million logits are held at once, so that the rows come in three chunks.
    const [rows, dim, vocabulary] = [130, 3, 150_001];
    const hidden = normals([rows, dim]);
    const weight = normals([vocabulary, dim]);
    const targets = Array.from({ length: rows }, (_, i) => (i % 3 === 1 ? -100 : random.int(vocabulary)));
    let loss = 0;
    const dhidden = new Float64Array(rows * dim);
    const dweight = new Float64Array(vocabulary * dim);
    const powers = new Float64Array(vocabulary);
    targets.forEach((target, row) => {
      if (target === -100) return;
      const x = hidden.subarray(row * dim, (row + 1) * dim);
      let total = 0;
      for (let j = 0; j < vocabulary; j++) {
        const logit = x[0]! * weight[3 * j]! + x[1]! * weight[3 * j + 1]! + x[2]! * weight[3 * j + 2]!;
        if (j === target) loss -= logit;
        total += powers[j] = Math.exp(logit);
      }
      loss += Math.log(total);
      for (let j = 0; j < vocabulary; j++) {
        const slope = powers[j]! / total - (j === target ? 1 : 0);
        for (let i = 0; i < dim; i++) {
          dhidden[row * dim + i]! += slope * weight[3 * j + i]!;
          dweight[3 * j + i]! += slope * x[i]!;
        }
      }
    });
    await setBackend("residency-cpu");
    const { value, grads } = tf.tidy(() =>
      tf.valueAndGrads((h, w) =>
        ops.linearCrossEntropySum(h as tf.Tensor2D, w as tf.Tensor2D, { targets, trainsWeight: true }),
      )([tf.tensor2d(hidden, [rows, dim]), tf.tensor2d(weight, [vocabulary, dim])]),
    );
    assertClose(await value.data(), [loss], 1e-6 * loss, "loss");
    assertClose(await grads[0]!.data(), dhidden, 1e-5 * largest(dhidden), "gradient of the hidden states");
    assertClose(await grads[1]!.data(), dweight, 1e-5 * largest(dweight), "gradient of the weight");
    tf.dispose([value, ...grads]);
  });
});
