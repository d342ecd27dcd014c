/** Continues prompts token by token with a key/value cache. */
import { ResidencyError } from "../errors.ts";
import { KeyValueCache, positionsFromMask, type GenerateOptions } from "../nn/index.ts";
import { seededRandom } from "../random.ts";
import { nextTurn } from "../tensor/index.ts";
import type { CausalDecoder } from "./decoder.ts";
import { checkSampling, chooseToken } from "./sampling.ts";

function checkPrompts(
  inputIds: readonly (readonly number[])[],
  { attentionMask, maxNewTokens }: GenerateOptions,
): void {
  const length = inputIds[0]?.length ?? 0;
  if (length === 0 || inputIds.some((row) => row.length !== length)) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot generate from prompts of ${inputIds.map((row) => row.length).join(", ") || "no"} tokens: ` +
        "every prompt must have the same length, at least 1; pad the shorter ones on the left",
    );
  }
  if (attentionMask?.some((row) => row.length !== length || row[length - 1] !== 1)) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot generate: each row of the attention mask must have ${length} entries and end with 1 (padding is on the left)`,
    );
  }
  if (maxNewTokens !== undefined && !(Number.isInteger(maxNewTokens) && maxNewTokens > 0)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot generate ${maxNewTokens} new tokens: it must be an integer above 0`,
    );
  }
}

/**
 * Continues each prompt until its end-of-text token or `maxNewTokens`; returns prompt and continuation, rows that end
 * early filled with `padTokenId`.
 *
 * @param inputIds prompts of one length `[B, T]`, shorter ones padded on the left and masked
 * @throws ResidencyError E_SHAPE or E_CONFIG when the prompts or the options do not fit.
 */
export async function generate(
  model: CausalDecoder,
  inputIds: readonly (readonly number[])[],
  options: GenerateOptions = {},
): Promise<number[][]> {
  checkPrompts(inputIds, options);
  checkSampling(options);
  const { maxNewTokens = 20, eosTokenId = model.eosTokenIds, onToken, signal } = options;
  const ends = new Set(typeof eosTokenId === "number" ? [eosTokenId] : eosTokenId);
  const pad = options.padTokenId ?? [...ends][0] ?? 0;
  const random = seededRandom(options.seed ?? 0);
  const cache = new KeyValueCache();
  const sequences = inputIds.map((row) => [...row]);
  const mask = options.attentionMask?.map((row) => [...row]) ?? inputIds.map((row) => row.map(() => 1));
  const finished = inputIds.map(() => false);
  let fresh = sequences.map((row) => [...row]);
  let positions = positionsFromMask(mask);
  try {
    for (let step = 0; step < maxNewTokens && !signal?.aborted; step++) {
      const logits = model.nextLogits({
        inputIds: fresh,
        positionIds: positions,
        attentionMask: mask,
        cache,
      });
      const values = await logits.data();
      const vocabulary = logits.shape[1];
      logits.dispose();
      const tokens = sequences.map((sequence, row) => {
        const ofRow = values.subarray(row * vocabulary, (row + 1) * vocabulary) as Float32Array;
        const token = finished[row] ? pad : chooseToken(ofRow, options, random);
        if (ends.has(token)) finished[row] = true;
        sequence.push(token);
        mask[row]!.push(1);
        return token;
      });
      onToken?.(tokens);
      if (finished.every(Boolean)) break;
      fresh = tokens.map((token) => [token]);
      positions = positions.map((row) => [row[row.length - 1]! + 1]);
      await nextTurn();
    }
  } finally {
    cache.dispose();
  }
  return sequences;
}
