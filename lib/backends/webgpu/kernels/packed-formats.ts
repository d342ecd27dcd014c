/** How WGSL reads one element of a weight, plain or packed; the layouts are those of the contract. */
import type { PackedFormat } from "../../fused-kernels.ts";
import { fourBitValues } from "../../four-bit.ts";

/** The format of a weight in memory. */
export type WeightFormat = PackedFormat | "f32";

/** What a program needs to read weights of a format. */
export interface WeightReader {
  /** The element type of the buffer `b`. */
  storage: "f32" | "u32";
  /** Whether there is a buffer `scales`. */
  hasScales: boolean;
  /** Declares `weightAt(index)` of any element and `weightQuad(index)` of four from a multiple of 4 on. */
  functions: string;
  /** Statements at the start of `main`, before its first barrier. */
  prologue: string;
}

const plainQuad =
  "fn weightQuad(i: u32) -> vec4f { return vec4f(weightAt(i), weightAt(i + 1u), weightAt(i + 2u), weightAt(i + 3u)); }";

/** A table of sixteen values in workgroup memory: a constant array would be copied to each lane's own. */
function codeTable(values: readonly number[]): Pick<WeightReader, "functions" | "prologue"> {
  return {
    functions: /* wgsl */ `
var<workgroup> values: array<f32, 16>;
// Of each byte the high half comes first.
fn codeIn(word: u32, i: u32) -> f32 { return values[(word >> (((i & 7u) * 4u) ^ 4u)) & 15u]; }
fn weightAt(i: u32) -> f32 { return codeIn(b[i >> 3u], i) * scales[i / p.blockSize]; }
fn weightQuad(i: u32) -> vec4f {
  let word = b[i >> 3u];
  return vec4f(codeIn(word, i), codeIn(word, i + 1u), codeIn(word, i + 2u), codeIn(word, i + 3u)) * scales[i / p.blockSize];
}`,
    prologue: `if (lane == 0u) {\n${values.map((value, code) => `    values[${code}] = ${value.toExponential()};`).join("\n")}\n  }\n  workgroupBarrier();`,
  };
}

/** The WGSL that reads a format; `p.blockSize` and `p.rowLength` are parameters of the program. */
export function weightReader(format: WeightFormat): WeightReader {
  switch (format) {
    case "f32":
      return {
        storage: "f32",
        hasScales: false,
        functions: `fn weightAt(i: u32) -> f32 { return b[i]; }\n${plainQuad}`,
        prologue: "",
      };
    case "bf16":
      return {
        storage: "u32",
        hasScales: false,
        functions: /* wgsl */ `
fn weightAt(i: u32) -> f32 { return bitcast<f32>((b[i >> 1u] >> ((i & 1u) * 16u)) << 16u); }
fn weightQuad(i: u32) -> vec4f {
  let words = vec2u(b[i >> 1u], b[(i >> 1u) + 1u]);
  return bitcast<vec4f>(vec4u(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}`,
        prologue: "",
      };
    case "f16":
      return {
        storage: "u32",
        hasScales: false,
        functions: /* wgsl */ `
fn weightAt(i: u32) -> f32 { return unpack2x16float(b[i >> 1u])[i & 1u]; }
fn weightQuad(i: u32) -> vec4f { return vec4f(unpack2x16float(b[i >> 1u]), unpack2x16float(b[(i >> 1u) + 1u])); }`,
        prologue: "",
      };
    case "int8":
      return {
        storage: "u32",
        hasScales: true,
        functions: /* wgsl */ `
fn weightAt(i: u32) -> f32 {
  return f32(extractBits(bitcast<i32>(b[i >> 2u]), (i & 3u) * 8u, 8u)) * (scales[i / p.rowLength] / 127.0);
}
fn weightQuad(i: u32) -> vec4f {
  let word = bitcast<i32>(b[i >> 2u]);
  let codes = vec4i(extractBits(word, 0u, 8u), extractBits(word, 8u, 8u), extractBits(word, 16u, 8u), extractBits(word, 24u, 8u));
  return vec4f(codes) * (scales[i / p.rowLength] / 127.0);
}`,
        prologue: "",
      };
    case "nf4":
    case "fp4":
      return { storage: "u32", hasScales: true, ...codeTable(fourBitValues(format)) };
  }
}
