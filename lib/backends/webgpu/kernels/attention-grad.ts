/** The backward passes of attention: one over queries, one over keys, so that no sum needs atomic additions. */
import {
  accumulateRows,
  attentionParameters,
  attentionPrelude,
  productTile,
  storeRows,
  tile,
} from "./attention-tiles.ts";
import { groupIndex, mainArguments, type Program } from "./program.ts";

/** A row's log-sum-exp and the product of its output and the output's gradient, `[rows, 2]`. */
const statisticsProgram = (dim: number): Program => ({
  name: `attention-statistics-${dim}`,
  reads: { dy: "f32", out: "f32", logSumExp: "f32" },
  writes: { statistics: "f32" },
  parameters: { rows: "u32", length: "u32", heads: "u32" },
  code: () => /* wgsl */ `
${groupIndex}
@compute @workgroup_size(64)
fn main(${mainArguments}) {
  let row = groupIndex(group, groups) * 64u + lane;
  if (row >= p.rows) { return; }
  let query = row % p.length;
  let head = row / p.length % p.heads;
  let batch = row / p.length / p.heads;
  let at = ((batch * p.length + query) * p.heads + head) * ${dim}u;
  var product = 0.0;
  for (var d = 0u; d < ${dim}u; d += 1u) { product += dy[at + d] * out[at + d]; }
  let value = logSumExp[row];
  // A query that sees nothing: no score comes near this, so that every probability is 0.
  statistics[row * 2u] = select(value, 3e38, value < -1e30);
  statistics[row * 2u + 1u] = product;
}`,
});

const reads: Program["reads"] = {
  dy: "f32",
  q: "f32",
  k: "f32",
  v: "f32",
  segments: "i32",
  statistics: "f32",
};

/** Puts the probabilities, where wanted, and the gradients of the scores of a tile into workgroup memory. */
const scoreGradients = (withProbabilities: boolean): string => /* wgsl */ `
    ${productTile({ left: "q", right: "k", into: "score" })}
    ${productTile({ left: "dy", right: "v", into: "upstream" })}
    for (var i = 0u; i < 4u; i += 1u) {
      let place = placeOf(i, lane);
      let at = place.x * ${tile + 1}u + place.y;
      var probability = 0.0;
      var gradient = 0.0;
      if (sees(batch, query0 + place.x, key0 + place.y)) {
        let row = ((batch * p.heads + head) * p.length + query0 + place.x) * 2u;
        let bounded = capped(score[i] * p.scale);
        probability = exp(bounded - statistics[row]);
        gradient = probability * (upstream[i] - statistics[row + 1u]) * p.scale;
        if (p.softcap > 0.0) {
          let ratio = bounded / p.softcap;
          gradient *= 1.0 - ratio * ratio;
        }
      }
      scoreGradient[at] = gradient;
      ${withProbabilities ? "probabilities[at] = probability;" : ""}
    }
    workgroupBarrier();`;

const queriesProgram = (dim: number): Program => ({
  name: `attention-grad-queries-${dim}`,
  reads,
  writes: { dq: "f32" },
  parameters: attentionParameters,
  code: () => /* wgsl */ `
${attentionPrelude(dim)}
var<workgroup> scoreGradient: array<f32, ${tile * (tile + 1)}>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let batch = group.z;
  let head = group.y;
  let query0 = group.x * ${tile}u;
  let kvHead = head / (p.heads / p.kvHeads);
  ${accumulateRows.declare("sum", dim)}
  let keys = keysSeenBy(query0);
  for (var key0 = keys.x; key0 < keys.y; key0 += ${tile}u) {
    ${scoreGradients(false)}
    ${accumulateRows.add("sum", {
      weight: (row, other) => `scoreGradient[${row} * ${tile + 1}u + ${other}]`,
      count: `min(${tile}u, p.keys - key0)`,
      value: (other, d) => `k[keyAt(batch, key0 + ${other}, kvHead) + ${d}]`,
      dim,
    })}
  }
  ${storeRows({
    name: "sum",
    dim,
    inside: (row) => `query0 + ${row} < p.length`,
    at: (row) => `queryAt(batch, query0 + ${row}, head)`,
    buffer: "dq",
  })}
}`,
});

const keysProgram = (dim: number): Program => ({
  name: `attention-grad-keys-${dim}`,
  reads,
  writes: { dk: "f32", dv: "f32" },
  parameters: attentionParameters,
  code: () => /* wgsl */ `
${attentionPrelude(dim)}
var<workgroup> scoreGradient: array<f32, ${tile * (tile + 1)}>;
var<workgroup> probabilities: array<f32, ${tile * (tile + 1)}>;
// The first tile of queries that some key of a tile is seen by, and the end of the last.
fn queriesThatSee(key0: u32) -> vec2u {
  let past = p.keys - p.length;
  var end = p.length;
  if (p.window > 0u) {
    let last = key0 + ${tile}u + p.window;
    end = min(end, select(0u, last - past, last > past));
  }
  return vec2u(select(0u, (key0 - past) / ${tile}u * ${tile}u, key0 > past), end);
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let batch = group.z;
  let kvHead = group.y;
  let key0 = group.x * ${tile}u;
  let shared_ = p.heads / p.kvHeads;
  ${accumulateRows.declare("keySum", dim)}
  ${accumulateRows.declare("valueSum", dim)}
  let queries = queriesThatSee(key0);
  for (var head = kvHead * shared_; head < (kvHead + 1u) * shared_; head += 1u) {
  for (var query0 = queries.x; query0 < queries.y; query0 += ${tile}u) {
    ${scoreGradients(true)}
    ${accumulateRows.add("keySum", {
      weight: (row, other) => `scoreGradient[${other} * ${tile + 1}u + ${row}]`,
      count: `min(${tile}u, p.length - query0)`,
      value: (other, d) => `q[queryAt(batch, query0 + ${other}, head) + ${d}]`,
      dim,
    })}
    ${accumulateRows.add("valueSum", {
      weight: (row, other) => `probabilities[${other} * ${tile + 1}u + ${row}]`,
      count: `min(${tile}u, p.length - query0)`,
      value: (other, d) => `dy[queryAt(batch, query0 + ${other}, head) + ${d}]`,
      dim,
    })}
  }
  }
  ${(["dk", "dv"] as const)
    .map((buffer) =>
      storeRows({
        name: buffer === "dk" ? "keySum" : "valueSum",
        dim,
        inside: (row) => `key0 + ${row} < p.keys`,
        at: (row) => `keyAt(batch, key0 + ${row}, kvHead)`,
        buffer,
      }),
    )
    .join("\n  ")}
}`,
});

/** The programs of the backward pass for a head size. */
export function attentionGradPrograms(dim: number): Record<"statistics" | "queries" | "keys", Program> {
  return { statistics: statisticsProgram(dim), queries: queriesProgram(dim), keys: keysProgram(dim) };
}
