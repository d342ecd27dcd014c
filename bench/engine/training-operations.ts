/** The operations of a training step at a workload's shapes. */
import * as tf from "@tensorflow/tfjs-core";
import { attentionSegments, Parameter, rotaryAngles } from "../../lib/nn/index.ts";
import {
  applyRotary,
  causalAttention,
  crossEntropySum,
  loraLinear,
  rmsNorm,
  swiglu,
  takeRows,
  trainedLinear,
} from "../../lib/ops/index.ts";
import { AdamW, globalNorm } from "../../lib/optim/index.ts";
import { randomRows } from "./model.ts";
import {
  forwardOperation,
  gradientOperation,
  type Computation,
  type Operation,
  type RateUnit,
} from "./operation.ts";
import type { LoraWorkload, QloraWorkload, TrainingWorkload } from "./workload.ts";

const bytesAFloat = 4;

/** Names of shapes, such as `2048x256`. */
const shapeName = (shape: readonly number[]): string => shape.join("x");

/** An operation forward, and with its gradients; each with its own count of work. */
function bothWays(
  { name, unit, shape }: { name: string; unit: RateUnit; shape: string },
  work: { forward: number; both: number },
  computation: Computation,
): Operation[] {
  return [
    forwardOperation({ name, unit, shape, work: work.forward }, computation),
    gradientOperation({ name: `${name} with gradient`, unit, shape, work: work.both }, computation),
  ];
}

/** The same for what moves numbers: the floats that have to be read and written at least. */
function moving(
  name: string,
  floats: { forward: number; both: number },
  computation: Computation,
): Operation[] {
  const work = { forward: bytesAFloat * floats.forward, both: bytesAFloat * floats.both };
  return bothWays({ name, unit: "GB/s", shape: shapeName(computation.inputs[0]!) }, work, computation);
}

function attention({ batch, seq, heads, kv_heads, hidden }: TrainingWorkload): Operation[] {
  const width = hidden / heads;
  const query = [batch, seq, heads, width];
  const keys = [batch, seq, kv_heads, width];
  // Two products over the pairs of positions that may see one another; the gradient takes four more.
  const forward = 4 * batch * heads * width * ((seq * (seq + 1)) / 2);
  return bothWays(
    {
      name: "causalAttention",
      unit: "GFLOP/s",
      shape: `${shapeName(query)}, ${kv_heads} key/value heads`,
    },
    { forward, both: 3 * forward },
    {
      inputs: [query, keys, keys],
      constants: () => [attentionSegments(seq)],
      compute(inputs, [segments]) {
        const [q, k, v] = inputs as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
        return causalAttention(q, k, v, { scale: 1 / Math.sqrt(width), segments: segments as tf.Tensor2D });
      },
    },
  );
}

function trainedProduct(rows: number, { hidden, ffn }: TrainingWorkload): Operation {
  return gradientOperation(
    {
      name: "trainedLinear with gradient",
      shape: shapeName([rows, hidden, ffn]),
      unit: "GFLOP/s",
      work: 6 * rows * hidden * ffn,
    },
    {
      inputs: [
        [rows, hidden],
        [ffn, hidden],
      ],
      compute: ([x, weight]) => trainedLinear(x!, weight as tf.Tensor2D),
    },
  );
}

function adaptedProduct(
  rows: number,
  { hidden, ffn, lora_r: rank }: LoraWorkload | QloraWorkload,
): Operation {
  return gradientOperation(
    {
      name: `loraLinear r=${rank} with gradient`,
      shape: shapeName([rows, hidden, ffn]),
      unit: "GFLOP/s",
      work: 4 * rows * hidden * ffn + 6 * rows * rank * (hidden + ffn),
    },
    {
      inputs: [
        [rows, hidden],
        [rank, hidden],
        [ffn, rank],
      ],
      constants() {
        const weight: tf.Tensor2D = tf.randomNormal([ffn, hidden]);
        return [weight, tf.transpose(weight)];
      },
      compute(inputs, constants) {
        const [x, a, b] = inputs as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const [weight, transposed] = constants as [tf.Tensor2D, tf.Tensor2D];
        return loraLinear(x, { weight, transposed: () => transposed }, { a, b, scaling: 2 });
      },
    },
  );
}

