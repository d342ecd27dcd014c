/** The matrix product in tiles, float32 sums; the right operand may be packed and is unpacked on its way into the tile. */
import type * as tf from "@tensorflow/tfjs-core";
import type { FusedKernelCall } from "../../fused-kernels.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import type { MatMulRun } from "./matmul-run.ts";
import { isFewRows, runFewRows } from "./few-rows.ts";
import { weightReader, type WeightFormat } from "./packed-formats.ts";
import { nestedScales } from "./nested-scales.ts";
import { makeOutput, releaseScratch, runProgram, type Program } from "./program.ts";

/** Lanes along each side of a workgroup, and the depth of a tile. */
const [lanesAcross, depth] = [16, 16];

/** What a program of the tiled product is made for. */
export interface MatMulShape {
  format: WeightFormat;
  transposeA: boolean;
  transposeB: boolean;
  accumulate: boolean;
  /** Four neighbours in memory are inside the matrix together, and a multiple of 4 from its start. */
  alignedA: boolean;
  alignedB: boolean;
  /** Tiles hold float16; sums stay float32. Needs the feature shader-f16. */
  half: boolean;
  /** Each lane computes side × side elements. */
  side: 4 | 8;
}

/** Copies a tile of one operand to workgroup memory, `[depth, extent]`, by quads of neighbours in memory. */
function loadTile(
  operand: "a" | "b",
  {
    along,
    aligned,
    extent,
    stride,
    half,
  }: { along: "k" | "outer"; aligned: boolean; extent: number; stride: number; half: boolean },
): string {
  const outer = operand === "a" ? "p.m" : "p.n";
  const quadsAcross = along === "k" ? depth / 4 : extent / 4;
  const tile = operand === "a" ? "tileA" : "tileB";
  const at = operand === "a" ? "valueA" : "weight";
  const [first, second] = along === "k" ? ["outer", "inner"] : ["inner", "outer"];
  const rowLength = along === "k" ? "p.k" : outer;
  const limit = along === "k" ? "inner + QUAD < p.k" : `outer + QUAD < ${outer}`;
  const fixed = along === "k" ? `outer < ${outer}` : "inner < p.k";
  const store = [0, 1, 2, 3]
    .map((i) => {
      const place =
        along === "k"
          ? `(inner - k0 + ${i}u) * ${stride}u + outer - outer0`
          : `(inner - k0) * ${stride}u + outer - outer0 + ${i}u`;
      return `${tile}[${place}] = ${half ? `f16(quad[${i}])` : `quad[${i}]`};`;
    })
    .join("\n      ");
  const load = aligned
    ? `if (${fixed} && ${limit.replace("QUAD", "3u")}) { quad = ${at}Quad(index); }`
    : [0, 1, 2, 3]
        .map(
          (i) =>
            `if (${fixed} && ${limit.replace("QUAD", `${i}u`)}) { quad[${i}] = ${at}At(index + ${i}u); }`,
        )
        .join("\n      ");
  return /* wgsl */ `
    for (var quadIndex = lane; quadIndex < ${(extent * depth) / 4}u; quadIndex += 256u) {
      let outer0 = ${operand === "a" ? "row0" : "column0"};
      let ${along === "k" ? "outer" : "inner"} = ${along === "k" ? "outer0" : "k0"} + quadIndex / ${quadsAcross}u;
      let ${along === "k" ? "inner" : "outer"} = ${along === "k" ? "k0" : "outer0"} + (quadIndex % ${quadsAcross}u) * 4u;
      let index = ${operand}0 + ${first} * ${rowLength} + ${second};
      var quad = vec4f();
      ${load}
      ${store}
    }`;
}

