/** Estimates the memory of training or generation from a config.json: a ledger by component and by layer. */
import { ResidencyError } from "../errors.ts";
import { countParameters, elementsOf, type Architecture, type ParameterShape } from "./architecture.ts";
import { generationPeak, trainingPeak } from "./engine-step.ts";
import { transformersLedger } from "./transformers-step.ts";
import type { MemoryEntry, MemoryLedger } from "./ledger.ts";
import { loraLayers } from "./lora.ts";
import type { ConfigSource } from "./model-config.ts";
import { readArchitecture } from "./read-architecture.ts";
import {
  optimizerBytes,
  optimizerNames,
  parameterBytes,
  type OptimizerName,
  type QuantType,
  type WeightDtype,
} from "./storage.ts";

/** What is done with the model. */
export type MemoryMethod = "full" | "lora" | "qlora" | "inference";

/** Every {@link MemoryMethod}, dearest first. */
export const memoryMethods: readonly MemoryMethod[] = ["full", "lora", "qlora", "inference"];

/** Options of {@link estimateMemory}. */
export interface EstimateMemoryOptions {
  method: MemoryMethod;
  /**
   * Whose memory is estimated: this library's engine on `residency-cpu`, operation by operation, or Hugging Face's stack
   * on a GPU, by the usual formulas. "residency" when left out.
   */
  implementation?: "residency" | "transformers";
  /** How weights that are not quantised are stored; float32 when left out, bfloat16 for "transformers". */
  dtype?: WeightDtype;
  /** How "qlora" packs the linear layers; "nf4" when left out. Of "inference", the weights stay as `dtype` without it. */
  quantType?: QuantType;
  /** Whether the scales of 4-bit weights are quantised too; true for "qlora" on "transformers" when left out, else false. */
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
  /** The linear layers that get an adapter; "all-linear" when left out. */
  targetModules?: readonly string[] | "all-linear";
  /** Attention on "transformers": "flash" (and sdpa) never holds the scores, "eager" does. "flash" when left out. */
  attention?: "flash" | "eager";
}

/** Options with every default in place. */
export type ResolvedEstimateOptions = Required<Omit<EstimateMemoryOptions, "quantType">> & {
  quantType: QuantType | undefined;
};

/** An estimate: the ledger at the peak, and what it is of. */
export interface MemoryEstimate extends MemoryLedger {
  family: string;
  options: ResolvedEstimateOptions;
  /** Parameters of the model, tied ones once, and of adapters. */
  totalParameters: number;
  trainableParameters: number;
  /** Bytes of optimiser state that may be moved to the host's memory (paged optimisers). */
  pageableBytes: number;
}

