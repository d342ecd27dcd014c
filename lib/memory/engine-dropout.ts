/** What dropout needs while it runs: masks are made again from their seeds, and none is kept (lib/ops/dropout.ts). */
import { operation, type Operation, type Value } from "./engine-operation.ts";

/** Dropout of a value. */
export const dropped = (layer: string, x: Value): Operation =>
  operation({
    layer,
    inputs: [x],
    bytes: x.bytes,
    forwardScratch: [{ component: "workspace", bytes: x.bytes }],
    backwardScratch: x.bytes,
  });

/** Where an attention is, and how large. */
interface AttentionSizes {
  layer: string;
  batch: number;
  length: number;
  heads: number;
  /** Of the output, `[batch, length, heads, headDim]`. */
  bytes: number;
}

/**
 * Attention whose weights are dropped, which no kernel does: head after head is composed of operations on matrices
 * `[length, length]`, and the heads are joined in the end (lib/ops/composed-attention.ts).
 */
export function composedAttention(
  [q, k, v]: readonly [Value, Value, Value],
  { layer, batch, length, heads, bytes }: AttentionSizes,
): Operation {
  const square = 4 * length * length;
  const head = bytes / (batch * heads);
  const rows = batch > 1 ? 1 : 0;
  // The mask of the positions; a head with its slices beside the heads before it; the joining.
  const forward = Math.max(7.5 * square - bytes, 7 * square + 3 * head, square + bytes * (1 + rows));
  // The gradients of heads that share a key, and their sums, are there until the end.
  const shared = 2 * (bytes - v.bytes);
  const joined = square + bytes + 2 * v.bytes + shared * 2 + rows * (bytes + 2 * v.bytes);
  return operation({
    layer,
    inputs: [q, k, v],
    bytes,
    keeps: [q, k, v],
    forwardScratch: [{ component: "workspace", bytes: forward }],
    backwardScratch: Math.max(13 * square + 4 * head + 2 * shared, joined),
  });
}
