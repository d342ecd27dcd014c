/** The options of an estimate, checked once. */
import { ResidencyError } from "../errors.ts";
import {
  dtypeBytes,
  optimizerNames,
  type OptimizerName,
  type QuantType,
  type WeightDtype,
} from "./storage.ts";

/** What is done with the model. */
export type MemoryMethod = "full" | "lora" | "qlora" | "inference";

/** Every {@link MemoryMethod}: training, dearest first, then inference. */
export const memoryMethods: readonly MemoryMethod[] = ["full", "lora", "qlora", "inference"];

/** Options of {@link estimateMemory}. */
export interface EstimateMemoryOptions {
  method: MemoryMethod;
  /**
   * Whose memory is estimated: this library's engine on `residency-cpu`, operation by operation, or Hugging Face's stack
   * on a GPU, by the usual formulas. "residency" when left out.
   */
  implementation?: "residency" | "transformers";
  /**
   * How weights that are not quantised are stored; float32 when left out, bfloat16 for "transformers". This library holds
   * matrices alone in 16 bits, embeddings among them; biases and norms stay in float32.
   */
  dtype?: WeightDtype;
  /** How "qlora" packs the linear layers; "nf4" when left out. Of "inference", the weights stay as `dtype` without it. */
  quantType?: QuantType;
  /**
   * Whether the scales of 4-bit weights are quantised too, which takes 4.127 bits a weight in place of 4.5; true for "qlora" on
   * "transformers" when left out, else false, as `BitsAndBytesConfig` has it.
   */
  doubleQuant?: boolean;
  /** "adamw" when left out. */
  optimizer?: OptimizerName;
  /**
   * Of "full" on "transformers": "none" keeps everything in `dtype`; "master" adds float32 weights and moments to the
   * optimiser (12 bytes a parameter); "autocast" keeps float32 weights and gradients and a copy of the weights in `dtype`.
   */
  mixedPrecision?: "none" | "master" | "autocast";
  /** Rows of a batch; 1 when left out. */
  batch?: number;
  /** Tokens a row, of the prompt for "inference"; 512 when left out. */
  seq?: number;
  /** Tokens generated behind the prompt by "inference"; 20 when left out, as in generation. */
  maxNewTokens?: number;
  /** Positions trained on over the batch; all but the last of each row when left out. */
  trainedTokens?: number;
  /** Whether each block keeps its input alone (gradient checkpointing). */
  checkpointing?: boolean;
  /** Micro-batches a step; 1 when left out. */
  gradientAccumulationSteps?: number;
  /** The rank of LoRA; 8 when left out. */
  loraRank?: number;
  /** The share that LoRA leaves out of its input in training; 0 when left out. */
  loraDropout?: number;
  /** The linear layers that get an adapter; "all-linear" when left out. */
  targetModules?: readonly string[] | "all-linear";
  /** Attention on "transformers": "flash" (and sdpa) never holds the scores, "eager" does. "flash" when left out. */
  attention?: "flash" | "eager";
}

/** Options with every default in place. */
export type ResolvedEstimateOptions = Required<Omit<EstimateMemoryOptions, "quantType">> & {
  quantType: QuantType | undefined;
};

function refuse(what: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot estimate memory with ${what}`);
}

/**
 * Options with defaults in place.
 *
 * @throws ResidencyError E_CONFIG for a value outside its range, or values that contradict each other.
 */
export function resolveOptions(options: EstimateMemoryOptions): ResolvedEstimateOptions {
  const { method, implementation = "residency" } = options;
  if (!memoryMethods.includes(method)) {
    refuse(`method ${JSON.stringify(method)}: the methods are ${memoryMethods.join(", ")}`);
  }
  const isOurs = implementation === "residency";
  const resolved: ResolvedEstimateOptions = {
    method,
    implementation,
    dtype: options.dtype ?? (isOurs ? "float32" : "bfloat16"),
    quantType: options.quantType ?? (method === "qlora" ? "nf4" : undefined),
    doubleQuant: options.doubleQuant ?? (!isOurs && method === "qlora"),
    optimizer: options.optimizer ?? "adamw",
    mixedPrecision: options.mixedPrecision ?? "none",
    batch: options.batch ?? 1,
    seq: options.seq ?? 512,
    maxNewTokens: options.maxNewTokens ?? 20,
    trainedTokens: options.trainedTokens ?? 0,
    checkpointing: options.checkpointing ?? false,
    gradientAccumulationSteps: options.gradientAccumulationSteps ?? 1,
    loraRank: options.loraRank ?? 8,
    loraDropout: options.loraDropout ?? 0,
    targetModules: options.targetModules ?? "all-linear",
    attention: options.attention ?? "flash",
  };
  const choices: [name: string, value: string, allowed: readonly string[]][] = [
    ["implementation", implementation, ["residency", "transformers"]],
    ["dtype", resolved.dtype, Object.keys(dtypeBytes)],
    ["quantType", resolved.quantType ?? "nf4", ["nf4", "fp4", "int8"]],
    ["mixedPrecision", resolved.mixedPrecision, ["none", "master", "autocast"]],
    ["attention", resolved.attention, ["flash", "eager"]],
    ["optimizer", resolved.optimizer, optimizerNames],
  ];
  for (const [name, value, allowed] of choices) {
    if (!allowed.includes(value)) {
      refuse(`${name} ${JSON.stringify(value)}: it must be one of ${allowed.join(", ")}`);
    }
  }
  for (const name of ["batch", "seq", "maxNewTokens", "gradientAccumulationSteps", "loraRank"] as const) {
    const value = resolved[name];
    if (!(Number.isInteger(value) && value >= 1 && value <= 2 ** 26)) {
      refuse(`${name} ${value}: it must be a whole number from 1 to 2^26`);
    }
  }
  if (!(resolved.loraDropout >= 0 && resolved.loraDropout < 1)) {
    refuse(`loraDropout ${resolved.loraDropout}: it must be at least 0 and below 1`);
  }
  const predicted = resolved.batch * Math.max(1, resolved.seq - 1);
  resolved.trainedTokens = options.trainedTokens ?? predicted;
  const { trainedTokens, quantType, mixedPrecision } = resolved;
  if (!(Number.isInteger(trainedTokens) && trainedTokens >= 1 && trainedTokens <= predicted)) {
    refuse(
      `trainedTokens ${trainedTokens}: it must be from 1 to ${predicted}, the positions that predict a token`,
    );
  }
  if (quantType && (method === "full" || method === "lora")) {
    refuse(
      `quantType "${quantType}" and method "${method}": packed weights are frozen, so that it must be "qlora" or "inference"`,
    );
  }
  if (mixedPrecision !== "none" && (isOurs || method !== "full")) {
    refuse(`mixedPrecision "${mixedPrecision}": it is of method "full" on implementation "transformers"`);
  }
  if (isOurs && resolved.dtype !== "float32" && method === "full") {
    refuse(
      `dtype "${resolved.dtype}" and method "full": this library trains float32 weights; leave dtype out`,
    );
  }
  return resolved;
}
