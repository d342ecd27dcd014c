/** Random weights that are made on the GPU: 2.7 billion of them would take a minute to draw and to copy. */
import * as tf from "@tensorflow/tfjs-core";
import {
  makeOutput,
  runProgram,
  type Program,
  type ResidencyWebGPUBackend,
} from "../../lib/backends/webgpu/kernels/index.ts";
import type { PackedWeight } from "../../lib/ops/index.ts";

/** The standard deviation of all weights. */
const deviation = 0.02;

/** The standard deviation of the values of the sixteen codes of nf4, all as likely. */
const nf4Deviation = 0.5978;

/** An evenly distributed number has this bound for a standard deviation of 1. */
const bound = Math.sqrt(3);

type Kind = "f32" | "bf16" | "words";

/** Wang's integer hash, of the number of the element and a seed. */
const randomProgram = (kind: Kind): Program => ({
  name: `random-${kind}`,
  reads: {},
  writes: { y: kind === "f32" ? "f32" : "u32" },
  parameters: { size: "u32", seed: "u32", bound: "f32" },
  code: () => /* wgsl */ `
fn hashed(value: u32) -> u32 {
  var h = (value ^ 61u) ^ (value >> 16u);
  h *= 9u;
  h ^= h >> 4u;
  h *= 0x27d4eb2du;
  return h ^ (h >> 15u);
}
fn even(h: u32) -> f32 { return (f32(h & 0xffffu) / 32768.0 - 1.0) * p.bound; }
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) at: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = at.x; i < p.size; i += groups.x * 256u) {
    let h = hashed(hashed(i) + p.seed);
    y[i] = ${
      {
        f32: "even(h)",
        words: "h",
        bf16: "(bitcast<u32>(even(h)) >> 16u) | (bitcast<u32>(even(h >> 16u)) & 0xffff0000u)",
      }[kind]
    };
  }
}`,
});

let seed = 0;

function randomTensor(kind: Kind, shape: number[], limit: number): tf.Tensor {
  const backend = tf.backend() as unknown as ResidencyWebGPUBackend;
  const info = makeOutput(backend, shape, kind === "f32" ? "float32" : "int32");
  const size = shape.reduce((product, extent) => product * extent, 1);
  runProgram(backend, randomProgram(kind), {
    reads: [],
    writes: [info],
    parameters: { size, seed: (seed += 7919), bound: limit },
    groups: [Math.min(4096, Math.ceil(size / 256))],
  });
  return tf.keep(tf.engine().makeTensorFromTensorInfo(info));
}

/** A float32 tensor. */
export function randomFloats(shape: number[]): tf.Tensor {
  return randomTensor("f32", shape, deviation * bound);
}

/** A packed matrix `[out, in]`; out · in must be a multiple of 64. */
export function randomPacked(format: "bf16" | "nf4", [out, columns]: [number, number]): PackedWeight {
  const elements = out * columns;
  const codes =
    format === "bf16"
      ? randomTensor("bf16", [elements / 2], deviation * bound)
      : randomTensor("words", [elements / 8], 1);
  const scales =
    format === "bf16" ? tf.tensor1d([]) : tf.fill([Math.ceil(elements / 64)], deviation / nf4Deviation);
  return {
    format,
    shape: [out, columns],
    codes: codes as tf.Tensor1D,
    scales: tf.keep(scales) as tf.Tensor1D,
    blockSize: 64,
  };
}
