/** A program of its own: loads the tensorflow backend and multiplies two matrices; a crash ends it alone. */
import * as tf from "@tensorflow/tfjs-core";
import { setBackend } from "../../lib/tensor/index.ts";

/** Entries that are small whole numbers, so that every order of summation gives the same float32. */
const entry = (row: number, column: number): number => ((row * 7 + column * 3) % 11) - 5;
const size = 64;
const values = Array.from({ length: size }, (_, row) =>
  Array.from({ length: size }, (_, column) => entry(row, column)),
);

const { reason } = await setBackend("tensorflow");
const product = tf.matMul(tf.tensor2d(values), tf.tensor2d(values));
const found = (await product.array()) as number[][];
for (let row = 0; row < size; row++) {
  for (let column = 0; column < size; column++) {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += entry(row, i) * entry(i, column);
    if (found[row]![column] !== sum) {
      throw new Error(`the product is wrong at ${row}, ${column}: ${found[row]![column]}, not ${sum}`);
    }
  }
}
process.stdout.write(`${JSON.stringify({ reason })}\n`);
