/** Products with a narrow side, as low-rank additions have them: eight lanes share a sum, added up in a fixed order. */
import type { MatMulRun } from "./matmul-run.ts";
import type { ResidencyWebGPUBackend } from "../backend.ts";
import { groupIndex, linearGroups, mainArguments, runProgram, type Program } from "./program.ts";

/** Elements of the result a workgroup makes, and lanes that share one. */
const [outputs, lanesEach] = [32, 8];

/**
 * Neighbouring lanes read neighbouring numbers: those of one sum where both operands lie along k, else those of
 * neighbouring results.
 */
const narrowProgram = (alongK: boolean, accumulate: boolean): Program => ({
  name: `matmul-narrow-${alongK ? "k" : "n"}${accumulate ? "-add" : ""}`,
  reads: { a: "f32", b: "f32" },
  writes: { c: "f32" },
  parameters: {
    size: "u32",
    n: "u32",
    k: "u32",
    aRow: "u32",
    aColumn: "u32",
    bRow: "u32",
    bColumn: "u32",
    scale: "f32",
  },
  code: () => /* wgsl */ `
${groupIndex}
var<workgroup> partial: array<f32, ${outputs * lanesEach}>;
@compute @workgroup_size(${outputs * lanesEach})
fn main(${mainArguments}) {
  let output = ${alongK ? `lane / ${lanesEach}u` : `lane % ${outputs}u`};
  let share = ${alongK ? `lane % ${lanesEach}u` : `lane / ${outputs}u`};
  let element = groupIndex(group, groups) * ${outputs}u + output;
  var sum = 0.0;
  if (element < p.size) {
    let atA = element / p.n * p.aRow;
    let atB = element % p.n * p.bColumn;
    for (var i = share; i < p.k; i += ${lanesEach}u) { sum += a[atA + i * p.aColumn] * b[atB + i * p.bRow]; }
  }
  partial[share * ${outputs}u + output] = sum;
  workgroupBarrier();
  if (share == 0u && element < p.size) {
    sum = 0.0;
    for (var i = 0u; i < ${lanesEach}u; i += 1u) { sum += partial[i * ${outputs}u + output]; }
    c[element] ${accumulate ? "+=" : "="} p.scale * sum;
  }
}`,
});

/** Records the product of two float32 matrices. */
export function runNarrowMatMul(backend: ResidencyWebGPUBackend, run: MatMulRun): void {
  const { a, b, c, m, n, k, transposeA = false, transposeB = false, accumulate = false, scale = 1 } = run;
  runProgram(backend, narrowProgram(!transposeA && transposeB, accumulate), {
    reads: [a, b],
    writes: [c],
    parameters: {
      size: m * n,
      n,
      k,
      aRow: transposeA ? 1 : k,
      aColumn: transposeA ? m : 1,
      bRow: transposeB ? 1 : n,
      bColumn: transposeB ? k : 1,
      scale,
    },
    groups: linearGroups(Math.ceil((m * n) / outputs)),
  });
}
