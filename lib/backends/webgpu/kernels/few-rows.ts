/** The product of a few rows with a weight, as generation makes it: the weight is read once, and nothing else matters. */
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { weightReader, type WeightFormat } from "./packed-formats.ts";
import { runProgram, type Program } from "./program.ts";
import type { MatMulRun } from "./matmul-run.ts";

/** From more rows on, tiles are faster. */
export const mostFewRows = 4;

/** Elements of the result a workgroup makes, and lanes that share one. */
const [outputs, lanesEach] = [32, 8];

function fewRowsProgram(rows: number, format: WeightFormat, aligned: boolean): Program {
  const reader = weightReader(format);
  const each = (line: (row: number) => string): string =>
    Array.from({ length: rows }, (_, row) => line(row)).join("\n  ");
  const rowQuad = (row: number): string =>
    `vec4f(${[0, 1, 2, 3].map((i) => `a[p.aOffset + ${row}u * p.k + k + ${i}u]`).join(", ")})`;
  return {
    name: `few-rows-${rows}-${format}-${aligned ? "q" : "s"}`,
    reads: { a: "f32", b: reader.storage, ...(reader.hasScales ? { scales: "f32" } : {}) },
    writes: { c: "f32" },
    parameters: {
      n: "u32",
      k: "u32",
      aOffset: "u32",
      bOffset: "u32",
      cOffset: "u32",
      blockSize: "u32",
      rowLength: "u32",
      scale: "f32",
    },
    code: () => /* wgsl */ `
var<workgroup> partial: array<f32, ${rows * outputs * lanesEach}>;
${reader.functions}
@compute @workgroup_size(${outputs * lanesEach})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  ${reader.prologue}
  let column = group.x * ${outputs}u + lane / ${lanesEach}u;
  ${each((row) => `var sum${row} = 0.0;`)}
  if (column < p.n) {
    let at = p.bOffset + column * p.k;
    ${
      aligned
        ? `for (var k = lane % ${lanesEach}u * 4u; k < p.k; k += ${lanesEach * 4}u) {
      let weight = weightQuad(at + k);
      ${each((row) => `sum${row} += dot(weight, ${rowQuad(row)});`)}
    }`
        : `for (var k = lane % ${lanesEach}u; k < p.k; k += ${lanesEach}u) {
      let weight = weightAt(at + k);
      ${each((row) => `sum${row} += weight * a[p.aOffset + ${row}u * p.k + k];`)}
    }`
    }
  }
  ${each((row) => `partial[${row * outputs * lanesEach}u + lane] = sum${row};`)}
  workgroupBarrier();
  if (lane % ${lanesEach}u == 0u && column < p.n) {
    ${each(
      (row) => `sum${row} = 0.0;
    for (var i = 0u; i < ${lanesEach}u; i += 1u) { sum${row} += partial[${row * outputs * lanesEach}u + lane + i]; }
    c[p.cOffset + ${row}u * p.n + column] = p.scale * sum${row};`,
    )}
  }
}`,
  };
}

/** Whether {@link runFewRows} can make a product. */
export function isFewRows({
  m,
  transposeA = false,
  transposeB = false,
  accumulate = false,
  batch = 1,
}: MatMulRun): boolean {
  return m <= mostFewRows && transposeB && !transposeA && !accumulate && batch === 1;
}

/** Records the product of `[m, k]` and a weight `[n, k]`, m at most {@link mostFewRows}. */
export function runFewRows(backend: ResidencyWebGPUBackend, run: MatMulRun): void {
  const { a, b, scales, c, m, n, k, format = "f32", blockSize = 64, scale = 1 } = run;
  const { aOffset = 0, bOffset = 0, cOffset = 0 } = run;
  const aligned = [k, bOffset, /4$/.test(format) ? blockSize : 0].every((number) => number % 4 === 0);
  runProgram(backend, fewRowsProgram(m, format, aligned), {
    reads: scales && weightReader(format).hasScales ? [a, b, scales] : [a, b],
    writes: [c],
    parameters: { n, k, aOffset, bOffset, cOffset, blockSize, rowLength: k, scale },
    groups: [Math.ceil(n / outputs)],
  });
}
