/** The usual formulas of activations, logits and key/value cache of a transformer on a GPU. */
import { ResidencyError } from "../errors.ts";
import type { ModelSizes } from "./architecture.ts";

/** What of a block's activations is made again in the backward pass. */
export type Recompute = "none" | "selective" | "full";

/**
 * Bytes of the activations of all blocks in half precision: `s b h (34 + 5 a s / h)` a block, without the scores of
 * attention (selective, as flash attention has it) `34 s b h`, with checkpointing `2 s b h` (Korthikanti et al., 2022,
 * table 2, without tensor parallelism). The formula is of GPT with dropout and a feed-forward of 4 h; grouped queries
 * need less, a gate somewhat more.
 *
 * @example
 * korthikantiActivations({ layers: 32, heads: 32, hidden: 2560 }, { batch: 2, seq: 512, recompute: "none" }); // → 5_536_481_280
 */
export function korthikantiActivations(
  { layers, heads, hidden }: Pick<ModelSizes, "layers" | "heads" | "hidden">,
  { batch, seq, recompute }: { batch: number; seq: number; recompute: Recompute },
): number {
  const stream = seq * batch * hidden * layers;
  switch (recompute) {
    case "none":
      return 34 * stream + 5 * heads * seq * seq * batch * layers;
    case "selective":
      return 34 * stream;
    case "full":
      return 2 * stream;
  }
}

/**
 * Bytes of one copy of the logits `[batch, seq, vocabulary]`; transformers takes the loss in float32.
 *
 * @example
 * logitsBytes({ vocabulary: 32000 }, { batch: 2, seq: 512 }); // → 131072000
 */
export function logitsBytes(
  { vocabulary }: Pick<ModelSizes, "vocabulary">,
  { batch, seq, elementBytes = 4 }: { batch: number; seq: number; elementBytes?: number },
): number {
  return batch * seq * vocabulary * elementBytes;
}

/**
 * Bytes of keys and values of one token over all layers: `2 · layers · kvHeads · headDim · elementBytes`.
 *
 * @throws ResidencyError E_CONFIG when elementBytes is not above 0.
 * @example
 * cacheBytesPerToken({ layers: 32, keyValueHeads: 8, headDim: 128 }); // → 131072
 */
export function cacheBytesPerToken(
  { layers, keyValueHeads, headDim }: Pick<ModelSizes, "layers" | "keyValueHeads" | "headDim">,
  elementBytes = 2,
): number {
  if (!(elementBytes > 0)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot size a cache with elements of ${elementBytes} bytes: give 2 or 4`,
    );
  }
  return 2 * layers * keyValueHeads * headDim * elementBytes;
}
