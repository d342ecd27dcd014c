/** Cross-entropy on the GPU, of given logits and of logits that are made a chunk of rows at a time. */
import type * as tf from "@tensorflow/tfjs-core";
import { smoothingOf, type FusedKernelCall, type Reduction, type TokenLoss } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { runMatMul } from "./matmul.ts";
import {
  groupIndex,
  linearGroups,
  mainArguments,
  makeOutput,
  releaseScratch,
  runProgram,
  workgroupReduction,
  type Program,
} from "./program.ts";
import { sumInto } from "./reductions.ts";

/** Lanes of a workgroup. */
const lanes = 256;

/** The bytes of logits that are held at a time, unless a single row has more. */
const defaultChunkBytes = 64 * 2 ** 20;

/** Where the gradient goes. */
type GradientPlace = "none" | "out" | "in place";

/** The losses that have a program each. */
type LossKind = "nll" | "dft" | "smoothed";

const kindOf = (loss: TokenLoss = "nll"): LossKind => (typeof loss === "object" ? "smoothed" : loss);

/**
 * One workgroup a row: its loss; with figures, whether the target has its largest logit, and its entropy; and, into another buffer
 * or in place, its gradient.
 */
const rowProgram = (gradient: GradientPlace, figures: boolean, kind: LossKind): Program => ({
  name: `cross-entropy-${gradient}-${kind}${figures ? "-figures" : ""}`,
  reads: gradient === "in place" ? { targets: "i32" } : { logits: "f32", targets: "i32" },
  writes: {
    losses: "f32",
    ...(gradient === "in place" ? { logits: "f32" } : gradient === "out" ? { dlogits: "f32" } : {}),
    ...(figures ? { figures: "f32" } : {}),
  },
  parameters: { rows: "u32", vocabulary: "u32", firstRow: "u32", smoothing: "f32" },
  code: () => /* wgsl */ `
${groupIndex}
${workgroupReduction(lanes)}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let row = groupIndex(group, groups);
  if (row >= p.rows) { return; }
  let at = row * p.vocabulary;
  let target_ = targets[p.firstRow + row];
  var most = -3e38;
  for (var i = lane; i < p.vocabulary; i += ${lanes}u) { most = max(most, logits[at + i]); }
  let largest = maxOfLanes(most, lane);
  var sum = 0.0;
  for (var i = lane; i < p.vocabulary; i += ${lanes}u) { sum += exp(logits[at + i] - largest); }
  let total = sumOfLanes(sum, lane);
  let counts = target_ != -100;
  let own = log(total) + largest - logits[at + u32(max(target_, 0))];
  let weight = ${kind === "dft" ? "exp(-own)" : "1.0"};
  ${
    kind === "smoothed"
      ? /* wgsl */ `
  var distance = 0.0;
  for (var i = lane; i < p.vocabulary; i += ${lanes}u) { distance += largest - logits[at + i]; }
  let below = sumOfLanes(distance, lane) / f32(p.vocabulary);
  let loss = own + p.smoothing * (log(total) + below - own);`
      : "let loss = weight * own;"
  }
  if (lane == 0u) { losses[p.firstRow + row] = select(0.0, loss, counts); }
  ${
    figures
      ? /* wgsl */ `
  var weighed = 0.0;
  var before = 0.0;
  for (var i = lane; i < p.vocabulary; i += ${lanes}u) {
    // Zero times minus infinity is no number.
    let z = max(logits[at + i] - largest, -1e30);
    weighed += z * exp(z);
    if (i32(i) < target_ && logits[at + i] == largest) { before += 1.0; }
  }
  let product = sumOfLanes(weighed, lane);
  let others = sumOfLanes(before, lane);
  if (lane == 0u) {
    let to = 2u * (p.firstRow + row);
    let isRight = counts && others == 0.0 && logits[at + u32(max(target_, 0))] == largest;
    figures[to] = select(0.0, 1.0, isRight);
    figures[to + 1u] = select(0.0, log(total) - product / total, counts);
  }`
      : ""
  }
  ${
    gradient === "none"
      ? ""
      : /* wgsl */ `
  // The logit of the target is read above, by every lane, before it is written here.
  workgroupBarrier();
  for (var i = lane; i < p.vocabulary; i += ${lanes}u) {
    var slope = 0.0;
    if (counts) {
      slope = weight * (exp(logits[at + i] - largest) / total) - select(0.0, weight - p.smoothing, i32(i) == target_);
      ${kind === "smoothed" ? "slope -= p.smoothing / f32(p.vocabulary);" : ""}
    }
    ${gradient === "in place" ? "logits" : "dlogits"}[at + i] = slope;
  }`
  }
}`,
});

/** The sums of the figures of rows `[N, 2]`, `[2]`; the memory of the rows is given back. */
function summedFigures(gpu: ResidencyWebGPUBackend, figures: tf.TensorInfo): tf.TensorInfo {
  const sums = makeOutput(gpu, [2]);
  runProgram(gpu, figuresSum, {
    reads: [figures],
    writes: [sums],
    parameters: { rows: figures.shape[0]! },
    groups: [2],
  });
  releaseScratch(gpu, figures);
  return sums;
}

