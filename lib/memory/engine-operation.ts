/** One operation of a pass, and what it keeps for the backward pass, as `lib/ops` runs it. */
import type { MemoryComponent } from "./ledger.ts";

/** A tensor between two operations. */
export interface Value {
  bytes: number;
  /** Whether a trained parameter lies on the way to it, so that it gets a gradient. */
  isTrained: boolean;
}

/** Memory that an operation makes for itself. */
export interface Made {
  component: MemoryComponent;
  bytes: number;
}

/** One operation. */
export interface Operation {
  layer: string;
  /** The tensors whose gradients the backward pass computes. */
  inputs: readonly Value[];
  output: Value;
  /** What the output counts as. */
  outputComponent: MemoryComponent;
  /** Tensors of others that are kept for the backward pass. */
  keeps: readonly Value[];
  /** What it makes and keeps for the backward pass. */
  makes: readonly Made[];
  /** What it needs only while it runs forward, and only while it runs backward. */
  forwardScratch: readonly Made[];
  backwardScratch: number;
  /** Gradients of trained parameters, bytes by name. */
  gradients: Readonly<Record<string, number>>;
  /** `clone`: its gradients are its output's. `tfjs`: an operation of tfjs itself, which keeps all until the pass ends. */
  kind: "own" | "clone" | "tfjs";
  /** Whether generation puts the output into the key/value cache. */
  isCached: boolean;
  /** The operations of a checkpointed block, of which only the input is kept. */
  inner?: readonly Operation[];
  /** Of the last operation of a block: what the block was given, and gives back at its end. */
  blockInput?: Value;
}

/** An operation with what is usual left out. */
export function operation(
  part: Pick<Operation, "layer" | "inputs"> & { bytes: number } & Partial<Operation>,
): Operation {
  const { bytes, ...given } = part;
  const gradients = given.gradients ?? {};
  const isTrained = Object.keys(gradients).length > 0 || given.inputs.some((value) => value.isTrained);
  return {
    outputComponent: "activations",
    keeps: [],
    makes: [],
    forwardScratch: [],
    backwardScratch: 0,
    kind: "own",
    isCached: false,
    ...given,
    gradients,
    output: { bytes, isTrained },
  };
}
