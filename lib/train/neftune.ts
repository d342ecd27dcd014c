/** NEFTune: noise on the embedding of training batches, which makes fine-tuned models answer better (Jain et al., 2023). */
import { ResidencyError } from "../errors.ts";
import { inputEmbedding, type Module } from "../nn/index.ts";
import { seededRandom } from "../random.ts";
import { uniformTensor } from "../tensor/index.ts";
import type { TrainingArguments } from "./arguments.ts";

/** One seed out of three numbers; odd factors spread them over 32 bits. */
const mixSeeds = (seed: number, step: number, batch: number): number =>
  (Math.imul(seed, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca77) ^ Math.imul(batch + 1, 0xc2b2ae3d)) | 0;

/**
 * Adds uniform noise in `[-alpha / sqrt(T · hidden), alpha / sqrt(T · hidden))` to the token vectors `[B, T, hidden]` while
 * the model is in training, as transformers' neftune_noise_alpha does; `step` tells the optimiser step. Returns a function
 * that takes the noise away. Nothing happens when alpha is 0.
 *
 * @throws ResidencyError E_CONFIG when the model has no embedding by a name that is known.
 */
export function activateNeftune(
  root: Module,
  { neftuneNoiseAlpha: alpha, seed }: Pick<TrainingArguments, "neftuneNoiseAlpha" | "seed">,
  step: () => number,
): () => void {
  if (alpha === 0) return () => undefined;
  const embedding = inputEmbedding(root);
  if (!embedding) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot train with neftuneNoiseAlpha ${alpha}: the model has no embedding named embed_tokens or wte; leave it out`,
    );
  }
  let last = -1;
  let batch = 0;
  embedding.noise = (shape) => {
    const now = step();
    batch = now === last ? batch + 1 : 0;
    last = now;
    const [, length, width] = shape;
    // Each batch has a stream of its own, so that a run that goes on from a checkpoint draws the same noise.
    return uniformTensor(shape, alpha / Math.sqrt(length * width), seededRandom(mixSeeds(seed, now, batch)));
  };
  return () => {
    embedding.noise = undefined;
  };
}
