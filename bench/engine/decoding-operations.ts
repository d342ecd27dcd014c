/** The operations of one generated token at a workload's shapes: they are as fast as memory is read. */
import * as tf from "@tensorflow/tfjs-core";
import { attentionSegments } from "../../lib/nn/index.ts";
import { decodeAttention, frozenLinear, trainedLinear } from "../../lib/ops/index.ts";
import { forwardOperation, type Operation } from "./operation.ts";
import type { GenerateWorkload } from "./workload.ts";

const bytesAFloat = 4;

/** A few rows through a wide layer, with a weight that could be trained and with one that is frozen. */
function linear(rows: number, inputs: number, outputs: number): Operation[] {
  const common = {
    shape: `${rows}x${inputs}x${outputs}`,
    unit: "GB/s",
    work: bytesAFloat * inputs * outputs,
  } as const;
  return [
    forwardOperation(
      { ...common, name: "trainedLinear of one token" },
      {
        inputs: [
          [rows, inputs],
          [outputs, inputs],
        ],
        compute: ([x, weight]) => trainedLinear(x!, weight as tf.Tensor2D),
      },
    ),
    forwardOperation(
      { ...common, name: "frozenLinear of one token" },
      {
        inputs: [[rows, inputs]],
        constants() {
          const weight: tf.Tensor2D = tf.randomNormal([outputs, inputs]);
          return [weight, tf.transpose(weight)];
        },
        compute([x], constants) {
          const [weight, transposed] = constants as [tf.Tensor2D, tf.Tensor2D];
          return frozenLinear(x!, { weight, transposed: () => transposed });
        },
      },
    ),
  ];
}

/** Every operation of one generated token; the cache is as long as at the end. */
export function decodingOperations(workload: GenerateWorkload): Operation[] {
  const { batch, heads, kv_heads, hidden, ffn, vocab, seq, new_tokens } = workload;
  const width = hidden / heads;
  const keys = seq + new_tokens;
  return [
    ...linear(batch, hidden, hidden),
    ...linear(batch, hidden, ffn),
    ...linear(batch, ffn, hidden),
    ...linear(batch, hidden, vocab),
    forwardOperation(
      {
        name: "decodeAttention",
        shape: `${batch}x${keys}x${heads}x${width}, ${kv_heads} key/value heads`,
        unit: "GB/s",
        work: 2 * bytesAFloat * batch * keys * kv_heads * width,
      },
      {
        inputs: [
          [batch, 1, heads, width],
          [batch, keys, kv_heads, width],
          [batch, keys, kv_heads, width],
        ],
        constants: () => [attentionSegments(keys)],
        compute(inputs, [segments]) {
          const [q, k, v] = inputs as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
          return decodeAttention(q, k, v, { scale: 1 / Math.sqrt(width), segments: segments as tf.Tensor2D });
        },
      },
    ),
  ];
}
