/** `accelerate estimate-memory` of Hugging Face, reproduced to the digit. */
import { countParameters, elementsOf, type Architecture } from "./architecture.ts";
import type { ConfigSource } from "./model-config.ts";
import { readArchitecture } from "./read-architecture.ts";

/** The number formats that accelerate estimates. */
export type AccelerateDtype = "float32" | "float16" | "int8" | "int4";

/** A row of accelerate's table, in bytes. */
export interface AccelerateEstimate {
  dtype: AccelerateDtype;
  /** The largest module that is not split over devices: an embedding, a block or the head. */
  largestLayer: number;
  /** Parameters and buffers. */
  total: number;
  /** The peak of a step with Adam; undefined for int8 and int4, where accelerate says N/A. */
  trainingWithAdam: number | undefined;
}

const divisors: Readonly<Record<AccelerateDtype, number>> = { float32: 1, float16: 2, int8: 4, int4: 8 };

/** Bytes of float32 parameters and buffers, from which every row starts. */
export function float32Bytes(architecture: Architecture): number {
  return 4 * countParameters(architecture) + architecture.bufferBytes;
}

/** The bytes of the largest module that accelerate keeps whole. */
function largestLayerBytes({ parameters, family, bufferBytes }: Architecture): number {
  const modules = new Map<string, number>();
  for (const { name, shape, block } of parameters) {
    // BertEmbeddings is one of the modules that are not split; elsewhere the embedding is a module of its own.
    const module =
      block ?? (family === "bert" ? name.slice(0, name.indexOf(".")) : name.slice(0, name.lastIndexOf(".")));
    modules.set(module, (modules.get(module) ?? 0) + 4 * elementsOf(shape));
  }
  if (family === "bert") modules.set("embeddings", modules.get("embeddings")! + bufferBytes);
  return Math.max(...modules.values());
}

/**
 * The rows of `accelerate estimate-memory`: float32 bytes of parameters and buffers over 1, 2, 4 and 8. Training takes the
 * largest of model, gradients, optimiser and step: four times float32; twice float32 for float16, whose weights,
 * gradients and moments are mixed; none for int8 and int4 (accelerate 1.15, commands/estimate.py).
 *
 * @throws ResidencyError E_CHECKPOINT for a config that cannot be read.
 * @example
 * accelerateEstimate(config)[0]?.dtype; // → "float32"
 */
export function accelerateEstimate(source: ConfigSource): AccelerateEstimate[] {
  const architecture = readArchitecture(source);
  const full = float32Bytes(architecture);
  const largest = largestLayerBytes(architecture);
  return (Object.keys(divisors) as AccelerateDtype[]).map((dtype) => ({
    dtype,
    largestLayer: largest / divisors[dtype],
    total: full / divisors[dtype],
    trainingWithAdam: dtype === "float32" ? 4 * full : dtype === "float16" ? 2 * full : undefined,
  }));
}

/**
 * Bytes as accelerate prints them: units of 1024 called KB, MB, GB, two digits, at least one.
 *
 * @example
 * formatAccelerateBytes(3 * 1024 ** 3); // → "3.0 GB"
 */
export function formatAccelerateBytes(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  const rounded = Math.round(size * 100) / 100;
  return `${Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded)} ${units[unit]}`;
}
