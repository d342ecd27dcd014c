/** RMSNorm and LayerNorm on the GPU: one workgroup a row, forward and backward. */
import type * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import {
  groupIndex,
  linearGroups,
  mainArguments,
  makeOutput,
  runProgram,
  workgroupReduction,
  type Program,
} from "./program.ts";

/** Lanes of a workgroup. */
const lanes = 128;

/** A program that one workgroup runs for each row; `at` is where the row begins. */
const rowProgram = (
  description: Pick<Program, "name" | "reads" | "writes" | "parameters">,
  body: string,
): Program => ({
  ...description,
  parameters: { rows: "u32", dim: "u32", ...description.parameters },
  code: () => /* wgsl */ `
${groupIndex}
${workgroupReduction(lanes)}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let row = groupIndex(group, groups);
  if (row >= p.rows) { return; }
  let at = row * p.dim;
  ${body}
}`,
});

const everyColumn = (statement: string): string =>
  `for (var i = lane; i < p.dim; i += ${lanes}u) { ${statement} }`;

const rmsNormProgram = rowProgram(
  {
    name: "rms-norm",
    reads: { x: "f32", weight: "f32" },
    writes: { y: "f32", inverse: "f32" },
    parameters: { eps: "f32", offset: "f32" },
  },
  /* wgsl */ `
  var squares = 0.0;
  ${everyColumn("let value = x[at + i]; squares += value * value;")}
  let factor = 1.0 / sqrt(sumOfLanes(squares, lane) / f32(p.dim) + p.eps);
  ${everyColumn("y[at + i] = x[at + i] * factor * (weight[i] + p.offset);")}
  if (lane == 0u) { inverse[row] = factor; }`,
);

const rmsNormGradProgram = rowProgram(
  {
    name: "rms-norm-grad",
    reads: { dy: "f32", x: "f32", weight: "f32", inverse: "f32" },
    writes: { dx: "f32" },
    parameters: { offset: "f32" },
  },
  /* wgsl */ `
  let factor = inverse[row];
  var along = 0.0;
  ${everyColumn("along += dy[at + i] * (weight[i] + p.offset) * x[at + i];")}
  let shared_ = sumOfLanes(along, lane) * factor * factor / f32(p.dim);
  ${everyColumn("dx[at + i] = factor * (dy[at + i] * (weight[i] + p.offset) - x[at + i] * shared_);")}`,
);

const layerNormProgram = rowProgram(
  {
    name: "layer-norm",
    reads: { x: "f32", weight: "f32", bias: "f32" },
    writes: { y: "f32", mean: "f32", inverse: "f32" },
    parameters: { eps: "f32" },
  },
  /* wgsl */ `
  var total = 0.0;
  ${everyColumn("total += x[at + i];")}
  let centre = sumOfLanes(total, lane) / f32(p.dim);
  var squares = 0.0;
  ${everyColumn("let value = x[at + i] - centre; squares += value * value;")}
  let factor = 1.0 / sqrt(sumOfLanes(squares, lane) / f32(p.dim) + p.eps);
  ${everyColumn("y[at + i] = (x[at + i] - centre) * factor * weight[i] + bias[i];")}
  if (lane == 0u) { mean[row] = centre; inverse[row] = factor; }`,
);

const layerNormGradProgram = rowProgram(
  {
    name: "layer-norm-grad",
    reads: { dy: "f32", x: "f32", weight: "f32", mean: "f32", inverse: "f32" },
    writes: { dx: "f32" },
    parameters: {},
  },
  /* wgsl */ `
  let factor = inverse[row];
  let centre = mean[row];
  var total = 0.0;
  var along = 0.0;
  ${everyColumn("let d = dy[at + i] * weight[i]; total += d; along += d * (x[at + i] - centre) * factor;")}
  let meanTotal = sumOfLanes(total, lane) / f32(p.dim);
  let meanAlong = sumOfLanes(along, lane) / f32(p.dim);
  ${everyColumn("dx[at + i] = factor * (dy[at + i] * weight[i] - meanTotal - (x[at + i] - centre) * factor * meanAlong);")}`,
);

/** Columns and rows of a workgroup that adds up columns. */
const [columns, rowLanes] = [32, 8];

