/** Fused kernels of layers: norms, rotary positions, gates, GELU, packed weights. */
import * as tf from "@tensorflow/tfjs-core";
import { registerFusedKernel, type FusedKernelCall, type FusedKernelName } from "../fused-kernels.ts";
import { cpuBackendName, ownBackend, type ResidencyCpuBackend } from "./backend.ts";
import { chunked } from "./kernel-runner.ts";
import { multiply, multiplyTogether } from "./products.ts";

/** Elements that a thread can unpack at once; assembly/packed.ts states the same. */
const blockElements = 131072;

const lastOf = (info: tf.TensorInfo): number => info.shape[info.shape.length - 1]!;
const rowsOf = (info: tf.TensorInfo): number => tf.util.sizeFromShape(info.shape) / lastOf(info);

/** Elements of rows that one thread works on before it asks for more. */
const leastElements = 16_384;

/** Registers a kernel that gets this backend's object. */
export function register<Name extends FusedKernelName>(
  name: Name,
  run: (
    call: Pick<FusedKernelCall<Name>, "inputs" | "attributes">,
    backend: ResidencyCpuBackend,
    at: (info: tf.TensorInfo) => number,
  ) => tf.TensorInfo[],
): void {
  registerFusedKernel(name, cpuBackendName, ({ inputs, attributes, backend }) => {
    const own = ownBackend(backend);
    return own.undoOnError(() => run({ inputs, attributes }, own, (info) => own.addressOf(info)));
  });
}

/** Adds the partial sums `[parts, dim]` of a reduction over rows and gives their memory back. */
export function sumParts(backend: ResidencyCpuBackend, partial: tf.TensorInfo): tf.TensorInfo {
  const [parts, dim] = partial.shape as [number, number];
  const out = backend.makeUninitialised([dim]);
  const { block, chunks } = chunked(dim, Math.ceil(leastElements / parts));
  backend.runner.run("sumParts", chunks, [
    backend.addressOf(partial),
    backend.addressOf(out),
    parts,
    dim,
    block,
  ]);
  backend.disposeIntermediateTensorInfo(partial);
  return out;
}

function registerNorms(): void {
  register("RmsNorm", ({ inputs: { x, weight }, attributes: { eps, offset } }, backend, at) => {
    const [rows, dim] = [rowsOf(x), lastOf(x)];
    const y = backend.makeUninitialised(x.shape);
    const inverse = backend.makeUninitialised([rows]);
    const { block, chunks } = chunked(rows, Math.ceil(leastElements / dim));
    backend.runner.run(
      "rmsNorm",
      chunks,
      [at(x), at(weight), at(y), at(inverse), rows, dim, block],
      [eps, offset],
    );
    return [y, inverse];
  });
  register("RmsNormGrad", ({ inputs, attributes: { offset, trainsWeight } }, backend, at) => {
    const { dy, x, weight, inverse } = inputs;
    const [rows, dim] = [rowsOf(x), lastOf(x)];
    const dx = backend.makeUninitialised(x.shape);
    const { block, chunks } = chunked(rows, Math.ceil(leastElements / dim), 16);
    const partial = trainsWeight ? backend.makeUninitialised([chunks, dim]) : undefined;
    const addresses = [at(dy), at(x), at(weight), at(inverse), at(dx), partial ? at(partial) : 0];
    backend.runner.run("rmsNormGrad", chunks, [...addresses, rows, dim, block], [offset]);
    return partial ? [dx, sumParts(backend, partial)] : [dx];
  });
  register("LayerNorm", ({ inputs: { x, weight, bias }, attributes: { eps } }, backend, at) => {
    const [rows, dim] = [rowsOf(x), lastOf(x)];
    const y = backend.makeUninitialised(x.shape);
    const mean = backend.makeUninitialised([rows]);
    const inverse = backend.makeUninitialised([rows]);
    const { block, chunks } = chunked(rows, Math.ceil(leastElements / dim));
    const addresses = [x, weight, bias, y, mean, inverse].map(at);
    backend.runner.run("layerNorm", chunks, [...addresses, rows, dim, block], [eps]);
    return [y, mean, inverse];
  });
  register("LayerNormGrad", ({ inputs, attributes: { trainsWeight } }, backend, at) => {
    const { dy, x, weight, mean, inverse } = inputs;
    const [rows, dim] = [rowsOf(x), lastOf(x)];
    const dx = backend.makeUninitialised(x.shape);
    const { block, chunks } = chunked(rows, Math.ceil(leastElements / dim), 16);
    const partials = trainsWeight
      ? [backend.makeUninitialised([chunks, dim]), backend.makeUninitialised([chunks, dim])]
      : [];
    const addresses = [dy, x, weight, mean, inverse, dx].map(at);
    const sums = trainsWeight ? partials.map(at) : [0, 0];
    backend.runner.run("layerNormGrad", chunks, [...addresses, ...sums, rows, dim, block]);
    return [dx, ...partials.map((partial) => sumParts(backend, partial))];
  });
}

