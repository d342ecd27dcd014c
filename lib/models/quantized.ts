/** Quantised models: which weights are packed, and checkpoints that bitsandbytes has packed already. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { RawTensor } from "../formats/index.ts";
import {
  Conv1D,
  Embedding,
  Linear,
  packedFromFourBit,
  packedFromInt8,
  packWeight,
  type Module,
  type Parameter,
} from "../nn/index.ts";
import type { NestedScales, PackedWeight } from "../ops/index.ts";
import {
  decodeFourBit,
  encodeFourBit,
  fourBitPartOf,
  type BitsAndBytesConfig,
  type FourBitCodes,
  type Packing,
  type NestedAbsmax,
} from "../quant/index.ts";

/** How parameters are to be packed. */
export type Packings = ReadonlyMap<Parameter, Packing>;

/** A tensor of a checkpoint with its bytes. */
interface StoredTensor extends RawTensor {
  readonly values: Float32Array;
}

/**
 * The weights of linear layers that a config quantises; a head that is tied to the embedding takes it along.
 *
 * @throws ResidencyError E_CONFIG for a Conv1D, which `replaceConv1D` has to replace first.
 * @example
 * quantizedWeights(model, new BitsAndBytesConfig({ loadIn4bit: true })).size; // → 42
 */
export function quantizedWeights(model: Module, config: BitsAndBytesConfig): Map<Parameter, Packing> {
  const found = new Map<Parameter, Packing>();
  for (const [name, module] of model.namedModules()) {
    if (module instanceof Conv1D && !config.skips(name)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot quantise ${name}, a Conv1D with its weight as [in, out]: load the model with quantizationConfig, or call ` +
          "replaceConv1D before",
      );
    }
    if (module instanceof Linear && !config.skips(name)) found.set(module.weight, config.packing);
  }
  return found;
}

/**
 * The weights of linear layers and embeddings as 16-bit numbers.
 *
 * @throws ResidencyError E_CONFIG for a Conv1D.
 */
export function halfWeights(model: Module, format: "bf16" | "f16"): Map<Parameter, Packing> {
  const found = new Map<Parameter, Packing>();
  for (const [name, module] of model.namedModules()) {
    if (module instanceof Conv1D) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot hold ${name}, a Conv1D with its weight as [in, out], in ${format}: load the model with the dtype "float32", ` +
          "or in 4 or 8 bits with quantizationConfig",
      );
    }
    if (module instanceof Linear || module instanceof Embedding) found.set(module.weight, { format });
  }
  return found;
}

/** How the weights of a model are held that is loaded with these options. */
export interface HoldingOptions {
  /**
   * The type that the weights of linear layers and embeddings are held in where they are not quantised: 16-bit ones are
   * frozen and unpacked inside each product. "float32" when left out, whatever the checkpoint stores.
   */
  dtype?: "float32" | "bfloat16" | "float16";
  /** Quantises the linear layers. */
  quantizationConfig?: BitsAndBytesConfig;
}

/**
 * The packing of every weight that is not held in float32: quantised ones first, and in 16 bits what these leave, which is
 * the embedding, and the head where it has a weight of its own.
 *
 * @throws ResidencyError E_CONFIG for a Conv1D that would have to be packed.
 * @example
 * const quantizationConfig = new BitsAndBytesConfig({ loadIn4bit: true });
 * const halves = weightPackings(model, { dtype: "bfloat16", quantizationConfig }).size;
 * halves - quantizedWeights(model, quantizationConfig).size; // → 1
 */
export function weightPackings(
  model: Module,
  { dtype = "float32", quantizationConfig }: HoldingOptions,
): Map<Parameter, Packing> {
  const quantized = quantizationConfig ? quantizedWeights(model, quantizationConfig) : [];
  const halves = dtype === "float32" ? [] : halfWeights(model, dtype === "bfloat16" ? "bf16" : "f16");
  return new Map([...halves, ...quantized]);
}

/** Gives a parameter values that it takes over packed where that is wanted, else as float32. */
export function assignValues(parameter: Parameter, values: Float32Array, packing: Packing | undefined): void {
  if (packing) parameter.assignPacked(packWeight(values, parameter.shape as [number, number], packing));
  else parameter.assign(tf.tensor(values, [...parameter.shape], "float32"));
}

/**
 * Packs a parameter that has its values, where that is wanted and not done yet.
 *
 * @example
 * const weight = new Parameter([2, 64]);
 * weight.assign(tf.ones([2, 64]));
 * packParameter(weight, { format: "nf4", blockSize: 64 });
 * weight.packed?.format; // → "nf4"
 */
export function packParameter(parameter: Parameter, packing: Packing | undefined): void {
  if (!packing || parameter.packed) return;
  assignValues(parameter, parameter.value.dataSync<"float32">(), packing);
}