/** Adds, for each column, a product over all rows; the lanes of one column are added up in a fixed order. */
const columnProgram = (name: string, centred: boolean): Program => ({
  name,
  reads: { dy: "f32", x: "f32", ...(centred ? { mean: "f32" } : {}), inverse: "f32" },
  writes: { dweight: "f32", ...(centred ? { dbias: "f32" } : {}) },
  parameters: { rows: "u32", dim: "u32" },
  code: () => /* wgsl */ `
var<workgroup> sums: array<f32, ${columns * rowLanes}>;
var<workgroup> totals: array<f32, ${columns * rowLanes}>;
@compute @workgroup_size(${columns * rowLanes})
fn main(${mainArguments}) {
  let column = group.x * ${columns}u + lane % ${columns}u;
  var sum = 0.0;
  var total = 0.0;
  if (column < p.dim) {
    for (var row = lane / ${columns}u; row < p.rows; row += ${rowLanes}u) {
      let d = dy[row * p.dim + column];
      sum += d * (x[row * p.dim + column]${centred ? " - mean[row]" : ""}) * inverse[row];
      total += d;
    }
  }
  sums[lane] = sum;
  totals[lane] = total;
  workgroupBarrier();
  if (lane < ${columns}u && column < p.dim) {
    sum = 0.0;
    total = 0.0;
    for (var i = lane; i < ${columns * rowLanes}u; i += ${columns}u) { sum += sums[i]; total += totals[i]; }
    dweight[column] = sum;
    ${centred ? "dbias[column] = total;" : ""}
  }
}`,
});

const rmsNormWeightProgram = columnProgram("rms-norm-weight-grad", false);
const layerNormWeightProgram = columnProgram("layer-norm-weight-grad", true);

/** `[rows, dim]` of a matrix. */
const extents = ({ shape }: tf.TensorInfo): { rows: number; dim: number } => ({
  rows: shape[0]!,
  dim: shape[1]!,
});

/** Root-mean-square normalisation; see the contract. */
export function rmsNorm({ inputs, attributes, backend }: FusedKernelCall<"RmsNorm">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { rows, dim } = extents(inputs.x);
  const writes = [makeOutput(gpu, [rows, dim]), makeOutput(gpu, [rows])];
  runProgram(gpu, rmsNormProgram, {
    reads: [inputs.x, inputs.weight],
    writes,
    parameters: { rows, dim, ...attributes },
    groups: linearGroups(rows),
  });
  return writes;
}

/** The gradients of {@link rmsNorm}. */
export function rmsNormGrad({
  inputs,
  attributes,
  backend,
}: FusedKernelCall<"RmsNormGrad">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { dy, x, weight, inverse } = inputs;
  const { rows, dim } = extents(x);
  const dx = makeOutput(gpu, [rows, dim]);
  runProgram(gpu, rmsNormGradProgram, {
    reads: [dy, x, weight, inverse],
    writes: [dx],
    parameters: { rows, dim, offset: attributes.offset },
    groups: linearGroups(rows),
  });
  if (!attributes.trainsWeight) return [dx];
  const dweight = makeOutput(gpu, [dim]);
  runProgram(gpu, rmsNormWeightProgram, {
    reads: [dy, x, inverse],
    writes: [dweight],
    parameters: { rows, dim },
    groups: [Math.ceil(dim / columns)],
  });
  return [dx, dweight];
}

/** Layer normalisation; see the contract. */
export function layerNorm({ inputs, attributes, backend }: FusedKernelCall<"LayerNorm">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { rows, dim } = extents(inputs.x);
  const writes = [makeOutput(gpu, [rows, dim]), makeOutput(gpu, [rows]), makeOutput(gpu, [rows])];
  runProgram(gpu, layerNormProgram, {
    reads: [inputs.x, inputs.weight, inputs.bias],
    writes,
    parameters: { rows, dim, eps: attributes.eps },
    groups: linearGroups(rows),
  });
  return writes;
}

/** The gradients of {@link layerNorm}. */
export function layerNormGrad({
  inputs,
  attributes,
  backend,
}: FusedKernelCall<"LayerNormGrad">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { dy, x, weight, mean, inverse } = inputs;
  const { rows, dim } = extents(x);
  const dx = makeOutput(gpu, [rows, dim]);
  runProgram(gpu, layerNormGradProgram, {
    reads: [dy, x, weight, mean, inverse],
    writes: [dx],
    parameters: { rows, dim },
    groups: linearGroups(rows),
  });
  if (!attributes.trainsWeight) return [dx];
  const [dweight, dbias] = [makeOutput(gpu, [dim]), makeOutput(gpu, [dim])];
  runProgram(gpu, layerNormWeightProgram, {
    reads: [dy, x, mean, inverse],
    writes: [dweight, dbias],
    parameters: { rows, dim },
    groups: [Math.ceil(dim / columns)],
  });
  return [dx, dweight, dbias];
}
