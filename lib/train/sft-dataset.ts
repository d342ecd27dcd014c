/** Prepares SFT data: rows are formatted, tokenized, cut, shuffled and packed, in TRL's order. */
import { packDataset, type TokenizedRow } from "../data/index.ts";
import { countTrainedTokens } from "../labels.ts";
import { seededRandom } from "../random.ts";
import { doublesBos, noRows, type RowCounts } from "./lints.ts";
import type { SFTConfig } from "./sft-config.ts";
import type { Preparation } from "./preparation.ts";
import { cutRow, sftTokenization, type SFTTokenizer } from "./tokenize-sft.ts";

/** Prepared rows, and what became of those that were given. */
export interface PreparedSFTRows {
  rows: TokenizedRow[];
  counts: RowCounts;
}

/** How rows are prepared. */
export interface PrepareSFTOptions {
  tokenizer: SFTTokenizer;
  config: SFTConfig<string>;
  packing: boolean;
}

/**
 * Tokenizes rows and makes of them what is trained on; a number behind each row says how many are done.
 *
 * @throws ResidencyError E_DATASET for a row that does not suit the settings; E_TOKENIZER when the tokenizer lacks what it needs.
 */
export function* prepareSFTRows(
  given: Iterable<unknown>,
  { tokenizer, config, packing }: PrepareSFTOptions,
): Preparation<PreparedSFTRows> {
  const { maxLength, packingStrategy, shuffleDataset, seed } = config;
  const tokenize = sftTokenization(tokenizer, config);
  const texts: TokenizedRow[] = [];
  const counts = noRows();
  // Packing cuts by itself, or goes on in another row.
  const isCut = !packing || packingStrategy === "bfd";
  const { bosTokenId } = tokenizer;
  for (const row of given) {
    const tokens = tokenize(row, counts.given++);
    if (doublesBos(tokens.inputIds, bosTokenId)) counts.doubledBos++;
    if (!tokens.continuesPrompt) counts.mismatched++;
    if (isCut && maxLength !== null && tokens.inputIds.length > maxLength) counts.cut++;
    const whole = packing ? { inputIds: tokens.inputIds, labels: tokens.labels } : cutRow(tokens, config);
    if (!packing && countTrainedTokens(whole.labels) === 0) counts.dropped++;
    else texts.push(whole);
    yield counts.given;
  }
  const ordered = shuffleDataset ? seededRandom(seed).shuffle(texts) : texts;
  const rows = packing && maxLength !== null ? packDataset(ordered, maxLength, packingStrategy) : ordered;
  return { rows, counts };
}
