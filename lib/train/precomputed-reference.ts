/** Makes the reference's log-probabilities of all pairs before the first step, batch by batch, so that it can stop and go on. */
import type * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { nextTurn } from "../tensor/index.ts";
import type { TokenizedPair } from "./preference-rows.ts";

/** The reference's log-probabilities of a pair's answers, in nats. */
export type PairReference = readonly [chosen: number, rejected: number];

/** How the log-probabilities are made. */
export interface PrecomputeOptions {
  batchSize: number;
  lengthOf: (pair: TokenizedPair) => number;
  /** The log-probabilities of the chosen, then of the rejected answers of a batch, `[2B]`. */
  logProbs: (batch: readonly TokenizedPair[]) => Promise<tf.Tensor1D>;
  /** Told after each batch how many pairs are done. */
  onProgress: (done: number) => void;
  signal: AbortSignal | undefined;
}

/**
 * Adds to `known` what is missing of the pairs; what is there already is not made again.
 *
 * @throws ResidencyError E_INTERRUPTED once the signal is aborted, between two batches; what is known by then stays.
 */
export async function precomputeReference(
  pairs: readonly TokenizedPair[],
  known: Map<TokenizedPair, PairReference>,
  { batchSize, lengthOf, logProbs, onProgress, signal }: PrecomputeOptions,
): Promise<void> {
  // Rows of like length together waste the least padding.
  const missing = pairs.filter((pair) => !known.has(pair)).sort((a, b) => lengthOf(b) - lengthOf(a));
  const before = pairs.length - missing.length;
  for (let at = 0; at < missing.length; at += batchSize) {
    if (signal?.aborted) {
      throw new ResidencyError(
        "E_INTERRUPTED",
        `Stopped making the reference's log-probabilities after ${before + at} of ${pairs.length} pairs: nothing was trained ` +
          "yet; they are kept, and train() of the same trainer goes on with the next pair",
        { cause: signal.reason },
      );
    }
    const batch = missing.slice(at, at + batchSize);
    const tensor = await logProbs(batch);
    const values = await tensor.data<"float32">();
    tensor.dispose();
    batch.forEach((pair, i) => known.set(pair, [values[i]!, values[i + batch.length]!]));
    onProgress(before + at + batch.length);
    await nextTurn();
  }
}
