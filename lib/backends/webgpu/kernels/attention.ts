/** Causal attention on the GPU in tiles of 32 queries and 32 keys: scores live in workgroup memory only. */
import type * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { attentionGradPrograms } from "./attention-grad.ts";
import {
  accumulateRows,
  attentionParameters,
  attentionPrelude,
  productTile,
  storeRows,
  tile,
} from "./attention-tiles.ts";
import { linearGroups, makeOutput, releaseScratch, runProgram, type Program } from "./program.ts";

/** The online softmax of Milakov and Gimelshein (2018), tile by tile as in FlashAttention (Dao et al., 2022). */
const forwardProgram = (dim: number): Program => ({
  name: `attention-${dim}`,
  reads: { q: "f32", k: "f32", v: "f32", segments: "i32" },
  writes: { out: "f32", logSumExp: "f32" },
  parameters: attentionParameters,
  code: () => /* wgsl */ `
${attentionPrelude(dim)}
var<workgroup> probabilities: array<f32, ${tile * (tile + 1)}>;
var<workgroup> largest: array<f32, ${tile}>;
var<workgroup> total: array<f32, ${tile}>;
var<workgroup> rescale: array<f32, ${tile}>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let batch = group.z;
  let head = group.y;
  let query0 = group.x * ${tile}u;
  let kvHead = head / (p.heads / p.kvHeads);
  if (lane < ${tile}u) { largest[lane] = hidden; total[lane] = 0.0; }
  ${accumulateRows.declare("mixed", dim)}
  let keys = keysSeenBy(query0);
  for (var key0 = keys.x; key0 < keys.y; key0 += ${tile}u) {
    ${productTile({ left: "q", right: "k", into: "score" })}
    for (var i = 0u; i < 4u; i += 1u) {
      let place = placeOf(i, lane);
      var score_ = hidden;
      if (sees(batch, query0 + place.x, key0 + place.y)) { score_ = capped(score[i] * p.scale); }
      probabilities[place.x * ${tile + 1}u + place.y] = score_;
    }
    workgroupBarrier();
    if (lane < ${tile}u) {
      var most = largest[lane];
      for (var i = 0u; i < ${tile}u; i += 1u) { most = max(most, probabilities[lane * ${tile + 1}u + i]); }
      rescale[lane] = exp(largest[lane] - most);
      largest[lane] = most;
    }
    workgroupBarrier();
    for (var i = 0u; i < 4u; i += 1u) {
      let place = placeOf(i, lane);
      let at = place.x * ${tile + 1}u + place.y;
      let value = probabilities[at];
      probabilities[at] = select(exp(value - largest[place.x]), 0.0, value <= hidden);
    }
    workgroupBarrier();
    if (lane < ${tile}u) {
      var sum = total[lane] * rescale[lane];
      for (var i = 0u; i < ${tile}u; i += 1u) { sum += probabilities[lane * ${tile + 1}u + i]; }
      total[lane] = sum;
    }
    ${accumulateRows.scale("mixed", "rescale", dim)}
    ${accumulateRows.add("mixed", {
      weight: (row, other) => `probabilities[${row} * ${tile + 1}u + ${other}]`,
      count: `min(${tile}u, p.keys - key0)`,
      value: (other, d) => `v[keyAt(batch, key0 + ${other}, kvHead) + ${d}]`,
      dim,
    })}
  }
  workgroupBarrier();
  ${storeRows({
    name: "mixed",
    dim,
    inside: (row) => `query0 + ${row} < p.length`,
    at: (row) => `queryAt(batch, query0 + ${row}, head)`,
    buffer: "out",
    factor: (row) => `select(0.0, 1.0 / total[${row}], total[${row}] > 0.0)`,
  })}
  if (lane < ${tile}u && query0 + lane < p.length) {
    let sum = total[lane];
    logSumExp[(batch * p.heads + head) * p.length + query0 + lane] =
      select(p.negativeInfinity, largest[lane] + log(max(sum, 1e-37)), sum > 0.0);
  }
}`,
});

interface Sizes {
  batch: number;
  length: number;
  heads: number;
  dim: number;
  keys: number;
  /** Positions that k and v have room for. */
  capacity: number;
  kvHeads: number;
}

function sizesOf(q: tf.TensorInfo, k: tf.TensorInfo, segments: tf.TensorInfo): Sizes {
  const [batch = 0, length = 0, heads = 0, dim = 0] = q.shape;
  const [, capacity = 0, kvHeads = 0] = k.shape;
  return { batch, length, heads, dim, keys: segments.shape[1]!, capacity, kvHeads };
}

function parametersOf(
  { length, heads, keys, capacity, kvHeads }: Sizes,
  segments: tf.TensorInfo,
  { scale, window, softcap }: FusedKernelCall<"Attention">["attributes"],
): Record<string, number> {
  const segmentRows = segments.shape[0]!;
  return {
    length,
    heads,
    keys,
    capacity,
    kvHeads,
    segmentRows,
    window,
    scale,
    softcap,
    negativeInfinity: -Infinity,
  };
}

/** Attention of the queries; see the contract. */
export function attention({ inputs, attributes, backend }: FusedKernelCall<"Attention">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { q, k, v, segments } = inputs;
  const sizes = sizesOf(q, k, segments);
  const { batch, length, heads, dim } = sizes;
  const writes = [makeOutput(gpu, q.shape), makeOutput(gpu, [batch, heads, length])];
  runProgram(gpu, forwardProgram(dim), {
    reads: [q, k, v, segments],
    writes,
    parameters: parametersOf(sizes, segments, attributes),
    groups: [Math.ceil(length / tile), heads, batch],
  });
  return writes;
}

/** The gradients of {@link attention}. */
export function attentionGrad({
  inputs,
  attributes,
  backend,
}: FusedKernelCall<"AttentionGrad">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { dy, q, k, v, segments, out, logSumExp } = inputs;
  const sizes = sizesOf(q, k, segments);
  const { batch, length, heads, dim, keys, kvHeads } = sizes;
  const programs = attentionGradPrograms(dim);
  const parameters = parametersOf(sizes, segments, attributes);
  const rows = batch * heads * length;
  const statistics = makeOutput(gpu, [rows, 2]);
  runProgram(gpu, programs.statistics, {
    reads: [dy, out, logSumExp],
    writes: [statistics],
    parameters: { rows, length, heads },
    groups: linearGroups(Math.ceil(rows / 64)),
  });
  const [dq, dk, dv] = [makeOutput(gpu, q.shape), makeOutput(gpu, k.shape), makeOutput(gpu, v.shape)];
  const reads = [dy, q, k, v, segments, statistics];
  runProgram(gpu, programs.queries, {
    reads,
    writes: [dq],
    parameters,
    groups: [Math.ceil(length / tile), heads, batch],
  });
  runProgram(gpu, programs.keys, {
    reads,
    writes: [dk, dv],
    parameters,
    groups: [Math.ceil(keys / tile), kvHeads, batch],
  });
  releaseScratch(gpu, statistics);
  return [dq, dk, dv];
}
