/** Prepares SFT data: rows are formatted, tokenized, cut, shuffled and packed, in TRL's order. */
import { packDataset, type TokenizedRow } from "../data/index.ts";
import { countTrainedTokens } from "../labels.ts";
import { seededRandom } from "../random.ts";
import type { SFTConfig } from "./sft-config.ts";
import { cutRow, sftTokenization, type SFTTokenizer } from "./tokenize-sft.ts";

/** Prepared rows, and what became of those that were given. */
export interface PreparedSFTRows {
  rows: TokenizedRow[];
  /** The rows as they are before they are packed. */
  texts: readonly TokenizedRow[];
  /** How many were longer than maxLength. */
  cut: number;
  /** How many were left out, since nothing of them is trained within maxLength. */
  dropped: number;
  /** How many have a token that reaches over the border of prompt and completion. */
  mismatched: number;
}

/** How rows are prepared. */
export interface PrepareSFTOptions {
  tokenizer: SFTTokenizer;
  config: SFTConfig<string>;
  packing: boolean;
}

/**
 * Tokenizes rows and makes of them what is trained on.
 *
 * @throws ResidencyError E_DATASET for a row that does not suit the settings; E_TOKENIZER when the tokenizer lacks what it needs.
 */
export function prepareSFTRows(
  given: Iterable<unknown>,
  { tokenizer, config, packing }: PrepareSFTOptions,
): PreparedSFTRows {
  const { maxLength, packingStrategy, shuffleDataset, seed } = config;
  const tokenize = sftTokenization(tokenizer, config);
  const texts: TokenizedRow[] = [];
  let [index, cut, dropped, mismatched] = [0, 0, 0, 0];
  for (const row of given) {
    const tokens = tokenize(row, index++);
    if (!tokens.continuesPrompt) mismatched++;
    if (maxLength !== null && tokens.inputIds.length > maxLength) cut++;
    // Packing cuts by itself, or goes on in another row.
    const whole = packing ? { inputIds: tokens.inputIds, labels: tokens.labels } : cutRow(tokens, config);
    if (!packing && countTrainedTokens(whole.labels) === 0) dropped++;
    else texts.push(whole);
  }
  const ordered = shuffleDataset ? seededRandom(seed).shuffle(texts) : texts;
  const rows = packing && maxLength !== null ? packDataset(ordered, maxLength, packingStrategy) : ordered;
  return { rows, texts, cut, dropped, mismatched };
}