function registerActivations(): void {
  const vectors = (info: tf.TensorInfo): number => Math.ceil(tf.util.sizeFromShape(info.shape) / 4);
  /** Sixteen-byte vectors a chunk at least. */
  const least = 4096;
  const gates = { silu: 0, gelu_tanh: 1 } as const;
  const geluNumber = (approximate: boolean): number => (approximate ? 1 : 2);
  register("Gate", ({ inputs: { gate, up }, attributes: { activation } }, backend, at) => {
    const y = backend.makeUninitialised(gate.shape);
    const { block, chunks } = chunked(vectors(gate), least);
    backend.runner.run("gate", chunks, [at(gate), at(up), at(y), vectors(gate), block, gates[activation]]);
    return [y];
  });
  register("GateGrad", ({ inputs: { dy, gate, up }, attributes: { activation } }, backend, at) => {
    const dgate = backend.makeUninitialised(gate.shape);
    const dup = backend.makeUninitialised(gate.shape);
    const { block, chunks } = chunked(vectors(gate), least);
    const addresses = [dy, gate, up, dgate, dup].map(at);
    backend.runner.run("gateGrad", chunks, [...addresses, vectors(gate), block, gates[activation]]);
    return [dgate, dup];
  });
  register("Gelu", ({ inputs: { x }, attributes: { approximate } }, backend, at) => {
    const y = backend.makeUninitialised(x.shape);
    const { block, chunks } = chunked(vectors(x), least);
    backend.runner.run("activation", chunks, [at(x), at(y), vectors(x), block, geluNumber(approximate)]);
    return [y];
  });
  register("GeluGrad", ({ inputs: { dy, x }, attributes: { approximate } }, backend, at) => {
    const dx = backend.makeUninitialised(x.shape);
    const { block, chunks } = chunked(vectors(x), least);
    backend.runner.run("activationGrad", chunks, [
      at(dy),
      at(x),
      at(dx),
      vectors(x),
      block,
      geluNumber(approximate),
    ]);
    return [dx];
  });
}

function registerRotary(): void {
  register("Rotary", ({ inputs: { x, cos, sin }, attributes: { inverse } }, backend, at) => {
    const [batch, length, heads, dim] = x.shape as [number, number, number, number];
    const width = lastOf(cos);
    const y = backend.makeUninitialised(x.shape);
    const positions = batch * length;
    const { block, chunks } = chunked(positions, Math.ceil(leastElements / (heads * dim)));
    const sizes = [
      positions,
      heads,
      dim,
      width,
      tf.util.sizeFromShape(cos.shape) / width,
      inverse ? 1 : 0,
      block,
    ];
    backend.runner.run("rotary", chunks, [at(x), at(cos), at(sin), at(y), ...sizes]);
    return [y];
  });
}

