/** Looks for mistakes in rows of preferences that train without an error. */
import type { TokenizedRow } from "../data/index.ts";
import type { CausalLanguageModel } from "../nn/index.ts";
import { lintCounts, lintEnds, type RowCounts } from "./lints.ts";
import type { PreferenceTokenizer } from "./preference-rows.ts";
import type { TrainingWarning } from "./warnings.ts";

/** What is looked at: the answers that the model is to give, and what became of all rows. */
export interface PreferenceLints {
  wanted: readonly TokenizedRow[];
  counts: RowCounts;
  model: Pick<CausalLanguageModel, "eosTokenIds">;
  /** The end-of-text token of the tokenizer. */
  eosTokenId: PreferenceTokenizer["eosTokenId"];
  maxLength: number | null;
}

/** Whether the wanted answers teach the model to end, and which rows are cut, left out, or tokenized otherwise than they should be. */
export function lintPreferences({
  wanted,
  counts,
  model,
  eosTokenId,
  maxLength,
}: PreferenceLints): TrainingWarning[] {
  const eosTokenIds = new Set([...(eosTokenId === undefined ? [] : [eosTokenId]), ...model.eosTokenIds]);
  const nameEnd = "as the tokenizer's eosToken, or by eos_token_id of the model's config";
  return [
    // Answers that are all unwanted teach nothing to say, nor where to end.
    ...(wanted.length === 0
      ? []
      : lintEnds(wanted, { eosTokenIds: [...eosTokenIds] }, { needsEnd: true, nameEnd })),
    ...lintCounts(counts, maxLength),
  ];
}