function optimizer(shape: [number, number]): Operation[] {
  const size = shape[0] * shape[1];
  return [
    {
      name: "AdamW.step",
      shape: shapeName(shape),
      unit: "GB/s",
      // Reads gradient, value and two means, writes all but the gradient.
      work: 7 * bytesAFloat * size,
      prepare() {
        const parameter = new Parameter(shape);
        parameter.assign(tf.randomNormal(shape));
        const gradients = new Map<string, tf.Tensor>([["weight", tf.randomNormal(shape)]]);
        const adamW = new AdamW(new Map([["weight", parameter]]));
        return {
          run() {
            adamW.step(gradients, 1e-3);
            return tf.clone(parameter.value);
          },
          dispose() {
            adamW.dispose();
            parameter.dispose();
            tf.dispose([...gradients.values()]);
          },
        };
      },
    },
    forwardOperation(
      { name: "globalNorm", shape: shapeName(shape), unit: "GB/s", work: bytesAFloat * size },
      { inputs: [shape], compute: globalNorm },
    ),
  ];
}

/** Every operation of a step; the products are those of the widest linear layer. */
export function trainingOperations(workload: TrainingWorkload): Operation[] {
  const { batch, seq, heads, hidden, ffn, vocab, kind } = workload;
  const rows = batch * seq;
  const width = hidden / heads;
  const eps = 1e-5;
  const stream = rows * hidden;
  const targets = randomRows(workload, { rows: 1, length: rows })[0]!;
  const norm =
    kind === "full"
      ? moving(
          "rmsNorm",
          { forward: 2 * stream, both: 5 * stream },
          {
            inputs: [[rows, hidden], [hidden]],
            compute: ([x, weight]) => rmsNorm(x!, weight as tf.Tensor1D, { eps, frozen: false }),
          },
        )
      : moving(
          "rmsNorm frozen",
          { forward: 2 * stream, both: 5 * stream },
          {
            inputs: [[rows, hidden]],
            constants: () => [tf.ones([hidden])],
            compute: ([x], [weight]) => rmsNorm(x!, weight as tf.Tensor1D, { eps, frozen: true }),
          },
        );
  const rotary: Computation = {
    inputs: [[batch, seq, heads, width]],
    constants() {
      const positions = [Array.from({ length: seq }, (_, t) => t)];
      const { cos, sin } = rotaryAngles(positions, { rotaryDim: width, theta: 10000 });
      return [cos, sin];
    },
    compute: ([x], [cos, sin]) => applyRotary(x as tf.Tensor4D, cos as tf.Tensor3D, sin as tf.Tensor3D),
  };
  const gate = [rows, ffn];
  const embedding: Computation = {
    inputs: [[vocab, hidden]],
    constants: () => [tf.tensor1d(targets, "int32")],
    compute: ([table], [indices]) => takeRows(table as tf.Tensor2D, indices as tf.Tensor1D),
  };
  return [
    workload.kind === "full" ? trainedProduct(rows, workload) : adaptedProduct(rows, workload),
    ...norm,
    ...moving("applyRotary", { forward: 2 * stream, both: 4 * stream }, rotary),
    ...attention(workload),
    ...moving(
      "swiglu",
      { forward: 3 * rows * ffn, both: 8 * rows * ffn },
      { inputs: [gate, gate], compute: ([a, b]) => swiglu(a!, b!) },
    ),
    ...moving(
      "crossEntropySum",
      { forward: rows * vocab, both: 3 * rows * vocab },
      {
        inputs: [[rows, vocab]],
        compute: ([logits]) => crossEntropySum(logits as tf.Tensor2D, targets),
      },
    ),
    ...(kind === "full"
      ? moving("takeRows", { forward: 2 * stream, both: 3 * stream + vocab * hidden }, embedding)
      : []),
    ...optimizer(workload.kind === "full" ? [vocab, hidden] : [workload.lora_r, hidden]),
  ];
}