/** One workgroup a figure. */
const figuresSum: Program = {
  name: "cross-entropy-figures-sum",
  reads: { figures: "f32" },
  writes: { sums: "f32" },
  parameters: { rows: "u32" },
  code: () => /* wgsl */ `
${groupIndex}
${workgroupReduction(lanes)}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let figure = groupIndex(group, groups);
  var part = 0.0;
  for (var row = lane; row < p.rows; row += ${lanes}u) { part += figures[2u * row + figure]; }
  let sum = sumOfLanes(part, lane);
  if (lane == 0u) { sums[figure] = sum; }
}`,
};

/** The losses of rows, or their sum, for which the memory of the losses is given back. */
function reduced(
  gpu: ResidencyWebGPUBackend,
  losses: tf.TensorInfo,
  reduction: Reduction = "sum",
): tf.TensorInfo {
  if (reduction === "none") return losses;
  const sum = makeOutput(gpu, []);
  sumInto(gpu, losses, sum);
  releaseScratch(gpu, losses);
  return sum;
}

/** The summed loss of logits; see the contract. */
export function crossEntropy({
  inputs,
  attributes,
  backend,
}: FusedKernelCall<"CrossEntropy">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { logits, targets } = inputs;
  const [rows = 0, vocabulary = 0] = logits.shape;
  const losses = makeOutput(gpu, [rows]);
  const dlogits = attributes.withGradient ? makeOutput(gpu, [rows, vocabulary]) : undefined;
  const figures = attributes.figures ? makeOutput(gpu, [rows, 2]) : undefined;
  runProgram(gpu, rowProgram(dlogits ? "out" : "none", figures !== undefined, kindOf(attributes.loss)), {
    reads: [logits, targets],
    writes: [losses, dlogits, figures].filter((tensor) => tensor !== undefined),
    parameters: { rows, vocabulary, firstRow: 0, smoothing: smoothingOf(attributes.loss) },
    groups: linearGroups(rows),
  });
  const loss = reduced(gpu, losses, attributes.reduction);
  const sums = figures && summedFigures(gpu, figures);
  return [loss, dlogits, sums].filter((tensor) => tensor !== undefined);
}

/**
 * The summed loss of `hidden weightᵀ`; see the contract. Walking the rows instead of the vocabulary makes each logit
 * once: its softmax is complete at once, and becomes the gradient in place.
 */
export function linearCrossEntropy(
  { inputs, attributes, backend }: FusedKernelCall<"LinearCrossEntropy">,
  { chunkBytes = defaultChunkBytes }: { chunkBytes?: number } = {},
): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { hidden, weight, targets } = inputs;
  const { withGradient, trainsWeight, reduction } = attributes;
  const [count = 0, dim = 0] = hidden.shape;
  const vocabulary = weight.shape[0]!;
  const chunk = Math.min(count, Math.max(1, Math.floor(chunkBytes / 4 / vocabulary)));
  const losses = makeOutput(gpu, [count]);
  const logits = makeOutput(gpu, [chunk, vocabulary]);
  const figures = attributes.figures ? makeOutput(gpu, [count, 2]) : undefined;
  const dhidden = withGradient ? makeOutput(gpu, [count, dim]) : undefined;
  const dweight = withGradient && trainsWeight ? makeOutput(gpu, [vocabulary, dim]) : undefined;
  for (let firstRow = 0; firstRow < count; firstRow += chunk) {
    const rows = Math.min(chunk, count - firstRow);
    const aOffset = firstRow * dim;
    runMatMul(gpu, {
      a: hidden,
      b: weight,
      c: logits,
      m: rows,
      n: vocabulary,
      k: dim,
      transposeB: true,
      aOffset,
    });
    runProgram(gpu, rowProgram("in place", figures !== undefined, kindOf(attributes.loss)), {
      reads: [targets],
      writes: [losses, logits, ...(figures ? [figures] : [])],
      parameters: { rows, vocabulary, firstRow, smoothing: smoothingOf(attributes.loss) },
      groups: linearGroups(rows),
    });
    if (dhidden) {
      runMatMul(gpu, {
        a: logits,
        b: weight,
        c: dhidden,
        m: rows,
        n: dim,
        k: vocabulary,
        cOffset: aOffset,
      });
    }
    if (dweight) {
      runMatMul(gpu, {
        a: logits,
        b: inputs.weighed ?? hidden,
        c: dweight,
        m: vocabulary,
        n: dim,
        k: rows,
        transposeA: true,
        bOffset: aOffset,
        accumulate: firstRow > 0,
      });
    }
  }
  releaseScratch(gpu, logits);
  const loss = reduced(gpu, losses, reduction);
  const sums = figures && summedFigures(gpu, figures);
  return [loss, dhidden, dweight, sums].filter((tensor) => tensor !== undefined);
}
