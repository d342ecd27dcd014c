/** A model of phi-2's shape with a LoRA adapter on q, k, v, fc1 and fc2, from this library's operations. */
import * as tf from "@tensorflow/tfjs-core";
import { Parameter } from "../../lib/nn/index.ts";
import * as ops from "../../lib/ops/index.ts";
import { seededRandom } from "../../lib/random.ts";
import { uniformTensor } from "../../lib/tensor/index.ts";
import type { GpuOptions } from "./options.ts";
import { randomFloats, randomPacked } from "./random-weights.ts";

/** The share of a head's coordinates that are turned, phi-2's. */
const partialRotary = 0.4;
const eps = 1e-5;

interface Layer {
  weight: ops.PackedWeight;
  bias: tf.Tensor;
  adapter?: { a: Parameter; b: Parameter };
}

/** The linear layers of a block, by the names of the checkpoint. */
type BlockLayers = Record<"q_proj" | "k_proj" | "v_proj" | "dense" | "fc1" | "fc2", Layer>;

interface Norm {
  weight: tf.Tensor1D;
  bias: tf.Tensor1D;
}

/** The model: its adapter's parameters by name, and the loss of a batch. */
export interface PhiWithLora {
  parameters: Map<string, Parameter>;
  /** Mean loss a predicted token, a scalar. */
  loss: (ids: readonly (readonly number[])[]) => tf.Scalar;
}

const random = seededRandom(0);

function makeLayer(
  format: "bf16" | "nf4",
  [out, columns]: [number, number],
  rank: number | undefined,
): Layer {
  const layer: Layer = { weight: randomPacked(format, [out, columns]), bias: tf.keep(tf.zeros([out])) };
  if (rank === undefined) return layer;
  const a = new Parameter([rank, columns]);
  const b = new Parameter([out, rank]);
  a.assign(uniformTensor([rank, columns], 1 / Math.sqrt(columns), random));
  b.assign(tf.zeros([out, rank]));
  return { ...layer, adapter: { a, b } };
}

/** Scaling of the adapter: alpha 8, PEFT's default, over the rank. */
const apply = ({ weight, bias, adapter }: Layer, x: tf.Tensor, rank: number): tf.Tensor => {
  const y = adapter
    ? ops.loraLinear(x, weight, {
        a: adapter.a.value as tf.Tensor2D,
        b: adapter.b.value as tf.Tensor2D,
        scaling: 8 / rank,
      })
    : ops.frozenLinear(x, weight);
  return tf.add(y, bias);
};

const makeNorm = (width: number): Norm => ({
  weight: tf.keep(tf.ones<tf.Rank.R1>([width])),
  bias: tf.keep(tf.zeros<tf.Rank.R1>([width])),
});

function anglesOf(length: number, width: number): [tf.Tensor3D, tf.Tensor3D] {
  const angle = (i: number): number => Math.floor(i / width) / 10_000 ** ((2 * (i % (width / 2))) / width);
  const table = (wave: (x: number) => number): tf.Tensor3D =>
    tf.keep(
      tf.tensor3d(
        Float32Array.from({ length: length * width }, (_, i) => wave(angle(i))),
        [1, length, width],
      ),
    );
  return [table(Math.cos), table(Math.sin)];
}

/** Builds the model with its base packed as bf16 (LoRA) or nf4 (QLoRA); embedding and head are float32. */
export function makePhi(format: "bf16" | "nf4", options: GpuOptions): PhiWithLora {
  const { layers, hidden, heads, ffn, vocab, batch, seq, rank, checkpointing } = options;
  const dim = hidden / heads;
  const embedding = randomFloats([vocab, hidden]) as tf.Tensor2D;
  const head = randomFloats([vocab, hidden]) as tf.Tensor2D;
  const finalNorm = makeNorm(hidden);
  const [cos, sin] = anglesOf(seq, Math.max(2, 2 * Math.round((dim * partialRotary) / 2)));
  const segments = tf.keep(tf.ones<tf.Rank.R2>([1, seq], "int32"));
  const parameters = new Map<string, Parameter>();
  const blocks = Array.from({ length: layers }, (_, index) => {
    const block: BlockLayers = {
      q_proj: makeLayer(format, [hidden, hidden], rank),
      k_proj: makeLayer(format, [hidden, hidden], rank),
      v_proj: makeLayer(format, [hidden, hidden], rank),
      dense: makeLayer(format, [hidden, hidden], undefined),
      fc1: makeLayer(format, [ffn, hidden], rank),
      fc2: makeLayer(format, [hidden, ffn], rank),
    };
    for (const [name, { adapter }] of Object.entries(block)) {
      if (!adapter) continue;
      parameters.set(`layers.${index}.${name}.lora_A.weight`, adapter.a);
      parameters.set(`layers.${index}.${name}.lora_B.weight`, adapter.b);
    }
    return { block, norm: makeNorm(hidden) };
  });

  /** Phi's block: attention and feed-forward side by side behind one norm; x `[B, T, hidden]`. */
  const runBlock = (block: BlockLayers, norm: Norm, x: tf.Tensor): tf.Tensor => {
    const normed = ops.layerNorm(x, norm, { eps, frozen: true });
    const split = (y: tf.Tensor): tf.Tensor4D => ops.reshape(y, [batch, seq, heads, dim]);
    const q = ops.applyRotary(split(apply(block.q_proj, normed, rank)), cos, sin);
    const k = ops.applyRotary(split(apply(block.k_proj, normed, rank)), cos, sin);
    const v = split(apply(block.v_proj, normed, rank));
    const mixed = ops.causalAttention(q, k, v, { scale: 1 / Math.sqrt(dim), segments });
    const attended = apply(block.dense, ops.reshape(mixed, [batch, seq, hidden]), rank);
    const inner = ops.gelu(apply(block.fc1, normed, rank), { approximate: true });
    return ops.addResidual(x, ops.addResidual(attended, apply(block.fc2, inner, rank)));
  };

  const loss: PhiWithLora["loss"] = (ids) => {
    const positions = ops.trainedPositions(ids);
    let x: tf.Tensor = tf.reshape(ops.takeRows(embedding, tf.tensor1d(ids.flat(), "int32")), [
      batch,
      seq,
      hidden,
    ]);
    for (const { block, norm } of blocks) {
      const trained = Object.values(block).flatMap(({ adapter }) =>
        adapter ? [adapter.a.value, adapter.b.value] : [],
      );
      const run = (input: tf.Tensor): tf.Tensor => runBlock(block, norm, input);
      x = checkpointing ? ops.checkpoint(x, { parameters: trained, constants: [], run }) : run(x);
    }
    const rows = ops.takeTrainedRows(ops.layerNorm(x, finalNorm, { eps, frozen: true }), positions);
    const { targets } = positions;
    return tf.div(ops.linearCrossEntropySum(rows, head, { targets, trainsWeight: false }), targets.length);
  };
  return { parameters, loss };
}