/** The program of a shape. */
export function matMulProgram(shape: MatMulShape): Program {
  const { format, transposeA, transposeB, accumulate, alignedA, alignedB, half, side } = shape;
  const reader = weightReader(format);
  const extent = lanesAcross * side;
  const stride = extent + 4;
  const rows = Array.from({ length: side }, (_, i) => i);
  const quads = Array.from({ length: side / 4 }, (_, i) => i);
  const each = (line: (row: number, quad: number) => string): string =>
    rows.flatMap((row) => quads.map((quad) => line(row, quad))).join("\n  ");
  return {
    name: `matmul-${format}-${transposeA ? "t" : "n"}${transposeB ? "t" : "n"}-${alignedA ? "q" : "s"}${alignedB ? "q" : "s"}${side}${half ? "h" : ""}${accumulate ? "-add" : ""}`,
    reads: { a: "f32", b: reader.storage, ...(reader.hasScales ? { scales: "f32" } : {}) },
    writes: { c: "f32" },
    enable: half ? "enable f16;" : "",
    parameters: {
      m: "u32",
      n: "u32",
      k: "u32",
      aOffset: "u32",
      bOffset: "u32",
      cOffset: "u32",
      aStride: "u32",
      bStride: "u32",
      blockSize: "u32",
      rowLength: "u32",
      scale: "f32",
    },
    code: () => /* wgsl */ `
var<workgroup> tileA: array<${half ? "f16" : "f32"}, ${depth * stride}>;
var<workgroup> tileB: array<${half ? "f16" : "f32"}, ${depth * stride}>;
${reader.functions}
fn valueAAt(i: u32) -> f32 { return a[i]; }
fn valueAQuad(i: u32) -> vec4f { return vec4f(a[i], a[i + 1u], a[i + 2u], a[i + 3u]); }
@compute @workgroup_size(${lanesAcross * lanesAcross})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  ${reader.prologue}
  let column0 = group.x * ${extent}u;
  let row0 = group.y * ${extent}u;
  let a0 = p.aOffset + group.z * p.aStride;
  let b0 = p.bOffset + group.z * p.bStride;
  let laneRow = lane / ${lanesAcross}u * ${side}u;
  let laneColumn = lane % ${lanesAcross}u * 4u;
  ${each((row, quad) => `var sum_${row}_${quad} = vec4f();`)}
  for (var k0 = 0u; k0 < p.k; k0 += ${depth}u) {
    ${loadTile("a", { along: transposeA ? "outer" : "k", aligned: alignedA, extent, stride, half })}
    ${loadTile("b", { along: transposeB ? "k" : "outer", aligned: alignedB, extent, stride, half })}
    workgroupBarrier();
    for (var inner = 0u; inner < ${depth}u; inner += 1u) {
      let atA = inner * ${stride}u + laneRow;
      let atB = inner * ${stride}u + laneColumn;
      ${quads
        .map((quad) => {
          const place = (i: number): string => `f32(tileB[atB + ${quad * lanesAcross * 4 + i}u])`;
          return `let right${quad} = vec4f(${[0, 1, 2, 3].map(place).join(", ")});`;
        })
        .join("\n      ")}
      ${rows.map((row) => `let left${row} = f32(tileA[atA + ${row}u]);`).join("\n      ")}
      ${each((row, quad) => `sum_${row}_${quad} += left${row} * right${quad};`)}
    }
    workgroupBarrier();
  }
  ${each(
    (row, quad) =>
      `store(group.z, row0 + laneRow + ${row}u, column0 + laneColumn + ${quad * lanesAcross * 4}u, sum_${row}_${quad});`,
  )}
}
fn store(batch: u32, row: u32, column: u32, sum: vec4f) {
  if (row >= p.m) { return; }
  let at = p.cOffset + (batch * p.m + row) * p.n + column;
  for (var i = 0u; i < 4u; i += 1u) {
    if (column + i < p.n) { c[at + i] ${accumulate ? "+=" : "="} p.scale * sum[i]; }
  }
}`,
  };
}

/** Records the product; c is `[batch, m, n]` from cOffset on. */
export function runMatMul(backend: ResidencyWebGPUBackend, run: MatMulRun): void {
  if (isFewRows(run)) {
    runFewRows(backend, run);
    return;
  }
  const { a, b, scales, c, m, n, k, batch = 1, format = "f32" } = run;
  const { transposeA = false, transposeB = false, accumulate = false } = run;
  const { aOffset = 0, bOffset = 0, cOffset = 0, aStride = 0, bStride = 0 } = run;
  const { blockSize = 64, scale = 1 } = run;
  const rowLength = transposeB ? k : n;
  const quads = (...numbers: number[]): boolean => numbers.every((number) => number % 4 === 0);
  // Two wide tiles of float32 take 17 KiB; narrow products leave most of such a tile idle.
  const wide = m >= 256 && n >= 256 && backend.device.limits.maxComputeWorkgroupStorageSize >= 18_432;
  const side = wide ? 8 : 4;
  const program = matMulProgram({
    format,
    transposeA,
    transposeB,
    accumulate,
    alignedA: quads(transposeA ? m : k, aOffset, aStride),
    alignedB: quads(rowLength, bOffset, bStride) && (!/4$/.test(format) || quads(blockSize)),
    half: backend.halfTiles,
    side,
  });
  const extent = lanesAcross * side;
  runProgram(backend, program, {
    reads: scales && weightReader(format).hasScales ? [a, b, scales] : [a, b],
    writes: [c],
    parameters: { m, n, k, aOffset, bOffset, cOffset, aStride, bStride, blockSize, rowLength, scale },
    groups: [Math.ceil(n / extent), Math.ceil(m / extent), batch],
  });
}

/** `x Wᵀ` or `x W` through a packed weight; see the contract. */
export function packedMatMul({
  inputs,
  attributes,
  backend,
}: FusedKernelCall<"PackedMatMul">): tf.TensorInfo[] {
  const gpu = backend as ResidencyWebGPUBackend;
  const { x, codes, absmax } = inputs;
  const { format, out, in: inside, blockSize, transposed, nested } = attributes;
  const [m, k, n] = [x.shape[0]!, transposed ? out : inside, transposed ? inside : out];
  const c = makeOutput(gpu, [m, n]);
  if (m > 0) {
    // There is one scale for many elements, so that it is made once before them and not looked up for each.
    const expanded =
      nested && absmax
        ? nestedScales({ inputs: { codes: inputs.scales, absmax }, attributes: nested, backend })[0]
        : undefined;
    const scales = expanded ?? inputs.scales;
    runMatMul(gpu, { a: x, b: codes, scales, c, m, n, k, transposeB: !transposed, format, blockSize });
    if (expanded) releaseScratch(gpu, expanded);
  }
  return [c];
}

/** Adds a product to a matrix in place; see the contract. */
export function matMulInto({ inputs, attributes, backend }: FusedKernelCall<"MatMulInto">): tf.TensorInfo[] {
  const { into, a, b } = inputs;
  const { transposeA, transposeB, scale } = attributes;
  const [m = 0, n = 0] = into.shape;
  const k = a.shape[transposeA ? 0 : 1]!;
  const run = { a, b, c: into, m, n, k, transposeA, transposeB, scale, accumulate: true };
  if (m * n * k > 0) runMatMul(backend as ResidencyWebGPUBackend, run);
  return [];
}
