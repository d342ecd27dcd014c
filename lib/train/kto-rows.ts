/** Rows of single answers that are good or bad, tokenized as TRL 1.13 does. */
import type { Conversation, TokenizedRow } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import { countTrainedTokens } from "../labels.ts";
import { noRows, type RowCounts } from "./lints.ts";
import type { Preparation } from "./preparation.ts";
import {
  answerRow,
  beginsTwice,
  checkPreferenceRow,
  tokenizeAnswer,
  type DPORow,
  type PreferenceTokenizer,
  type TokenizedAnswer,
  type Truncation,
} from "./preference-rows.ts";

/** A prompt with an answer and whether that is good, as texts or as messages. */
export type KTOAnswer =
  | { readonly prompt: string; readonly completion: string; readonly label: boolean }
  | {
      readonly prompt: Conversation;
      readonly completion: Conversation;
      readonly label: boolean;
    };

/** A row of KTO's data; a pair counts as a good and a bad answer. */
export type KTORow = KTOAnswer | DPORow;

/** An answer behind its prompt, and the answer of another row behind it, by which the drift from the reference is measured. */
export interface TokenizedKTORow {
  answer: TokenizedRow;
  mismatch: TokenizedRow;
  label: boolean;
}

/** Answers, and what became of those that were given. */
export interface TokenizedKTORows extends RowCounts {
  rows: TokenizedKTORow[];
}

/** Pairs are taken apart by this many, all good answers first. */
const unpairedAtOnce = 1000;

/** An answer, and the part of a row that it is: a pair has two. */
type AnswerOfRow = KTOAnswer & { readonly part: 1 | 0.5 };

/** The answers of rows; undefined where a row was read whose answers come later. */
function* singleAnswers(rows: Iterable<KTORow>): Iterable<AnswerOfRow | undefined> {
  const good: AnswerOfRow[] = [];
  const bad: AnswerOfRow[] = [];
  let index = 0;
  for (const row of rows) {
    if ("completion" in row || !("chosen" in row)) {
      checkPreferenceRow(row, index, ["prompt", "completion"]);
      if (typeof row.label !== "boolean") {
        throw new ResidencyError(
          "E_DATASET",
          `Cannot read row ${index} of the preferences: "label" must be true or false, and is of type ${typeof row.label}`,
        );
      }
      yield { ...row, part: 1 };
    } else {
      checkPreferenceRow(row, index, ["prompt", "chosen", "rejected"]);
      const { prompt, chosen, rejected } = row;
      good.push({ prompt, completion: chosen, label: true, part: 0.5 } as AnswerOfRow);
      bad.push({ prompt, completion: rejected, label: false, part: 0.5 } as AnswerOfRow);
      if (good.length === unpairedAtOnce) yield* [...good.splice(0), ...bad.splice(0)];
      else yield undefined;
    }
    index++;
  }
  yield* [...good, ...bad];
}

/** How KTO's rows are tokenized. */
export interface KTOTokenizing extends Truncation {
  /** The rows of a micro-batch. */
  batchSize: number;
}

/**
 * Tokenizes rows. Of each `batchSize` rows, the answers go round by one behind the prompts for the mismatched rows. A number behind
 * each row and each answer says how many rows are done or begun.
 *
 * @throws ResidencyError E_DATASET for rows without a label or of other fields; E_TOKENIZER as {@link tokenizeAnswer} does.
 */
export function* prepareKTORows(
  given: Iterable<KTORow>,
  tokenizer: PreferenceTokenizer,
  { batchSize, ...truncation }: KTOTokenizing,
): Preparation<TokenizedKTORows> {
  const answers: { tokens: TokenizedAnswer; answer: TokenizedRow; label: boolean }[] = [];
  const counts = noRows();
  let done = 0;
  for (const single of singleAnswers(given)) {
    if (!single) {
      yield Math.ceil(done);
      continue;
    }
    const { prompt, completion, label, part } = single;
    const tokens = tokenizeAnswer(prompt, completion, tokenizer);
    const { row: answer, isCut } = answerRow(tokens, truncation);
    counts.given++;
    if (!tokens.continuesPrompt) counts.mismatched++;
    if (beginsTwice(tokens, tokenizer)) counts.doubledBos++;
    if (isCut) counts.cut++;
    if (countTrainedTokens(answer.labels) === 0) counts.dropped++;
    else answers.push({ tokens, answer, label });
    yield Math.ceil((done += part));
  }
  const rows = answers.map(({ tokens, answer, label }, index): TokenizedKTORow => {
    const start = index - (index % batchSize);
    const last = Math.min(start + batchSize, answers.length) - 1;
    const { completion } = answers[index === start ? last : index - 1]!.tokens;
    return { answer, label, mismatch: answerRow({ prompt: tokens.prompt, completion }, truncation).row };
  });
  return { rows, ...counts };
}
