/** A WGSL program with typed buffers, and how it is put into the stream of commands that tfjs's backend records. */
import type * as tf from "@tensorflow/tfjs-core";
import type { ResidencyWebGPUBackend } from "../backend.ts";

/** The type of a buffer's elements or of a number among the parameters. */
type Scalar = "f32" | "u32" | "i32";

/** A program: `main` in WGSL, over the buffers by their names and the numbers as fields of `p`. */
export interface Program {
  /** Names the program in the cache: two programs of one name have the same code. */
  name: string;
  reads: Record<string, Scalar>;
  writes: Record<string, Scalar>;
  parameters: Record<string, Scalar>;
  /** What stands before the buffers' declarations, such as `enable f16;`. */
  enable?: string;
  code: () => string;
}

/** What a program is run on. */
export interface Run {
  reads: readonly tf.TensorInfo[];
  /** Tensors that are written, in whole or in part, and whose values are kept elsewhere. */
  writes: readonly tf.TensorInfo[];
  parameters: Record<string, number>;
  /** The number of workgroups in each dimension. */
  groups: readonly [number, number?, number?];
}

/** tfjs's backend with what TypeScript calls private in it; version 4.22.0, which package.json pins. */
interface CommandStream {
  device: GPUDevice;
  commandEncoder: GPUCommandEncoder;
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  tensorMap: ResidencyWebGPUBackend["tensorMap"];
  checkHealth(): void;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  makeUniforms(values: { type: string; data: number[] }[]): GPUBufferBinding;
}

/** Dispatches recorded before they are handed to the device, as tfjs has it. */
const dispatchesPerSubmit = 15;

const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

/** Declares the buffers and the parameters in the order in which {@link runProgram} binds them. */
export function programSource({ reads, writes, parameters, enable = "", code }: Program): string {
  const buffers = [
    ...Object.entries(reads).map(([name, type]) => `var<storage, read> ${name}: array<${type}>;`),
    ...Object.entries(writes).map(([name, type]) => `var<storage, read_write> ${name}: array<${type}>;`),
    "var<uniform> p: Parameters;",
  ].map((declaration, binding) => `@group(0) @binding(${binding}) ${declaration}`);
  const fields = Object.entries(parameters).map(([name, type]) => `  ${name}: ${type},`);
  return [enable, "struct Parameters {", ...fields, "}", ...buffers, code()].join("\n");
}

function pipelineOf(device: GPUDevice, program: Program): GPUComputePipeline {
  let ofDevice = pipelines.get(device);
  if (!ofDevice) pipelines.set(device, (ofDevice = new Map<string, GPUComputePipeline>()));
  let pipeline = ofDevice.get(program.name);
  if (!pipeline) {
    const module = device.createShaderModule({ code: programSource(program), label: program.name });
    pipeline = device.createComputePipeline({
      layout: "auto",
      compute: { module, entryPoint: "main" },
      label: program.name,
    });
    ofDevice.set(program.name, pipeline);
  }
  return pipeline;
}

/**
 * Records one run of a program. tfjs frees a tensor's buffer only after the commands that name it are submitted, so
 * every tensor of the run is entered into its list.
 *
 * @throws ResidencyError E_DEVICE_LOST and what else went wrong on the device before.
 */
export function runProgram(backend: ResidencyWebGPUBackend, program: Program, run: Run): void {
  const stream = backend as unknown as CommandStream;
  stream.checkHealth();
  const tensors = [...run.reads, ...run.writes];
  const resources: GPUBufferBinding[] = tensors.map(({ dataId }) => {
    stream.uploadToGPU(dataId);
    stream.commandQueueOwnedIds.add(dataId);
    return { buffer: stream.tensorMap.get(dataId).resource as GPUBuffer };
  });
  for (const { dataId } of run.writes) {
    // Values that were read before the write are no longer true.
    (stream.tensorMap.get(dataId) as { values: unknown }).values = null;
  }
  resources.push(
    stream.makeUniforms(
      Object.entries(program.parameters).map(([name, type]) => ({
        type: type === "f32" ? "float32" : type === "u32" ? "uint32" : "int32",
        data: [run.parameters[name]!],
      })),
    ),
  );
  const pipeline = pipelineOf(stream.device, program);
  const bindGroup = stream.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
  stream.ensureCommandEncoderReady();
  stream.computePassEncoder ??= stream.commandEncoder.beginComputePass();
  stream.computePassEncoder.setPipeline(pipeline);
  stream.computePassEncoder.setBindGroup(0, bindGroup);
  stream.computePassEncoder.dispatchWorkgroups(...run.groups);
  stream.dispatchCountInPass += 1;
  if (stream.dispatchCountInPass >= dispatchesPerSubmit) {
    stream.endComputePassEncoder();
    stream.submitQueue();
  }
}

/** Makes an output without values. */
export function makeOutput(
  backend: ResidencyWebGPUBackend,
  shape: readonly number[],
  dtype: "float32" | "int32" = "float32",
): tf.TensorInfo {
  return backend.makeTensorInfo([...shape], dtype);
}

/** Gives back a tensor that only lived within a kernel. */
export function releaseScratch(backend: ResidencyWebGPUBackend, tensor: tf.TensorInfo): void {
  backend.disposeData(tensor.dataId);
}

/**
 * A two-dimensional grid of at least `count` workgroups, since one dimension holds 65,535; WGSL's `groupIndex` is the
 * number of the group.
 */
export function linearGroups(count: number): readonly [number, number] {
  const width = Math.max(1, Math.min(count, 32_768));
  return [width, Math.max(1, Math.ceil(count / width))];
}

/** The WGSL that goes with {@link linearGroups}. */
export const groupIndex =
  "fn groupIndex(group: vec3u, groups: vec3u) -> u32 { return group.y * groups.x + group.x; }";

/** The parameters of `main` that most programs take. */
export const mainArguments =
  "@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32";

/** WGSL that adds up, or takes the largest of, one number a lane of a workgroup of `size` lanes, a power of two. */
export function workgroupReduction(size: number): string {
  return /* wgsl */ `
var<workgroup> lanes: array<f32, ${size}>;
fn sumOfLanes(value: f32, lane: u32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  for (var half = ${size / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { lanes[lane] += lanes[lane + half]; }
    workgroupBarrier();
  }
  let sum = lanes[0];
  workgroupBarrier();
  return sum;
}
fn maxOfLanes(value: f32, lane: u32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  for (var half = ${size / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { lanes[lane] = max(lanes[lane], lanes[lane + half]); }
    workgroupBarrier();
  }
  let largest = lanes[0];
  workgroupBarrier();
  return largest;
}`;
}
