/** Times LoRA steps on the GPU: forward, backward, clipping and AdamW, with the loss read in each. */
import * as tf from "@tensorflow/tfjs-core";
import { gpuMemory, resetGpuPeak } from "../../lib/backends/webgpu/index.ts";
import { AdamW, clipFactor, globalNorm } from "../../lib/optim/index.ts";
import { seededRandom } from "../../lib/random.ts";
import type { Parameter } from "../../lib/nn/index.ts";
import type { GpuOptions } from "./options.ts";
import { makePhi } from "./phi.ts";

/** One line of output; the names are those of bench/peers/torch_gpu.py. */
export interface GpuResult {
  workload: string;
  engine: string;
  tokens_per_s: number;
  ms_per_step: number;
  loss_first: number;
  loss_last: number;
  /** MiB of the device that the buffers of this process took at most. */
  peak_gpu_mb: number;
}

/** Steps that are left out of the median: the first ones compile. */
const warmupSteps = 2;

const batches = 4;

function randomBatches({ vocab, batch, seq }: GpuOptions): number[][][] {
  const random = seededRandom(1);
  return Array.from({ length: batches }, () =>
    Array.from({ length: batch }, () => Array.from({ length: seq }, () => random.int(vocab))),
  );
}

/** As lib/train has it, whose front door would bring tokenizers into the packed folder. */
function valueAndGradients(
  loss: () => tf.Scalar,
  parameters: ReadonlyMap<string, Parameter>,
): { value: tf.Scalar; gradients: Map<string, tf.Tensor> } {
  const values = [...parameters.values()].map((parameter) => parameter.value);
  const { value, grads } = tf.engine().gradients(loss, values, undefined, true);
  return { value, gradients: new Map([...parameters.keys()].map((name, index) => [name, grads[index]!])) };
}

/** Trains for `steps` steps on the backend in use. */
export async function timeLora(
  kind: "lora" | "qlora",
  options: GpuOptions,
  engine: string,
): Promise<GpuResult> {
  const format = kind === "lora" ? "bf16" : "nf4";
  resetGpuPeak();
  const { parameters, loss } = makePhi(format, options);
  const optimizer = new AdamW(parameters);
  const data = randomBatches(options);
  const losses: number[] = [];
  const times: number[] = [];
  for (let step = 0; step < options.steps; step++) {
    const start = performance.now();
    const { value, gradients } = valueAndGradients(
      () => tf.tidy(() => loss(data[step % batches]!)),
      parameters,
    );
    const norm = globalNorm(gradients.values());
    const [[lossNow], [normNow]] = (await Promise.all([value.data(), norm.data()])) as unknown as [
      number[],
      number[],
    ];
    optimizer.step(gradients, 1e-4, clipFactor(normNow!, 1));
    tf.dispose([value, norm, ...gradients.values()]);
    losses.push(lossNow!);
    times.push(performance.now() - start);
  }
  const counted = times.slice(Math.min(warmupSteps, times.length - 1)).sort((a, b) => a - b);
  const median = counted[Math.floor(counted.length / 2)]!;
  return {
    workload: `phi-${kind}-${options.layers}x${options.hidden}`,
    engine: `${engine} ${format}`,
    tokens_per_s: (1000 * options.batch * options.seq) / median,
    ms_per_step: median,
    loss_first: losses[0]!,
    loss_last: losses.at(-1)!,
    peak_gpu_mb: gpuMemory()!.peakAllocatedBytes / 2 ** 20,
  };
}
