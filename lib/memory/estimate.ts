/** Estimates the memory of training or generation from a config.json: a ledger by component and by layer. */
import { countParameters, elementsOf, type Architecture, type ParameterShape } from "./architecture.ts";
import { generationPeak, trainingPeak } from "./engine-step.ts";
import { transformersLedger } from "./transformers-step.ts";
import type { MemoryEntry, MemoryLedger } from "./ledger.ts";
import { loraLayers } from "./lora.ts";
import type { ConfigSource } from "./model-config.ts";
import { readArchitecture } from "./read-architecture.ts";
import { resolveOptions, type EstimateMemoryOptions, type ResolvedEstimateOptions } from "./options.ts";
import { optimizerBytes, parameterBytes } from "./storage.ts";

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

/** Where the ledger puts a parameter. */
const placeOf = ({ block, kind, name }: ParameterShape): string =>
  block ?? (kind === "embedding" ? "embedding" : name.startsWith("embeddings.") ? "embedding" : "head");

/** Parameters and optimiser state of the engine, and who is trained. */
function estimateOnEngine(architecture: Architecture, options: ResolvedEstimateOptions): MemoryLedger {
  const { method, dtype, quantType, doubleQuant, optimizer, loraRank, loraDropout, targetModules } = options;
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
    dropout: true,
    trains: () => adapters === undefined,
    adapterOf: (name) => {
      const found = adapters?.get(name);
      return found && { r: loraRank, a: found.a, b: found.b, dropsOut: loraDropout > 0 };
    },
  });
}

/**
 * Estimates the most memory that is in use at once, in bytes, from a config.json or a model that offers one. For this
 * library's engine it follows every operation and its gradient, and is meant to be within a tenth of what
 * `cpuMemory().peakBytes` of `residency-cpu` measures; for Hugging Face's stack it adds up the usual formulas
 * (Korthikanti et al., 2022, for activations), whose error has not been measured here.
 *
 * Dropout keeps no masks on this library's engine, which makes them again from seeds, and costs what a single operation needs for a
 * moment; that of a config.json is counted as its models apply it in training. Not counted: what JavaScript itself holds.
 *
 * @throws ResidencyError E_CHECKPOINT for a config that cannot be read, E_CONFIG for an option outside its range,
 *   E_TARGET_MODULES for a target that names no layer.
 * @example
 * const estimate = estimateMemory(config, { method: "lora", batch: 2, seq: 256, loraRank: 8 });
 * Object.keys(estimate.byComponent).includes("optimizer"); // → true
 */
export function estimateMemory(source: ConfigSource, options: EstimateMemoryOptions): MemoryEstimate {
  const architecture = readArchitecture(source);
  const resolved = resolveOptions(options);
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
