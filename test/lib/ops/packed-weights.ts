/** Packed weights of seeded random codes, and their values in float64. */
import * as tf from "@tensorflow/tfjs-core";
import { fourBitValues, type PackedFormat } from "../../../lib/backends/index.ts";
import type { PackedWeight } from "../../../lib/ops/index.ts";
import { seededRandom } from "../../../lib/random.ts";

/** A weight and what it stands for. */
export interface PackedExample {
  /** Makes the tensors on the backend in use; the caller disposes of them. */
  make: () => PackedWeight;
  /** The elements, `[out, in]` one row after the other. */
  values: number[];
}

/** The value of 16 bits, by the definitions of bfloat16 and of IEEE 754's binary16. */
function halfValue(bits: number, format: "bf16" | "f16"): number {
  const [exponentBits, fractionBits, bias] = format === "bf16" ? [8, 7, 127] : [5, 10, 15];
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

/** A random weight `[out, in]`; the 16-bit formats get values of all sizes below 2, subnormal ones of f16 and zeros too. */
export function packedExample(
  format: PackedFormat,
  [out, columns]: [number, number],
  { seed = 1, blockSize = 64 }: { seed?: number; blockSize?: number } = {},
): PackedExample {
  const random = seededRandom(seed);
  const size = out * columns;
  const bytesOf = {
    bf16: 2 * size,
    f16: 2 * size,
    int8: size,
    nf4: Math.ceil(size / 2),
    fp4: Math.ceil(size / 2),
  };
  const bytes = new Uint8Array(Math.ceil(bytesOf[format] / 4) * 4);
  for (let i = 0; i < bytesOf[format]; i++) bytes[i] = random.int(256);
  const halves = new Uint16Array(bytes.buffer);
  if (format === "f16") for (let i = 0; i < size; i++) halves[i]! &= 0xbfff;
  if (format === "bf16")
    for (let i = 0; i < size; i++) halves[i] = (halves[i]! & 0x80ff) | ((110 + random.int(18)) << 7);
  const scaleCount = format === "int8" ? out : Math.ceil(size / blockSize);
  const scales = Float32Array.from({ length: scaleCount }, () => 0.25 + random.next());
  const valueAt = (i: number): number => {
    if (format === "bf16" || format === "f16") return halfValue(halves[i]!, format);
    if (format === "int8") return ((bytes[i]! << 24) >> 24) * (scales[Math.floor(i / columns)]! / 127);
    const code = i % 2 === 0 ? bytes[i >> 1]! >> 4 : bytes[i >> 1]! & 15;
    return fourBitValues(format)[code]! * scales[Math.floor(i / blockSize)]!;
  };
  return {
    values: Array.from({ length: size }, (_, i) => valueAt(i)),
    make: () => ({
      format,
      shape: [out, columns],
      codes: tf.tensor1d(new Int32Array(bytes.buffer), "int32"),
      scales: tf.tensor1d(format === "bf16" || format === "f16" ? new Float32Array(0) : scales),
      blockSize,
    }),
  };
}
