/** A process of choice.test.ts: takes the default backend and prints which, why, and a product; or the error. */
import * as tf from "@tensorflow/tfjs-core";
import { bestKernelBuild } from "../../../../lib/backends/cpu/index.ts";
import { ResidencyError } from "../../../../lib/errors.ts";
import { setBackend } from "../../../../lib/tensor/index.ts";

/** What the process prints. */
export type ChoiceReport =
  | { code: string; message: string }
  | { name: string; reason: string; product: number[]; builds: [before: string, after: string] };

async function choose(): Promise<ChoiceReport> {
  const before = bestKernelBuild();
  try {
    const { name, reason } = await setBackend();
    const product = tf.tidy(() =>
      tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 1, 0, 1], [2, 2])),
    );
    return { name, reason, product: Array.from(product.dataSync()), builds: [before, bestKernelBuild()] };
  } catch (error) {
    if (!(error instanceof ResidencyError)) throw error;
    return { code: error.code, message: error.message };
  }
}

process.stdout.write(JSON.stringify(await choose()));