function refuse(what: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot estimate memory with ${what}`);
}

function resolve(options: EstimateMemoryOptions): ResolvedEstimateOptions {
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
    targetModules: options.targetModules ?? "all-linear",
    attention: options.attention ?? "flash",
  };
  for (const name of ["batch", "seq", "maxNewTokens", "gradientAccumulationSteps", "loraRank"] as const) {
    const value = resolved[name];
    if (!(Number.isInteger(value) && value >= 1 && value <= 2 ** 26)) {
      refuse(`${name} ${value}: it must be a whole number from 1 to 2^26`);
    }
  }
  const predicted = resolved.batch * Math.max(1, resolved.seq - 1);
  resolved.trainedTokens = options.trainedTokens ?? predicted;
  const { trainedTokens, optimizer, quantType, mixedPrecision } = resolved;
  if (!(Number.isInteger(trainedTokens) && trainedTokens >= 1 && trainedTokens <= predicted)) {
    refuse(
      `trainedTokens ${trainedTokens}: it must be from 1 to ${predicted}, the positions that predict a token`,
    );
  }
  if (!optimizerNames.includes(optimizer)) {
    refuse(`optimizer ${JSON.stringify(optimizer)}: the optimisers are ${optimizerNames.join(", ")}`);
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

/** Where the ledger puts a parameter. */
const placeOf = ({ block, kind, name }: ParameterShape): string =>
  block ?? (kind === "embedding" ? "embedding" : name.startsWith("embeddings.") ? "embedding" : "head");

/** Parameters and optimiser state of the engine, and who is trained. */
function estimateOnEngine(architecture: Architecture, options: ResolvedEstimateOptions): MemoryLedger {
  const { method, dtype, quantType, doubleQuant, optimizer, loraRank, targetModules } = options;
  const resident: MemoryEntry[] = [];
  const hold = (component: MemoryEntry["component"], layer: string, bytes: number): void => {
    resident.push({ component, layer, bytes });
  };
  for (const parameter of architecture.parameters) {
    // Matrices alone can stay packed; embeddings are looked up and norms multiplied in float32.
    const isPacked = parameter.kind === "linear" || parameter.kind === "head";
    const stored = isPacked ? dtype : "float32";
    hold(
      "parameters",
      placeOf(parameter),
      parameterBytes(parameter, { dtype: stored, quantType, doubleQuant }),
    );
    if (method === "full") hold("optimizer", placeOf(parameter), optimizerBytes(parameter.shape, optimizer));
  }
  if (method === "inference") {
    const { batch, seq, maxNewTokens: newTokens } = options;
    return generationPeak(architecture, { resident, batch, seq, newTokens });
  }
  const adapters = method === "full" ? undefined : loraLayers(architecture, { r: loraRank, targetModules });
  for (const { block, a, b } of adapters?.values() ?? []) {
    for (const shape of [
      [loraRank, a / loraRank],
      [b / loraRank, loraRank],
    ]) {
      hold("parameters", block ?? "head", elementsOf(shape) * 4);
      hold("optimizer", block ?? "head", optimizerBytes(shape, optimizer));
    }
  }
  const { batch, seq, trainedTokens, checkpointing, gradientAccumulationSteps } = options;
  return trainingPeak(architecture, {
    resident,
    batch,
    seq,
    trainedTokens,
    checkpointing,
    accumulation: gradientAccumulationSteps,
    trains: () => adapters === undefined,
    adapterOf: (name) => {
      const found = adapters?.get(name);
      return found && { r: loraRank, a: found.a, b: found.b };
    },
  });
}

/**
 * Estimates the most memory that is in use at once, in bytes, from a config.json or a model that offers one. For this
 * library's engine it follows every operation and its gradient, and is meant to be within a tenth of what
 * `cpuMemory().peakBytes` of `residency-cpu` measures; for Hugging Face's stack it adds up the usual formulas
 * (Korthikanti et al., 2022, for activations), which is right to a fifth or so.
 *
 * Not counted: dropout of LoRA, and what JavaScript itself holds.
 *
 * @throws ResidencyError E_CHECKPOINT for a config that cannot be read, E_CONFIG for an option outside its range,
 *   E_TARGET_MODULES for a target that names no layer.
 * @example
 * const { totalBytes, byComponent } = estimateMemory(config, { method: "lora", batch: 2, seq: 256, loraRank: 8 });
 */
export function estimateMemory(source: ConfigSource, options: EstimateMemoryOptions): MemoryEstimate {
  const architecture = readArchitecture(source);
  const resolved = resolve(options);
  const { method, optimizer, loraRank: r, targetModules } = resolved;
  const total = countParameters(architecture);
  const isAdapted = method === "lora" || method === "qlora";
  let added = 0;
  if (isAdapted)
    for (const { a, b } of loraLayers(architecture, { r, targetModules }).values()) added += a + b;
  const ledger =
    resolved.implementation === "residency"
      ? estimateOnEngine(architecture, resolved)
      : transformersLedger(architecture, resolved);
  return {
    ...ledger,
    family: architecture.family,
    options: resolved,
    totalParameters: total + added,
    trainableParameters: isAdapted ? added : method === "full" ? total : 0,
    pageableBytes: optimizer.startsWith("paged") ? ledger.byComponent.optimizer : 0,
  };
}