/** Whether nothing of a packed weight is missing that its other parts ask for. */
function isComplete(parts: ReadonlyMap<string, RawTensor>): boolean {
  if (parts.get("")?.dtype === "I8") return parts.has("SCB");
  const nested = parts.get("absmax")?.dtype === "U8" ? ["nested_absmax", "nested_quant_map"] : [];
  const needed = ["", "absmax", "quant_map", ...nested];
  return (
    needed.every((part) => parts.has(part)) &&
    [...parts.keys()].some((part) => part.startsWith("quant_state."))
  );
}

function completeInt8(name: string, parts: ReadonlyMap<string, RawTensor>): PackedWeight {
  const codes = parts.get("")!;
  const scales = parts.get("SCB");
  const [rows, columns] = codes.shape;
  if (codes.shape.length !== 2 || scales?.dtype !== "F32" || scales.bytes.length !== 4 * rows!) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot read the 8-bit weight ${name}: it needs a matrix of codes and an SCB of one F32 a row`,
    );
  }
  return packedFromInt8(codes.bytes, [rows!, columns!], new Float32Array(scales.bytes.slice().buffer));
}

/** The packed weight that a tensor belongs to, and as which part; undefined for a tensor of its own. */
function packedPartOf(name: string, { dtype }: RawTensor): { weight: string; part: string } | undefined {
  const part = fourBitPartOf(name);
  if (part) return part;
  if (name.endsWith(".SCB")) return { weight: name.replace(/SCB$/, "weight"), part: "SCB" };
  const isPackedType = dtype === "U8" || dtype === "I8";
  return isPackedType && name.endsWith(".weight") ? { weight: name, part: "" } : undefined;
}

/**
 * Puts the tensors of packed weights together, which may come in any order; all others pass as they are.
 *
 * @throws ResidencyError E_CHECKPOINT for a packed weight that is not complete.
 */
export function* gatherPacked(
  tensors: Iterable<[string, StoredTensor]>,
): Generator<[string, StoredTensor | PackedWeight]> {
  const waiting = new Map<string, Map<string, RawTensor>>();
  const assembled = (name: string, parts: ReadonlyMap<string, RawTensor>): PackedWeight =>
    parts.get("")?.dtype === "I8" ? completeInt8(name, parts) : packedFromFourBit(decodeFourBit(name, parts));
  for (const [name, tensor] of tensors) {
    // Says how the processor that saved an 8-bit weight lays it out; in files it is in rows.
    if (name.endsWith(".weight_format")) continue;
    const found = packedPartOf(name, tensor);
    if (!found) {
      yield [name, tensor];
      continue;
    }
    const parts = waiting.get(found.weight) ?? new Map<string, RawTensor>();
    waiting.set(found.weight, parts.set(found.part, tensor));
    if (!isComplete(parts)) continue;
    waiting.delete(found.weight);
    yield [found.weight, assembled(found.weight, parts)];
  }
  for (const [name, parts] of waiting) yield [name, assembled(name, parts)];
}

/** Nested scales as files have them. */
async function storedNested({ codes, absmax, count, ...rest }: NestedScales): Promise<NestedAbsmax> {
  const words = await codes.data<"int32">();
  return {
    ...rest,
    codes: new Uint8Array(words.buffer, words.byteOffset, count).slice(),
    absmax: (await absmax.data<"float32">()).slice(),
  };
}

/** The tensors that bitsandbytes would store for a packed weight; 16-bit weights are stored as such. */
export async function packedTensors(
  name: string,
  { packed, shape }: Parameter,
): Promise<Record<string, RawTensor>> {
  const { codes, scales, format, blockSize, nested } = packed!;
  const words = await codes.data<"int32">();
  const length = shape.reduce((size, extent) => size * extent, 1);
  const bytesOf = (count: number): Uint8Array =>
    new Uint8Array(words.buffer, words.byteOffset, count).slice();
  const absmax = await scales.data<"float32">();
  switch (format) {
    case "bf16":
    case "f16":
      return { [name]: { shape, dtype: format === "bf16" ? "BF16" : "F16", bytes: bytesOf(2 * length) } };
    case "int8": {
      const bytes = new Uint8Array(absmax.slice().buffer);
      return {
        [name]: { shape, dtype: "I8", bytes: bytesOf(length) },
        [name.replace(/weight$/, "SCB")]: { shape: [absmax.length], dtype: "F32", bytes },
      };
    }
    case "nf4":
    case "fp4": {
      const stored: FourBitCodes = {
        quantType: format,
        blockSize,
        length,
        packed: bytesOf(Math.ceil(length / 2)),
        absmax: absmax.slice(),
      };
      return encodeFourBit(
        name,
        { codes: stored, shape },
        { nested: nested && (await storedNested(nested)) },
      );
    }
  }
}
