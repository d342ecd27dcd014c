/** Products through weights that stay packed: bf16, f16, int8, nf4, fp4. */
import * as tf from "@tensorflow/tfjs-core";
import { fourBitValues, runFusedKernel, type PackedFormat } from "../backends/index.ts";
import { ResidencyError } from "../errors.ts";
import { mayFuse } from "./gradient.ts";
import { packedCall, withScales, type NestedScales } from "./nested-scales.ts";
import { takeRowsOnDevice, takesRowsOnDevice } from "./packed-rows.ts";

/** A frozen matrix `[out, in]` in packed form; the layout of codes and scales is that of the kernel `PackedMatMul`. */
export interface PackedWeight {
  format: PackedFormat;
  shape: readonly [number, number];
  /** int32 storage of the packed bytes. */
  codes: tf.Tensor1D;
  /** float32 `[out]` (int8), `[blocks]` (4-bit), or `[0]` where there are none or they are nested. */
  scales: tf.Tensor1D;
  /** Elements that share a scale; only of 4-bit formats. */
  blockSize: number;
  /** The scales of a 4-bit weight that are quantised too. */
  nested?: NestedScales | undefined;
}

/**
 * Whether a weight is packed.
 *
 * @example
 * isPacked(packWeight(new Float32Array([1, 2]), [1, 2], { format: "f16" })); // → true
 */
export function isPacked(weight: object): weight is PackedWeight {
  return "codes" in weight;
}

/** The float32 value of a bf16 number. */
function fromBf16(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0]!;
}

/** The value of a float16 number (IEEE 754 binary16). */
function fromF16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * The elements of a packed weight in order, from its bytes and scales; the definition that kernels are held to.
 *
 * @example
 * const weight = { format: "f16", shape: [1, 2], blockSize: 1 } as const;
 * unpackElements(weight, new Uint8Array([0, 0x3c, 0, 0xc0]), new Float32Array()); // → [1, -2]
 */
export function unpackElements(
  { format, shape: [out, columns], blockSize }: Pick<PackedWeight, "format" | "shape" | "blockSize">,
  bytes: Uint8Array,
  scales: Float32Array,
): Float32Array {
  const elements = new Float32Array(out * columns);
  const half = (index: number): number => bytes[2 * index]! | (bytes[2 * index + 1]! << 8);
  const table = format === "nf4" || format === "fp4" ? fourBitValues(format) : [];
  for (let i = 0; i < elements.length; i++) {
    switch (format) {
      case "bf16":
        elements[i] = fromBf16(half(i));
        break;
      case "f16":
        elements[i] = fromF16(half(i));
        break;
      case "int8":
        elements[i] = ((bytes[i]! << 24) >> 24) * (scales[Math.floor(i / columns)]! / 127);
        break;
      case "nf4":
      case "fp4": {
        const byte = bytes[i >> 1]!;
        elements[i] = table[i & 1 ? byte & 15 : byte >> 4]! * scales[Math.floor(i / blockSize)]!;
      }
    }
  }
  return elements;
}

/**
 * The weight as a float32 matrix `[out, in]`; the caller disposes of it.
 *
 * @example
 * unpackWeight(packWeight(new Float32Array([1, -2]), [1, 2], { format: "bf16" })); // → [[1, -2]]
 */
export function unpackWeight(weight: PackedWeight): tf.Tensor2D {
  if (takesRowsOnDevice()) {
    return tf.tidy(() => takeRowsOnDevice(weight, tf.range(0, weight.shape[0], 1, "int32")));
  }
  const codes = weight.codes.dataSync<"int32">();
  const bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);
  const elements = withScales(weight, (scales) =>
    unpackElements(weight, bytes, scales.dataSync<"float32">()),
  );
  return tf.tensor2d(elements, [...weight.shape]);
}

/**
 * `x Wᵀ` of x `[rows, in]`, or `x W` of x `[rows, out]` when `transposed`; without a gradient of its own. Backends
 * without a kernel for it unpack the whole weight for the time of the product.
 *
 * @throws ResidencyError E_SHAPE when x does not fit.
 * @example
 * const weight = packWeight(new Float32Array([3, 4]), [1, 2], { format: "bf16" });
 * packedMatMul(tf.tensor2d([[1, 2]]), weight, { transposed: false }); // → [[11]]
 */
export function packedMatMul(
  x: tf.Tensor2D,
  weight: PackedWeight,
  { transposed }: { transposed: boolean },
): tf.Tensor2D {
  const { format, shape, codes, blockSize } = weight;
  const [out, columns] = shape;
  const expected = transposed ? out : columns;
  if (x.shape[1] !== expected) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot multiply rows of ${x.shape[1]} by a packed weight [${out}, ${columns}]: they must have ${expected} elements`,
    );
  }
  if (!mayFuse("PackedMatMul")) return tf.matMul(x, unpackWeight(weight), false, !transposed);
  const attributes = { format, out, in: columns, blockSize, transposed };
  return runFusedKernel("PackedMatMul", ...packedCall({ x, codes }, weight, attributes))[0] as tf.Tensor2D;
}
