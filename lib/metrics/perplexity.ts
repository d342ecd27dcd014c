/** Perplexity of a language model. */
import { ResidencyError } from "../errors.ts";

/**
 * exp of the mean negative log-likelihood per token, `nll` in nats; 1 is certainty, the vocabulary size is chance.
 *
 * @example
 * perplexity(Math.log(50257)); // → 50257
 */
export function perplexity(nll: number): number {
  if (Number.isNaN(nll) || nll < 0) {
    throw new ResidencyError(
      "E_NUMERIC",
      `Cannot take the perplexity of ${nll}: a mean negative log-likelihood is 0 or more; check the loss`,
    );
  }
  return Math.exp(nll);
}
