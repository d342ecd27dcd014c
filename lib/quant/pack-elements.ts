/** Packs a matrix into the bytes and scales that products through packed weights read. */
import { ResidencyError } from "../errors.ts";
import { float32ToBfloat16, float32ToFloat16 } from "../formats/index.ts";
import { quantize4bit } from "./four-bit.ts";
import { quantizeInt8Rows } from "./int8.ts";
import { nestAbsmax, unnestAbsmax, type NestedAbsmax } from "./nested-absmax.ts";

/** How a matrix is packed. */
export type Packing =
  | { format: "bf16" | "f16" | "int8" }
  | {
      format: "nf4" | "fp4";
      /** Elements that share a scale; 64 when left out. */
      blockSize?: number;
      /** Whether the scales are quantised to 8 bits themselves. */
      doubleQuant?: boolean;
    };

/** A packed matrix without tensors. */
export interface PackedElements {
  bytes: Uint8Array;
  /** float32 `[rows]` (int8), `[blocks]` (4-bit) or `[0]`. */
  scales: Float32Array;
  /** Elements that share a scale; 1 where the format has no blocks. */
  blockSize: number;
  /** The scales in 8 bits, where they were quantised too: `scales` has the values that they stand for. */
  nested?: NestedAbsmax | undefined;
}

/**
 * Packs numbers, which are rows of `columns`.
 *
 * @throws ResidencyError E_NUMERIC for NaN and infinite numbers in a quantised format, E_CONFIG for a block size.
 * @example
 * packElements(new Float32Array([1, -2]), 2, { format: "bf16" }).bytes; // → [0x80, 0x3f, 0, 0xc0]
 */
export function packElements(values: Float32Array, columns: number, packing: Packing): PackedElements {
  switch (packing.format) {
    case "bf16":
    case "f16": {
      const halves = packing.format === "bf16" ? float32ToBfloat16(values) : float32ToFloat16(values);
      return { bytes: new Uint8Array(halves.buffer), scales: new Float32Array(0), blockSize: 1 };
    }
    case "int8": {
      const { codes, absmax } = quantizeInt8Rows(values, columns);
      return { bytes: new Uint8Array(codes.buffer), scales: absmax, blockSize: 1 };
    }
    case "nf4":
    case "fp4": {
      const { format: quantType, blockSize = 64, doubleQuant = false } = packing;
      const { packed, absmax } = quantize4bit(values, { quantType, blockSize });
      if (!doubleQuant) return { bytes: packed, scales: absmax, blockSize };
      const nested = nestAbsmax(absmax);
      return { bytes: packed, scales: unnestAbsmax(nested), blockSize, nested };
    }
    default:
      throw new ResidencyError("E_CONFIG", `Cannot pack a weight as ${JSON.stringify(packing)}`);
  }
}
