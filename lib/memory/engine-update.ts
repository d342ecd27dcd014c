/** What the optimisers of this library hold between two steps, and what they need while one parameter is stepped (lib/optim). */
import { elementsOf, type ParameterShape } from "./architecture.ts";
import type { MemoryEntry } from "./ledger.ts";
import { optimizerBytes, type OptimizerName } from "./storage.ts";

/**
 * Tensors of the parameter's size that a step makes beside the state, without decay: Adam's is one kernel in place; the others
 * are composed of operations that make new ones.
 */
const madeByStep: Readonly<Record<OptimizerName, number>> = {
  adamw: 0,
  adamw_8bit: 0,
  paged_adamw_32bit: 0,
  paged_adamw_8bit: 0,
  sgd: 3,
  sgd_momentum: 5,
  adafactor: 4,
};

/** The optimiser's memory for one parameter. */
export interface EngineUpdate {
  /** Stays in the backend's memory. */
  resident: number;
  /** Lies in pages outside of it between two steps. */
  paged: number;
  /** Is in the backend's memory while the parameter is stepped. */
  duringStep: MemoryEntry[];
}

/** The optimiser's memory for a parameter that `layer` holds. */
export function engineUpdate(
  { shape, kind }: Pick<ParameterShape, "shape" | "kind">,
  optimizer: OptimizerName,
  layer: string,
): EngineUpdate {
  const isPaged = optimizer.startsWith("paged");
  // Embeddings keep their moments in 32 bits (lib/optim/adamw-8bit.ts).
  const state = optimizerBytes(
    shape,
    kind === "embedding" && optimizer.endsWith("8bit") ? "adamw" : optimizer,
  );
  const made = madeByStep[optimizer] * elementsOf(shape) * 4;
  const duringStep: MemoryEntry[] = [];
  if (made > 0) duringStep.push({ component: "workspace", layer, bytes: made });
  if (isPaged) duringStep.push({ component: "optimizer", layer, bytes: state });
  return { resident: isPaged ? 0 : state, paged: isPaged ? state : 0, duringStep };
}
