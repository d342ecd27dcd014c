/** The WGSL that attention's passes share: who sees whom, tiles of scores, and rows that are summed in registers. */
import type { Program } from "./program.ts";

/** Queries and keys of a tile; 256 lanes compute 2 × 2 of its scores each. */
export const tile = 32;

/** The depth of the slices in which heads are multiplied. */
const depth = 16;

/** The numbers that every pass takes. */
export const attentionParameters: Program["parameters"] = {
  length: "u32",
  heads: "u32",
  keys: "u32",
  capacity: "u32",
  kvHeads: "u32",
  segmentRows: "u32",
  window: "u32",
  scale: "f32",
  softcap: "f32",
  negativeInfinity: "f32",
};

/** Functions and the workgroup memory of {@link productTile}. */
export function attentionPrelude(dim: number): string {
  return /* wgsl */ `
const dim = ${dim}u;
// Below every score; not infinite, since drivers may assume that nothing is.
const hidden = -1e30;
var<workgroup> leftTile: array<f32, ${tile * (depth + 1)}>;
var<workgroup> rightTile: array<f32, ${tile * (depth + 1)}>;
fn queryAt(batch: u32, query: u32, head: u32) -> u32 { return ((batch * p.length + query) * p.heads + head) * dim; }
fn keyAt(batch: u32, key: u32, kvHead: u32) -> u32 { return ((batch * p.capacity + key) * p.kvHeads + kvHead) * dim; }
fn segmentOf(batch: u32, key: u32) -> i32 { return segments[(batch % p.segmentRows) * p.keys + key]; }
fn sees(batch: u32, query: u32, key: u32) -> bool {
  if (query >= p.length || key >= p.keys) { return false; }
  let position = p.keys - p.length + query;
  if (key > position || (p.window > 0u && position - key >= p.window)) { return false; }
  let own = segmentOf(batch, position);
  return own != 0 && own == segmentOf(batch, key);
}
fn capped(score: f32) -> f32 {
  if (p.softcap <= 0.0) { return score; }
  return p.softcap * tanh(clamp(score / p.softcap, -15.0, 15.0));
}
// The first tile of keys, and the end of the last, that some query of a tile may see.
fn keysSeenBy(query0: u32) -> vec2u {
  let first = p.keys - p.length + query0;
  var start = 0u;
  if (p.window > 0u && first + 1u > p.window) { start = (first + 1u - p.window) / ${tile}u * ${tile}u; }
  return vec2u(start, min(p.keys, first + ${tile}u));
}
// The row and the column of a lane's i-th score.
fn placeOf(i: u32, lane: u32) -> vec2u { return vec2u(lane / 16u + (i / 2u) * 16u, lane % 16u + (i % 2u) * 16u); }`;
}

/** Where the rows of each tensor begin and end, by name. */
const rowsOf: Record<string, { at: (row: string) => string; inside: (row: string) => string }> = {
  q: { at: (row) => `queryAt(batch, query0 + ${row}, head)`, inside: (row) => `query0 + ${row} < p.length` },
  k: { at: (row) => `keyAt(batch, key0 + ${row}, kvHead)`, inside: (row) => `key0 + ${row} < p.keys` },
};
rowsOf["dy"] = rowsOf["q"]!;
rowsOf["v"] = rowsOf["k"]!;

/** Declares `into`, the lane's four products of a row of `left` (queries) and one of `right` (keys). */
export function productTile({
  left,
  right,
  into,
}: {
  left: "q" | "dy";
  right: "k" | "v";
  into: string;
}): string {
  const load = (name: string, memory: string): string => /* wgsl */ `
        value = 0.0;
        if (${rowsOf[name]!.inside("row")} && d < dim) { value = ${name}[${rowsOf[name]!.at("row")} + d]; }
        ${memory}[row * ${depth + 1}u + d - d0] = value;`;
  return /* wgsl */ `
    var ${into} = array<f32, 4>(0.0, 0.0, 0.0, 0.0);
    for (var d0 = 0u; d0 < dim; d0 += ${depth}u) {
      for (var element = lane; element < ${tile * depth}u; element += 256u) {
        let row = element / ${depth}u;
        let d = d0 + element % ${depth}u;
        var value = 0.0;
        ${load(left, "leftTile")}
        ${load(right, "rightTile")}
      }
      workgroupBarrier();
      let atLeft = lane / 16u * ${depth + 1}u;
      let atRight = lane % 16u * ${depth + 1}u;
      for (var d = 0u; d < ${depth}u; d += 1u) {
        let left0 = leftTile[atLeft + d];
        let left1 = leftTile[atLeft + ${16 * (depth + 1)}u + d];
        let right0 = rightTile[atRight + d];
        let right1 = rightTile[atRight + ${16 * (depth + 1)}u + d];
        ${into}[0] += left0 * right0;
        ${into}[1] += left0 * right1;
        ${into}[2] += left1 * right0;
        ${into}[3] += left1 * right1;
      }
      workgroupBarrier();
    }`;
}

const columnsOf = (dim: number): number[] => Array.from({ length: Math.ceil(dim / 16) }, (_, i) => i);

/** Two rows a lane, lane / 16 and 16 below it, and every sixteenth column, in registers by the names NAME_row_column. */
export const accumulateRows = {
  declare: (name: string, dim: number): string =>
    columnsOf(dim)
      .map((column) => `var ${name}_0_${column} = 0.0; var ${name}_1_${column} = 0.0;`)
      .join("\n  "),
  scale: (name: string, factors: string, dim: number): string =>
    [0, 1]
      .flatMap((row) =>
        columnsOf(dim).map((column) => `${name}_${row}_${column} *= ${factors}[lane / 16u + ${row * 16}u];`),
      )
      .join("\n    "),
  /** Adds `weight(row, other) · value(other, column)` for each `other` below `count`. */
  add: (
    name: string,
    {
      weight,
      count,
      value,
      dim,
    }: {
      weight: (row: string, other: string) => string;
      count: string;
      value: (other: string, d: string) => string;
      dim: number;
    },
  ): string => /* wgsl */ `
    for (var other = 0u; other < ${count}; other += 1u) {
      let weight0 = ${weight("(lane / 16u)", "other")};
      let weight1 = ${weight("(lane / 16u + 16u)", "other")};
      ${columnsOf(dim)
        .map((column) => {
          const d = `(lane % 16u + ${column * 16}u)`;
          const add = `let value = ${value("other", d)}; ${name}_0_${column} += weight0 * value; ${name}_1_${column} += weight1 * value;`;
          return column * 16 + 16 <= dim ? `{ ${add} }` : `if (${d} < dim) { ${add} }`;
        })
        .join("\n      ")}
    }`,
};

/** Writes what {@link accumulateRows} summed, times a factor a row. */
export function storeRows({
  name,
  dim,
  inside,
  at,
  buffer,
  factor,
}: {
  name: string;
  dim: number;
  inside: (row: string) => string;
  at: (row: string) => string;
  buffer: string;
  factor?: (row: string) => string;
}): string {
  return [0, 1]
    .map((row) => {
      const place = `(lane / 16u + ${row * 16}u)`;
      const stores = columnsOf(dim).map((column) => {
        const d = `(lane % 16u + ${column * 16}u)`;
        return `if (${d} < dim) { ${buffer}[at + ${d}] = ${name}_${row}_${column} * factor; }`;
      });
      return `if (${inside(place)}) {
    let at = ${at(place)};
    let factor = ${factor ? factor(place) : "1.0"};
    ${stores.join("\n    ")}
  }`;
    })
    .join("\n  ");
}