function registerLinear(pairTables: (backend: ResidencyCpuBackend, format: "nf4" | "fp4") => number): void {
  register("MatMulInto", ({ inputs: { into, a, b }, attributes }, backend, at) => {
    const { transposeA, transposeB, scale } = attributes;
    const [rowsA, columnsA] = a.shape as [number, number];
    const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
    const n = lastOf(into);
    multiply(backend, {
      a: at(a),
      b: at(b),
      c: at(into),
      m,
      n,
      k,
      transposeA,
      transposeB,
      alpha: scale,
      beta: 1,
    });
    return [];
  });
  register("MatMuls", ({ inputs, attributes: { products } }, backend, at) => {
    const outputs: tf.TensorInfo[] = [];
    const jobs = products.map(({ transposeA = false, transposeB = false }, index) => {
      const [a, b] = [inputs[`a${index}`]!, inputs[`b${index}`]!];
      const [m, k] = (transposeA ? a.shape.toReversed() : a.shape) as [number, number];
      const n = b.shape[transposeB ? 0 : 1]!;
      const out = backend.makeUninitialised([m, n]);
      outputs.push(out);
      return { a: at(a), b: at(b), c: at(out), m, n, k, transposeA, transposeB };
    });
    multiplyTogether(backend, jobs);
    return outputs;
  });
  register("LowRankMatMul", ({ inputs, attributes: { transposed, scale } }, backend, at) => {
    const { x, weight, low, factor } = inputs;
    const [m, k] = [rowsOf(x), lastOf(x)];
    const n = weight.shape[transposed ? 1 : 0]!;
    const y = backend.makeUninitialised([m, n]);
    multiply(backend, {
      a: at(x),
      b: at(weight),
      c: at(y),
      m,
      n,
      k,
      transposeB: !transposed,
      lowRank: { a: at(low), b: at(factor), k: lastOf(low), alpha: scale },
    });
    return [y];
  });
  register("NestedScales", ({ inputs: { codes, absmax }, attributes }, backend, at) => {
    const { count, blockSize, offset } = attributes;
    const map = backend.makeTensorInfo([256], "float32", attributes.map);
    const scales = backend.makeUninitialised([count]);
    // Whole blocks, so that none has two threads.
    const block = Math.max(1, Math.ceil(8192 / blockSize));
    const addresses = [codes, absmax, map, scales].map(at);
    const integers = [...addresses, count, blockSize, block];
    backend.runner.run("nestedScales", Math.ceil(count / (block * blockSize)), integers, [offset]);
    backend.disposeIntermediateTensorInfo(map);
    return [scales];
  });
  register("PackedMatMul", ({ inputs: { x, codes, scales, absmax }, attributes }, backend, at) => {
    const { format, out, in: columns, blockSize, transposed, nested } = attributes;
    const map = nested && backend.makeTensorInfo([256], "float32", nested.map);
    const rows = rowsOf(x);
    const y = backend.makeUninitialised([rows, transposed ? columns : out]);
    const pairs = format === "nf4" || format === "fp4" ? pairTables(backend, format) : 0;
    const wide = transposed ? columns : out;
    const evenly = Math.ceil(wide / (2 * backend.runner.threads) / 16) * 16;
    // What is unpacked at once must fit into a thread's scratch memory.
    const block = Math.min(Math.max(48, evenly), blockElements);
    const formatNumber = { bf16: 0, f16: 1, int8: 2, nf4: 3, fp4: 3 }[format];
    const addresses = [at(x), at(codes), at(scales), at(y), pairs];
    const integers = [
      ...addresses,
      rows,
      out,
      columns,
      formatNumber,
      blockSize,
      block,
      ...(nested && absmax && map ? [at(absmax), at(map), nested.blockSize] : [0, 0, 0]),
    ];
    const kernel = transposed ? "packedTransposed" : "packedForward";
    backend.runner.run(kernel, Math.ceil(wide / block), integers, [nested?.offset ?? 0]);
    if (map) backend.disposeIntermediateTensorInfo(map);
    return [y];
  });
}

/** Registers the kernels; `pairTables` gives the address of a table of both values of each byte of 4-bit codes. */
export function registerFusedLayers(
  pairTables: (backend: ResidencyCpuBackend, format: "nf4" | "fp4") => number,
): void {
  registerNorms();
  registerActivations();
  registerRotary();
  registerLinear(pairTables);
}
