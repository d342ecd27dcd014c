/** The ledger of Hugging Face's stack (transformers, PEFT, bitsandbytes) on one GPU, by the usual formulas. */
import { elementsOf, type Architecture, type ParameterShape } from "./architecture.ts";
import type { ResolvedEstimateOptions } from "./options.ts";
import { cacheBytesPerToken, korthikantiActivations, logitsBytes } from "./korthikanti.ts";
import { makeLedger, type MemoryComponent, type MemoryEntry, type MemoryLedger } from "./ledger.ts";
import { loraLayers } from "./lora.ts";
import { dtypeBytes, optimizerBytes, parameterBytes } from "./storage.ts";

/** Bytes a parameter that is trained takes: its weight, its gradient and the optimiser's state. */
interface Trained {
  weight: number;
  gradient: number;
  optimizer: number;
}

function trainedBytes(shape: readonly number[], options: ResolvedEstimateOptions): Trained {
  const { dtype, optimizer, mixedPrecision } = options;
  const elements = elementsOf(shape);
  const width = dtypeBytes[dtype];
  switch (mixedPrecision) {
    case "none":
      // torch.optim.AdamW keeps its moments in the dtype of the parameters.
      return {
        weight: width * elements,
        gradient: width * elements,
        optimizer: optimizerBytes(shape, optimizer, width),
      };
    case "master":
      return {
        weight: width * elements,
        gradient: width * elements,
        optimizer: 4 * elements + optimizerBytes(shape, optimizer),
      };
    case "autocast":
      return {
        weight: (4 + width) * elements,
        gradient: 4 * elements,
        optimizer: optimizerBytes(shape, optimizer),
      };
  }
}

const placeOf = ({ block, kind, name }: ParameterShape): string =>
  block ?? (kind === "embedding" || name.startsWith("embeddings.") ? "embedding" : "head");

/** The sum of weights, gradients, optimiser state, activations, logits, cache and workspace, in bytes. */
export function transformersLedger(
  architecture: Architecture,
  options: ResolvedEstimateOptions,
): MemoryLedger {
  const { sizes, parameters } = architecture;
  const { method, dtype, quantType, doubleQuant, batch, seq, checkpointing, attention } = options;
  const entries: MemoryEntry[] = [];
  const add = (component: MemoryComponent, layer: string, bytes: number): void => {
    entries.push({ component, layer, bytes });
  };
  for (const parameter of parameters) {
    const layer = placeOf(parameter);
    if (method === "full") {
      const { weight, gradient, optimizer } = trainedBytes(parameter.shape, options);
      add("parameters", layer, weight);
      add("gradients", layer, gradient);
      add("optimizer", layer, optimizer);
    } else {
      add("parameters", layer, parameterBytes(parameter, { dtype, quantType, doubleQuant }));
    }
  }
  if (method === "lora" || method === "qlora") {
    const { loraRank: r, targetModules } = options;
    for (const { block, a, b } of loraLayers(architecture, { r, targetModules }).values()) {
      for (const shape of [
        [r, a / r],
        [b / r, r],
      ]) {
        // PEFT keeps adapters in float32 (autocast_adapter_dtype).
        add("parameters", block ?? "head", 4 * elementsOf(shape));
        add("gradients", block ?? "head", 4 * elementsOf(shape));
        add("optimizer", block ?? "head", optimizerBytes(shape, options.optimizer));
      }
    }
  }
  const width = dtypeBytes[dtype];
  const blocks = [...new Set(parameters.flatMap(({ block }) => (block === undefined ? [] : [block])))];
  // The formulas count 2 bytes an element.
  const scale = width / 2;
  const ofOneBlock = (recompute: "none" | "selective" | "full"): number =>
    scale * korthikantiActivations({ ...sizes, layers: 1 }, { batch, seq, recompute });
  const recompute = attention === "eager" ? "none" : "selective";
  if (quantType) {
    const largest = Math.max(
      ...parameters.filter(({ kind }) => kind === "linear").map(({ shape }) => elementsOf(shape)),
    );
    // The layer at hand is unpacked for its product.
    add("workspace", "step", largest * width);
  }
  if (method === "inference") {
    const tokens = batch * (seq + options.maxNewTokens);
    for (const block of blocks) {
      add("cache", block, tokens * cacheBytesPerToken({ ...sizes, layers: 1 }, width));
    }
    // One block's input, output and feed-forward live at once.
    add("activations", "step", batch * seq * width * (4 * sizes.hidden + 2 * sizes.intermediate));
    // Of the last position alone, in the weights' dtype and in float32 for sampling.
    add("logits", "head", logitsBytes(sizes, { batch, seq: 1, elementBytes: width + 4 }));
    return makeLedger(entries, "reading the prompt");
  }
  for (const block of blocks) add("activations", block, ofOneBlock(checkpointing ? "full" : recompute));
  if (checkpointing) add("activations", "step", ofOneBlock(recompute));
  // The head's output, its float32 copy and the gradient of that.
  add("logits", "head", logitsBytes(sizes, { batch, seq, elementBytes: width === 4 ? 8 : width + 8 }));
  return makeLedger(entries, "backward, with the logits' gradient");
}
