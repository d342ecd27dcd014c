/** Estimates the memory of training or generation from a config.json: a ledger by component and by layer. */
import { ResidencyError } from "../errors.ts";
import { countParameters, elementsOf, type Architecture, type ParameterShape } from "./architecture.ts";
import { generationPeak, trainingPeak } from "./engine-step.ts";
import { engineUpdate } from "./engine-update.ts";
import { transformersLedger } from "./transformers-step.ts";
import type { MemoryEntry, MemoryLedger } from "./ledger.ts";
import { loraLayers } from "./lora.ts";
import type { ConfigSource } from "./model-config.ts";
import { readArchitecture } from "./read-architecture.ts";
import { resolveOptions, type EstimateMemoryOptions, type ResolvedEstimateOptions } from "./options.ts";
import { pageableBytes, parameterBytes } from "./storage.ts";

/** An estimate: the ledger at the peak, and what it is of. */
export interface MemoryEstimate extends MemoryLedger {
  family: string;
  options: ResolvedEstimateOptions;
  /** Parameters of the model, tied ones once, and of adapters. */
  totalParameters: number;
  trainableParameters: number;
  /**
   * Bytes of `totalBytes` that may be moved to the host's memory when the GPU has no room: state of paged optimisers of
   * bitsandbytes, which pages large parameters alone. 0 on "residency".
   */
  pageableBytes: number;
  /**
   * Bytes of optimiser state that lie in pages outside of the backend's memory, and so are not of `totalBytes`: paged optimisers
   * of "residency", which have one parameter's state at a time inside. 0 on "transformers".
   */
  pagedBytes: number;
}

/** Where the ledger puts a parameter. */
const placeOf = ({ block, kind, name }: ParameterShape): string =>
  block ?? (kind === "embedding" ? "embedding" : name.startsWith("embeddings.") ? "embedding" : "head");

/** What is trained: parameters of the model, or the matrices A `[r, in]` and B `[out, r]` of adapters. */
function* trainedShapes(
  architecture: Architecture,
  { method, loraRank: r, targetModules }: ResolvedEstimateOptions,
): Generator<Pick<ParameterShape, "shape" | "kind"> & { layer: string }> {
  if (method === "inference") return;
  if (method === "full") {
    for (const parameter of architecture.parameters) yield { ...parameter, layer: placeOf(parameter) };
    return;
  }
  for (const { block: layer = "head", a, b } of loraLayers(architecture, { r, targetModules }).values()) {
    yield { shape: [r, a / r], kind: "linear", layer };
    yield { shape: [b / r, r], kind: "linear", layer };
  }
}

/** Parameters and optimiser state of the engine, and who is trained. */
function estimateOnEngine(
  architecture: Architecture,
  options: ResolvedEstimateOptions,
): { ledger: MemoryLedger; pagedBytes: number } {
  const { method, dtype, quantType, doubleQuant, optimizer, loraRank, loraDropout, targetModules } = options;
  const packsTables = dtype !== "float32";
  if (packsTables && !quantType && architecture.family === "gpt2") {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot estimate a gpt2 model with dtype "${dtype}" on this library's engine, which holds its Conv1D layers in float32 or in 4 ` +
        'or 8 bits: leave dtype out, or set quantType or implementation: "transformers"',
    );
  }
  const resident: MemoryEntry[] = [];
  const updates: MemoryEntry[] = [];
  let pagedBytes = 0;
  const hold = (component: MemoryEntry["component"], layer: string, bytes: number): void => {
    resident.push({ component, layer, bytes });
  };
  for (const parameter of architecture.parameters) {
    // Matrices alone can stay packed; norms are multiplied and biases added in float32.
    const isMatrix = ["linear", "head", "embedding"].includes(parameter.kind);
    const packing = {
      dtype: isMatrix ? dtype : "float32",
      quantType,
      doubleQuant,
    } as const;
    hold("parameters", placeOf(parameter), parameterBytes(parameter, packing));
  }
  for (const trained of trainedShapes(architecture, options)) {
    const { shape, layer } = trained;
    if (method !== "full") hold("parameters", layer, elementsOf(shape) * 4);
    const update = engineUpdate(trained, optimizer, layer);
    hold("optimizer", layer, update.resident);
    updates.push(...update.duringStep);
    pagedBytes += update.paged;
  }
  if (method === "inference") {
    const { batch, seq, maxNewTokens: newTokens } = options;
    return {
      ledger: generationPeak(architecture, { resident, packsTables, batch, seq, newTokens }),
      pagedBytes,
    };
  }
  const adapters = method === "full" ? undefined : loraLayers(architecture, { r: loraRank, targetModules });
  const { batch, seq, trainedTokens, checkpointing, gradientAccumulationSteps } = options;
  const ledger = trainingPeak(architecture, {
    resident,
    updates,
    batch,
    seq,
    trainedTokens,
    checkpointing,
    accumulation: gradientAccumulationSteps,
    packsTables,
    dropout: true,
    trains: () => adapters === undefined,
    adapterOf: (name) => {
      const found = adapters?.get(name);
      return found && { r: loraRank, a: found.a, b: found.b, dropsOut: loraDropout > 0 };
    },
  });
  return { ledger, pagedBytes };
}

/**
 * Estimates the most memory that is in use at once, in bytes, from a config.json or a model that offers one. For this
 * library's engine it follows every operation and its gradient, and is meant to be within a tenth of what
 * `cpuMemory().peakBytes` of `residency-cpu` measures; for Hugging Face's stack it adds up the usual formulas
 * (Korthikanti et al., 2022, for activations), whose error has not been measured here.
 *
 * Dropout keeps no masks on this library's engine, which makes them again from seeds, and costs what a single operation needs for a
 * moment; that of a config.json is counted as its models apply it in training. Not counted: what JavaScript itself holds, the
 * pages of optimisers among it (`pagedBytes`).
 *
 * @throws ResidencyError E_CHECKPOINT for a config that cannot be read, E_CONFIG for an option outside its range, or a dtype that
 *   the engine cannot hold the model in,
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
  const isOurs = resolved.implementation === "residency";
  const { ledger, pagedBytes } = isOurs
    ? estimateOnEngine(architecture, resolved)
    : { ledger: transformersLedger(architecture, resolved), pagedBytes: 0 };
  let pageable = 0;
  if (!isOurs)
    for (const { shape } of trainedShapes(architecture, resolved))
      pageable += pageableBytes(shape, optimizer);
  return {
    ...ledger,
    family: architecture.family,
    options: resolved,
    totalParameters: total + added,
    trainableParameters: isAdapted ? added : method === "full" ? total : 0,
    pageableBytes: pageable,
    pagedBytes,
  };
}
