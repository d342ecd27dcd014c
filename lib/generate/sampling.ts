/** Chooses the next token from processed scores: the most probable one, or a draw. */
import { ResidencyError } from "../errors.ts";
import type { SeededRandom } from "../random.ts";
import { largestScore } from "./processors/index.ts";

function refuseScores(scores: ArrayLike<number>): never {
  const what = Array.from(scores).some(Number.isNaN) ? "NaN" : "-Infinity";
  throw new ResidencyError(
    "E_NUMERIC",
    `Cannot choose a token: every score that is left is ${what}; ` +
      (what === "NaN"
        ? "the model's weights or its input hold NaN"
        : "the settings forbid every token, so allow some again"),
  );
}

/**
 * The number of the largest score; the first one of equals.
 *
 * @throws ResidencyError E_NUMERIC when there is none, as every score is NaN or forbidden.
 * @example
 * argmax([0.1, 0.7, 0.2]); // → 1
 */
export function argmax(scores: ArrayLike<number>): number {
  let best = -1;
  let largest = -Infinity;
  for (let token = 0; token < scores.length; token++) {
    if (scores[token]! > largest) {
      largest = scores[token]!;
      best = token;
    }
  }
  return best < 0 ? refuseScores(scores) : best;
}

/**
 * Draws a token with the probabilities softmax(scores).
 *
 * @throws ResidencyError E_NUMERIC when there is none to draw, as every score is NaN or forbidden.
 * @example
 * import { seededRandom } from "residency/tensor";
 * sampleToken(new Float32Array([-Infinity, 0, -Infinity]), seededRandom(1)); // → 1
 */
export function sampleToken(scores: Float32Array, random: SeededRandom): number {
  const largest = largestScore(scores);
  let total = 0;
  const weights = new Float64Array(scores.length);
  for (let token = 0; token < scores.length; token++) {
    const score = scores[token]!;
    if (score !== -Infinity) total += weights[token] = Math.exp(score - largest);
  }
  if (!(total > 0)) refuseScores(scores);
  let left = random.next() * total;
  for (let token = 0; token < weights.length; token++) {
    left -= weights[token]!;
    if (left < 0) return token;
  }
  // Rounding has left a rest behind the last token.
  return argmax(scores);
}

/** The probability in [0, 1] that softmax(scores `[V]`) gives a token. */
export function probabilityOf(scores: Float32Array, token: number): number {
  const largest = largestScore(scores);
  let total = 0;
  for (const score of scores) total += Math.exp(score - largest);
  return Math.exp(scores[token]! - largest) / total;
}

/**
 * `count` different tokens, drawn one after the other without putting back (Gumbel-top-k; Kool et al., 2019): each
 * score gets `-log(-log u)`, and the largest are taken, in the order drawn.
 */
export function gumbelScores(scores: Float32Array, random: SeededRandom): Float64Array {
  const keys = new Float64Array(scores.length).fill(-Infinity);
  for (let token = 0; token < scores.length; token++) {
    // 1 - u lies in (0, 1], so that the inner logarithm is finite.
    if (scores[token] !== -Infinity) keys[token] = scores[token]! - Math.log(-Math.log1p(-random.next()));
  }
  return keys;
}
