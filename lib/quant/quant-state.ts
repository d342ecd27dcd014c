/** The tensors that bitsandbytes writes beside a 4-bit weight, and their JSON of what they mean. */
import { ResidencyError } from "../errors.ts";
import type { RawTensor } from "../formats/index.ts";
import { fourBitCodebook, type FourBitType } from "./codebook.ts";
import type { FourBitCodes } from "./four-bit.ts";
import { unnestAbsmax, type NestedAbsmax } from "./nested-absmax.ts";

/** A 4-bit weight with its shape, as a checkpoint has it. */
export interface StoredFourBit {
  codes: FourBitCodes;
  /** `[out, in]` */
  shape: readonly number[];
  /** The type that the weight had, and that bitsandbytes unpacks it to: "float32", "bfloat16" or "float16". */
  dtype: string;
  /** The 8-bit form of the scales, where they are stored so. */
  nested: NestedAbsmax | undefined;
}

const partPattern =
  /^(.+)\.(absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.bitsandbytes__(?:nf4|fp4))$/;

/**
 * The weight that a tensor of a checkpoint belongs to, and which part of it it is.
 *
 * @example
 * fourBitPartOf("q_proj.weight.absmax"); // → { weight: "q_proj.weight", part: "absmax" }
 */
export function fourBitPartOf(name: string): { weight: string; part: string } | undefined {
  const match = partPattern.exec(name);
  return match ? { weight: match[1]!, part: match[2]! } : undefined;
}

/** A float as Python prints it. */
function pythonFloat(value: number): string {
  if (Number.isInteger(value)) return value.toFixed(1);
  if (Math.abs(value) >= 1e-4) return String(value);
  const [digits, exponent] = value.toExponential().split("e-");
  return `${digits}e-${exponent!.padStart(2, "0")}`;
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const floats = (values: Float32Array): RawTensor => ({
  shape: [values.length],
  dtype: "F32",
  bytes: bytesOf(values),
});

const octets = (bytes: Uint8Array, shape: readonly number[]): RawTensor => ({ shape, dtype: "U8", bytes });

/**
 * The tensors of a 4-bit weight under bitsandbytes' names; with `nested`, its scales stand in 8 bits and `codes.absmax`
 * is not read.
 *
 * @example
 * const codes = quantize4bit(new Float32Array(64).fill(0.5));
 * Object.keys(encodeFourBit("w", { codes, shape: [1, 64] })); // → ["w", "w.absmax", "w.quant_map", "w.quant_state.bitsandbytes__nf4"]
 */
export function encodeFourBit(
  weight: string,
  { codes, shape, dtype = "float32" }: { codes: FourBitCodes; shape: readonly number[]; dtype?: string },
  { nested }: { nested?: NestedAbsmax | undefined } = {},
): Record<string, RawTensor> {
  const { quantType, blockSize, packed, absmax } = codes;
  const fields = [
    `"quant_type": "${quantType}"`,
    `"blocksize": ${blockSize}`,
    `"dtype": "${dtype}"`,
    `"shape": [${shape.join(", ")}]`,
    ...(nested
      ? [
          `"nested_blocksize": ${nested.blockSize}`,
          `"nested_dtype": "float32"`,
          `"nested_offset": ${pythonFloat(nested.offset)}`,
        ]
      : []),
  ];
  const json = new TextEncoder().encode(`{${fields.join(", ")}}`);
  return {
    [weight]: octets(packed, [packed.length, 1]),
    [`${weight}.absmax`]: nested ? octets(nested.codes, [nested.codes.length]) : floats(absmax),
    [`${weight}.quant_map`]: floats(fourBitCodebook(quantType).values),
    ...(nested && {
      [`${weight}.nested_absmax`]: floats(nested.absmax),
      [`${weight}.nested_quant_map`]: floats(nested.quantMap),
    }),
    [`${weight}.quant_state.bitsandbytes__${quantType}`]: octets(json, [json.length]),
  };
}

function refuse(weight: string, what: string): never {
  throw new ResidencyError("E_CHECKPOINT", `Cannot read the 4-bit weight ${weight}: ${what}`);
}

function readFloats(weight: string, part: string, tensor: RawTensor | undefined): Float32Array {
  if (tensor?.dtype !== "F32")
    refuse(weight, `its ${part} is ${tensor?.dtype ?? "missing"}, and must be F32`);
  return new Float32Array(tensor.bytes.slice().buffer);
}

interface QuantStateJson {
  blockSize: number;
  dtype: string;
  shape: number[];
  nested: { blockSize: number; offset: number } | undefined;
}

function parseState(weight: string, bytes: Uint8Array): QuantStateJson {
  let state: unknown;
  try {
    state = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    refuse(weight, "its quant_state is not JSON");
  }
  if (typeof state !== "object" || state === null) refuse(weight, "its quant_state is not an object");
  const { blocksize, dtype, shape, nested_blocksize, nested_offset } = state as Record<string, unknown>;
  const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
  if (!isSize(blocksize) || blocksize % 2 !== 0) {
    return refuse(
      weight,
      `its blocksize is ${JSON.stringify(blocksize)}, and must be an even number above 0`,
    );
  }
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every(isSize)) {
    return refuse(weight, `its shape is ${JSON.stringify(shape)}, and must be whole numbers above 0`);
  }
  if (nested_offset !== undefined && (typeof nested_offset !== "number" || !isSize(nested_blocksize))) {
    return refuse(weight, "its nested_blocksize or nested_offset is no number");
  }
  return {
    blockSize: blocksize,
    dtype: typeof dtype === "string" ? dtype : "float32",
    shape,
    nested:
      typeof nested_offset === "number"
        ? { blockSize: nested_blocksize as number, offset: nested_offset }
        : undefined,
  };
}

