/** Gates and GELU on the GPU: element by element, forward and backward. */
import type * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall, GateActivation } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { groupIndex, linearGroups, mainArguments, makeOutput, runProgram, type Program } from "./program.ts";

/** Lanes of a workgroup. */
const lanes = 256;

/** tanh with its argument held where every driver gives a number: beyond ±15 it is ±1 in float32. */
const activations = /* wgsl */ `
fn boundedTanh(x: f32) -> f32 { return tanh(clamp(x, -15.0, 15.0)); }
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
fn silu(x: f32) -> f32 { return x * sigmoid(x); }
fn siluSlope(x: f32) -> f32 { let s = sigmoid(x); return s + x * s * (1.0 - s); }
const rootTwoByPi = 0.7978845608028654;
fn gelu_tanh(x: f32) -> f32 { return 0.5 * x * (1.0 + boundedTanh(rootTwoByPi * (x + 0.044715 * x * x * x))); }
fn gelu_tanhSlope(x: f32) -> f32 {
  let t = boundedTanh(rootTwoByPi * (x + 0.044715 * x * x * x));
  return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * rootTwoByPi * (1.0 + 3.0 * 0.044715 * x * x);
}
// The complementary error function by Chebyshev fitting, relative error below 1.2e-7 (Numerical Recipes, erfcc).
fn erfc(x: f32) -> f32 {
  let z = abs(x);
  let t = 1.0 / (1.0 + 0.5 * z);
  var q = 0.17087277;
  q = -0.82215223 + t * q;
  q = 1.48851587 + t * q;
  q = -1.13520398 + t * q;
  q = 0.27886807 + t * q;
  q = -0.18628806 + t * q;
  q = 0.09678418 + t * q;
  q = 0.37409196 + t * q;
  q = 1.00002368 + t * q;
  let tail = t * exp(-z * z - 1.26551223 + t * q);
  return select(2.0 - tail, tail, x >= 0.0);
}
fn gelu_erf(x: f32) -> f32 { return 0.5 * x * erfc(-x * 0.7071067811865476); }
fn gelu_erfSlope(x: f32) -> f32 {
  return 0.5 * erfc(-x * 0.7071067811865476) + x * 0.3989422804014327 * exp(-0.5 * x * x);
}`;

type Activation = GateActivation | "gelu_erf";

/** A program that reads and writes element `i` of each buffer. */
function elementwise(
  name: string,
  { reads, writes, body }: { reads: string[]; writes: string[]; body: string },
): Program {
  const typed = (names: string[]): Record<string, "f32"> =>
    Object.fromEntries(names.map((each) => [each, "f32"]));
  return {
    name,
    reads: typed(reads),
    writes: typed(writes),
    parameters: { size: "u32" },
    code: () => /* wgsl */ `
${groupIndex}
${activations}
@compute @workgroup_size(${lanes})
fn main(${mainArguments}) {
  let i = groupIndex(group, groups) * ${lanes}u + lane;
  if (i >= p.size) { return; }
  ${body}
}`,
  };
}

function run(
  backend: ResidencyWebGPUBackend,
  program: Program,
  reads: tf.TensorInfo[],
  outputs: number,
): tf.TensorInfo[] {
  const { shape } = reads[0]!;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const writes = Array.from({ length: outputs }, () => makeOutput(backend, shape));
  if (size > 0) {
    runProgram(backend, program, {
      reads,
      writes,
      parameters: { size },
      groups: linearGroups(Math.ceil(size / lanes)),
    });
  }
  return writes;
}

const gateProgram = (activation: Activation): Program =>
  elementwise(`gate-${activation}`, {
    reads: ["gate", "up"],
    writes: ["y"],
    body: `y[i] = ${activation}(gate[i]) * up[i];`,
  });

/** `activation(gate) · up`. */
export function gate({ inputs, attributes, backend }: FusedKernelCall<"Gate">): tf.TensorInfo[] {
  const program = gateProgram(attributes.activation);
  return run(backend as ResidencyWebGPUBackend, program, [inputs.gate, inputs.up], 1);
}

/** The gradients of {@link gate}. */
export function gateGrad({ inputs, attributes, backend }: FusedKernelCall<"GateGrad">): tf.TensorInfo[] {
  const { activation } = attributes;
  const program = elementwise(`gate-grad-${activation}`, {
    reads: ["dy", "gate", "up"],
    writes: ["dgate", "dup"],
    body: `let g = gate[i]; let d = dy[i];
  dgate[i] = d * up[i] * ${activation}Slope(g);
  dup[i] = d * ${activation}(g);`,
  });
  return run(backend as ResidencyWebGPUBackend, program, [inputs.dy, inputs.gate, inputs.up], 2);
}

/** `gelu(x)`. */
export function gelu({ inputs, attributes, backend }: FusedKernelCall<"Gelu">): tf.TensorInfo[] {
  const form = attributes.approximate ? "gelu_tanh" : "gelu_erf";
  const program = elementwise(`gelu-${form}`, { reads: ["x"], writes: ["y"], body: `y[i] = ${form}(x[i]);` });
  return run(backend as ResidencyWebGPUBackend, program, [inputs.x], 1);
}

/** The gradient of {@link gelu}. */
export function geluGrad({ inputs, attributes, backend }: FusedKernelCall<"GeluGrad">): tf.TensorInfo[] {
  const form = attributes.approximate ? "gelu_tanh" : "gelu_erf";
  const program = elementwise(`gelu-grad-${form}`, {
    reads: ["dy", "x"],
    writes: ["dx"],
    body: `dx[i] = dy[i] * ${form}Slope(x[i]);`,
  });
  return run(backend as ResidencyWebGPUBackend, program, [inputs.dy, inputs.x], 1);
}
