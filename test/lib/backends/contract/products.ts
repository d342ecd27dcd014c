/** The contract's matrix products: four ways to transpose, batches, odd sizes, against sums in float64. */
import * as tf from "@tensorflow/tfjs-core";
import { float32, int32, noise, type ContractCase } from "./case.ts";

/** `op(a) · op(b)` of row-major matrices in float64; m, k and n are those of the product. */
function product(
  a: readonly number[],
  b: readonly number[],
  [m, k, n]: readonly [number, number, number],
  transposeA: boolean,
  transposeB: boolean,
): number[] {
  const values: number[] = [];
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let sum = 0;
      for (let i = 0; i < k; i++) {
        sum += a[transposeA ? i * m + row : row * k + i]! * b[transposeB ? column * k + i : i * n + column]!;
      }
      values.push(sum);
    }
  }
  return values;
}

const sizes: [number, number, number][] = [
  [1, 1, 1],
  [3, 5, 2],
  [17, 33, 9],
  [1, 64, 40],
  [40, 64, 1],
  [70, 129, 67],
];

const flags: [boolean, boolean][] = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
];

const plain: ContractCase[] = sizes.flatMap((size) =>
  flags.map(([transposeA, transposeB]) => {
    const [m, k, n] = size;
    const [a, b] = [noise(m * k, 1), noise(k * n, 2)];
    return {
      name: `matMul of ${transposeA ? "a transposed " : ""}${m} x ${k} and ${transposeB ? "a transposed " : ""}${k} x ${n}`,
      run: () =>
        tf.matMul(
          tf.tensor2d(a, transposeA ? [k, m] : [m, k]),
          tf.tensor2d(b, transposeB ? [n, k] : [k, n]),
          transposeA,
          transposeB,
        ),
      expected: float32([m, n], product(a, b, size, transposeA, transposeB), 3e-5),
    };
  }),
);

const batched: ContractCase[] = flags.map(([transposeA, transposeB]) => {
  const size = [7, 11, 5] as const;
  const [m, k, n] = size;
  const [a, b] = [noise(6 * m * k, 3), noise(6 * k * n, 4)];
  const values = Array.from({ length: 6 }, (_, i) =>
    product(
      a.slice(i * m * k, (i + 1) * m * k),
      b.slice(i * k * n, (i + 1) * k * n),
      size,
      transposeA,
      transposeB,
    ),
  ).flat();
  return {
    name: `matMul of a batch 2 x 3${transposeA ? ", a transposed" : ""}${transposeB ? ", b transposed" : ""}`,
    run: () =>
      tf.matMul(
        tf.tensor4d(a, transposeA ? [2, 3, k, m] : [2, 3, m, k]),
        tf.tensor4d(b, transposeB ? [2, 3, n, k] : [2, 3, k, n]),
        transposeA,
        transposeB,
      ),
    expected: float32([2, 3, m, n], values),
  };
});

const a = noise(4 * 3, 5);
const b = noise(2 * 3 * 4, 6);

/** Every case of this file. */
export const productCases: ContractCase[] = [
  ...plain,
  ...batched,
  {
    name: "matMul of one matrix and a batch of two",
    run: () => tf.matMul(tf.tensor3d(a, [1, 4, 3]), tf.tensor3d(b, [2, 3, 4])),
    expected: float32(
      [2, 4, 4],
      [0, 1].flatMap((i) => product(a, b.slice(i * 12, (i + 1) * 12), [4, 3, 4], false, false)),
    ),
  },
  {
    name: "dot of two vectors",
    run: () => tf.dot(tf.tensor1d([1, 2, 3]), tf.tensor1d([4, -5, 6])),
    expected: float32([], [12]),
  },
  {
    name: "transpose of three dimensions",
    run: () =>
      tf.transpose(tf.tensor3d([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 3, 2], "int32"), [2, 0, 1]),
    expected: int32([2, 2, 3], [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]),
  },
];