/**
 * Reads a 4-bit weight from its tensors, by part ("" is the packed weight itself).
 *
 * @throws ResidencyError E_CHECKPOINT when a part is missing, of another type or of another size than the shape needs.
 * @example
 * const codes = quantize4bit(new Float32Array(64).fill(0.5));
 * const tensors = Object.entries(encodeFourBit("w", { codes, shape: [1, 64] }));
 * const parts = new Map(tensors.map(([name, tensor]) => [fourBitPartOf(name)?.part ?? "", tensor]));
 * decodeFourBit("w", parts).shape; // → [1, 64]
 */
export function decodeFourBit(weight: string, parts: ReadonlyMap<string, RawTensor>): StoredFourBit {
  const stateName = [...parts.keys()].find((part) => part.startsWith("quant_state."));
  const packed = parts.get("");
  if (stateName === undefined || packed?.dtype !== "U8") {
    return refuse(
      weight,
      `its ${packed ? "quant_state" : "packed weight"} is missing or of another type than U8`,
    );
  }
  const quantType: FourBitType = stateName.endsWith("nf4") ? "nf4" : "fp4";
  const { blockSize, dtype, shape, nested } = parseState(weight, parts.get(stateName)!.bytes);
  const expected = fourBitCodebook(quantType).values;
  const quantMap = readFloats(weight, "quant_map", parts.get("quant_map"));
  if (quantMap.length !== 16 || quantMap.some((value, i) => Math.abs(value - expected[i]!) > 1e-4)) {
    refuse(weight, `its quant_map is not that of ${quantType}`);
  }
  const stored = parts.get("absmax");
  const length = shape.reduce((size, extent) => size * extent, 1);
  let absmax: Float32Array;
  let nestedAbsmax: NestedAbsmax | undefined;
  if (nested) {
    if (stored?.dtype !== "U8") refuse(weight, "its absmax is missing or not U8");
    const nestedMap = readFloats(weight, "nested_quant_map", parts.get("nested_quant_map"));
    const outer = readFloats(weight, "nested_absmax", parts.get("nested_absmax"));
    if (nestedMap.length !== 256 || outer.length !== Math.ceil(stored.bytes.length / nested.blockSize)) {
      refuse(weight, `its ${nestedMap.length} nested values or ${outer.length} nested scales do not fit`);
    }
    nestedAbsmax = { codes: stored.bytes, absmax: outer, quantMap: nestedMap, ...nested };
    absmax = unnestAbsmax(nestedAbsmax);
  } else {
    absmax = readFloats(weight, "absmax", stored);
  }
  if (packed.bytes.length !== Math.ceil(length / 2) || absmax.length !== Math.ceil(length / blockSize)) {
    refuse(
      weight,
      `${packed.bytes.length} bytes and ${absmax.length} scales do not make [${shape.join(", ")}] in blocks of ${blockSize}`,
    );
  }
  const codes = { quantType, blockSize, length, packed: packed.bytes, absmax };
  return { codes, shape, dtype, nested: nestedAbsmax };
}
