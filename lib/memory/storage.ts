/** Bytes of stored elements: number formats, bitsandbytes' packed ones with their scales, and optimiser state. */
import { elementsOf, type ParameterShape } from "./architecture.ts";

/** How weights that are not quantised are stored. */
export type WeightDtype = "float32" | "float16" | "bfloat16";

/** How frozen linear weights are packed. */
export type QuantType = "nf4" | "fp4" | "int8";

/** Bytes of an element. */
export const dtypeBytes: Readonly<Record<WeightDtype, number>> = { float32: 4, float16: 2, bfloat16: 2 };

/** Elements that share a scale, as bitsandbytes has them: of weights, of double-quantised scales, of 8-bit states. */
const weightBlock = 64;
const scaleBlock = 256;
const stateBlock = 256;
/** Tensors below this size keep 32-bit states in bitsandbytes' 8-bit optimisers (`min_8bit_size`). */
const least8BitElements = 4096;

/**
 * Bytes of a packed matrix `[out, in]` with its scales, as bitsandbytes stores it: 4-bit codes and a float32 a block of 64
 * (0.5 bit a weight); with `double`, an 8-bit scale a block and a float32 a 256 of these (0.127 bit; Dettmers et al.,
 * 2023, section 3); int8 codes and a float32 a row.
 *
 * @param options `double` quantises the scales
 * @example
 * (packedBytes([4096, 4096], "nf4", { double: false }) / 4096 ** 2) * 8; // → 4.5
 */
export function packedBytes(
  shape: readonly number[],
  type: QuantType,
  { double }: { double: boolean },
): number {
  const elements = elementsOf(shape);
  if (type === "int8") return elements + 4 * shape[0]!;
  const blocks = Math.ceil(elements / weightBlock);
  const nested = blocks + 4 * Math.ceil(blocks / scaleBlock);
  return Math.ceil(elements / 2) + (double ? nested : 4 * blocks);
}

/** Optimisers by transformers' names (`optim` of TrainingArguments); `paged` ones may move to the host's memory. */
export type OptimizerName =
  "adamw" | "adamw_8bit" | "paged_adamw_32bit" | "paged_adamw_8bit" | "sgd" | "sgd_momentum" | "adafactor";

/** Every name of an optimiser. */
export const optimizerNames: readonly OptimizerName[] = [
  "adamw",
  "adamw_8bit",
  "paged_adamw_32bit",
  "paged_adamw_8bit",
  "sgd",
  "sgd_momentum",
  "adafactor",
];

/**
 * Bytes of an optimiser's state for one parameter. Adam keeps two moments (Kingma and Ba, 2015), in 8 bits a scale a
 * block of 256 beside each (Dettmers et al., 2022; tensors below 4096 elements stay in 32); Adafactor keeps a float32 a row
 * and a column of a matrix (Shazeer and Stern, 2018), without momentum.
 *
 * @param stateBytes bytes of one element of a state that is not in 8 bits: 4, or 2 for PyTorch's AdamW over bf16 weights
 * @example
 * optimizerBytes([1024, 1024], "adamw"); // → 8388608
 */
export function optimizerBytes(shape: readonly number[], optimizer: OptimizerName, stateBytes = 4): number {
  const elements = elementsOf(shape);
  switch (optimizer) {
    case "adamw":
      return 2 * stateBytes * elements;
    case "paged_adamw_32bit":
      return 8 * elements;
    case "adamw_8bit":
    case "paged_adamw_8bit":
      return elements < least8BitElements
        ? 8 * elements
        : 2 * (elements + 4 * Math.ceil(elements / stateBlock));
    case "sgd":
      return 0;
    case "sgd_momentum":
      return stateBytes * elements;
    case "adafactor":
      return (
        4 *
        (shape.length < 2
          ? elements
          : elements / shape[shape.length - 1]! + elements / shape[shape.length - 2]!)
      );
  }
}

/** Smaller tensors are never paged by bitsandbytes (`get_state_buffer`). */
const leastPagedElements = 100_000;

/**
 * Bytes of an optimiser's state for one parameter that bitsandbytes may move to the host's memory: the moments of paged
 * optimisers, unless the parameter is small, without the scales of 8-bit ones.
 *
 * @example
 * pageableBytes([1024, 1024], "paged_adamw_32bit"); // → 8388608
 */
export function pageableBytes(shape: readonly number[], optimizer: OptimizerName): number {
  const elements = elementsOf(shape);
  if (!optimizer.startsWith("paged") || elements < leastPagedElements) return 0;
  return (optimizer === "paged_adamw_8bit" ? 2 : 8) * elements;
}

/**
 * Bytes of one parameter of a frozen base: packed where it is a linear weight and a quantisation is wanted.
 *
 * @example
 * const parameter = { name: "q_proj.weight", shape: [1024, 1024], kind: "linear" } as const;
 * parameterBytes(parameter, { dtype: "bfloat16", doubleQuant: false }); // → 2097152
 */
export function parameterBytes(
  { shape, kind }: ParameterShape,
  {
    dtype,
    quantType,
    doubleQuant,
  }: {
    dtype: WeightDtype;
    quantType?: QuantType | undefined;
    doubleQuant: boolean;
  },
): number {
  // bitsandbytes leaves embeddings and the head alone.
  if (quantType && kind === "linear") return packedBytes(shape, quantType, { double: doubleQuant });
  return elementsOf(shape) * dtypeBytes[dtype];
}
