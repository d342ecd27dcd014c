/** Rows of preferences, tokenized as TRL 1.13 does: pairs of answers to a prompt. */
import type { Conversation, TokenizedRow } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import { countTrainedTokens, ignoreIndex } from "../labels.ts";
import { doublesBos, noRows, type RowCounts } from "./lints.ts";
import { isConversation } from "./messages.ts";
import { endOfPreparation, type Preparation } from "./preparation.ts";

/** A prompt with a better and a worse answer, as texts or as messages. */
export type DPORow =
  | { readonly prompt: string; readonly chosen: string; readonly rejected: string }
  | {
      readonly prompt: Conversation;
      readonly chosen: Conversation;
      readonly rejected: Conversation;
    };

/** What preference training needs of a tokenizer. */
export interface PreferenceTokenizer {
  encode(text: string): number[];
  /** Needed for rows of messages only. */
  applyChatTemplate?(
    messages: Conversation,
    options: { tokenize: true; addGenerationPrompt: boolean },
  ): number[];
  readonly eosToken?: string | undefined;
  readonly eosTokenId: number | undefined;
  readonly bosTokenId?: number | undefined;
  readonly padTokenId: number | undefined;
}

/** From which end a row that is too long is kept, with TRL's names. */
export const truncationModes = ["keep_start", "keep_end"] as const;

/** The name of an end. */
export type TruncationMode = (typeof truncationModes)[number];

/** How rows are cut; null cuts nothing. */
export interface Truncation {
  /** The most tokens of prompt and answer together. */
  maxLength: number | null;
  /** The most tokens of the prompt, of which the last are kept. */
  maxPromptLength: number | null;
  truncationMode: TruncationMode;
}

/** The tokens of an answer behind those of its prompt. */
export interface TokenizedAnswer {
  prompt: readonly number[];
  completion: readonly number[];
  /** Whether the tokens of the prompt alone are those that prompt and answer together begin with. */
  continuesPrompt: boolean;
}

/**
 * Passes when the named fields of a row are all texts, or all lists of messages.
 *
 * @throws ResidencyError E_DATASET otherwise, naming the row and the field and never their content.
 */
export function checkPreferenceRow(row: object, index: number, fields: readonly string[]): void {
  const values = fields.map((field): unknown => (row as Record<string, unknown>)[field]);
  const isTexts = typeof values[0] === "string";
  const wrong = values.findIndex((value) => (isTexts ? typeof value !== "string" : !isConversation(value)));
  if (wrong < 0) return;
  const value = values[wrong];
  throw new ResidencyError(
    "E_DATASET",
    `Cannot read row ${index} of the preferences: ${fields.join(", ")} must all be texts, or all be lists of messages ` +
      `{ role, content }, and "${fields[wrong]}" is ${value === undefined ? "missing" : `of type ${typeof value}`}`,
  );
}

/** The end-of-text token, which every answer that is a text ends with. */
function endOf(tokenizer: PreferenceTokenizer): number {
  if (tokenizer.eosTokenId !== undefined) return tokenizer.eosTokenId;
  throw new ResidencyError(
    "E_TOKENIZER",
    "Cannot tokenize preferences: the tokenizer names no end-of-text token, which answers must end with",
  );
}

/**
 * Tokenizes a prompt and an answer. Both are tokenized together, and what comes behind the length of the prompt's own tokens
 * is the answer, as in TRL; a text gets an end-of-text token behind it unless it ends with one.
 *
 * @throws ResidencyError E_TOKENIZER without an end-of-text token, or for messages without a chat template.
 */
export function tokenizeAnswer(
  prompt: string | Conversation,
  answer: string | Conversation,
  tokenizer: PreferenceTokenizer,
): TokenizedAnswer {
  let promptIds: number[];
  let all: number[];
  if (typeof prompt === "string" && typeof answer === "string") {
    const { eosToken } = tokenizer;
    const text = eosToken && answer.endsWith(eosToken) ? answer.slice(0, -eosToken.length) : answer;
    promptIds = tokenizer.encode(prompt);
    all = [...tokenizer.encode(prompt + text), endOf(tokenizer)];
  } else {
    const [before, after] = [prompt, answer] as [Conversation, Conversation];
    const apply = (messages: Conversation, addGenerationPrompt: boolean): number[] => {
      if (tokenizer.applyChatTemplate)
        return tokenizer.applyChatTemplate(messages, { tokenize: true, addGenerationPrompt });
      throw new ResidencyError(
        "E_TOKENIZER",
        "Cannot tokenize messages: the tokenizer has no applyChatTemplate; give rows of texts",
      );
    };
    promptIds = apply(before, true);
    all = apply([...before, ...after], false);
  }
  return {
    prompt: promptIds,
    completion: all.slice(promptIds.length),
    continuesPrompt: promptIds.every((id, at) => all[at] === id),
  };
}

/** A row, and whether `maxLength` cut it; what `maxPromptLength` takes off a prompt does not count. */
export interface AnswerRow {
  row: TokenizedRow;
  isCut: boolean;
}

/** Prompt and answer as one row that is trained on the answer, cut to the lengths allowed. */
export function answerRow(
  { prompt, completion }: Pick<TokenizedAnswer, "prompt" | "completion">,
  { maxLength, maxPromptLength, truncationMode }: Truncation,
): AnswerRow {
  const start = maxPromptLength === null ? prompt : prompt.slice(-maxPromptLength);
  const inputIds = [...start, ...completion];
  const labels = [...start.map(() => ignoreIndex), ...completion];
  const cut = (ids: number[]): number[] =>
    maxLength === null
      ? ids
      : truncationMode === "keep_start"
        ? ids.slice(0, maxLength)
        : ids.slice(-maxLength);
  return {
    row: { inputIds: cut(inputIds), labels: cut(labels) },
    isCut: maxLength !== null && inputIds.length > maxLength,
  };
}

/** Whether prompt and answer begin with two tokens of beginning, as they are before anything is cut. */
export const beginsTwice = (
  { prompt, completion }: Pick<TokenizedAnswer, "prompt" | "completion">,
  { bosTokenId }: PreferenceTokenizer,
): boolean => doublesBos([...prompt.slice(0, 2), ...completion.slice(0, 2)], bosTokenId);

/** Two answers to one prompt, each behind it and trained on the answer only. */
export interface TokenizedPair {
  chosen: TokenizedRow;
  rejected: TokenizedRow;
}

/** Pairs, and what became of the rows that were given; a row is counted once whether one of its answers is so or both are. */
export interface TokenizedPairs extends RowCounts {
  pairs: TokenizedPair[];
}

/**
 * Tokenizes pairs; a row is left out when one of its answers has no token left that is trained on. A number behind each row says
 * how many are done.
 */
export function* preparePairs(
  rows: Iterable<DPORow>,
  tokenizer: PreferenceTokenizer,
  truncation: Truncation,
): Preparation<TokenizedPairs> {
  const pairs: TokenizedPair[] = [];
  const counts = noRows();
  for (const row of rows) {
    checkPreferenceRow(row, counts.given++, ["prompt", "chosen", "rejected"]);
    const answerOf = (text: string | Conversation) => {
      const tokens = tokenizeAnswer(row.prompt, text, tokenizer);
      return { tokens, ...answerRow(tokens, truncation) };
    };
    const [chosen, rejected] = [answerOf(row.chosen), answerOf(row.rejected)];
    const answers = [chosen, rejected];
    if (answers.some(({ tokens }) => !tokens.continuesPrompt)) counts.mismatched++;
    if (answers.some(({ tokens }) => beginsTwice(tokens, tokenizer))) counts.doubledBos++;
    if (answers.some(({ isCut }) => isCut)) counts.cut++;
    if (answers.every(({ row: { labels } }) => countTrainedTokens(labels) > 0))
      pairs.push({ chosen: chosen.row, rejected: rejected.row });
    else counts.dropped++;
    yield counts.given;
  }
  return { pairs, ...counts };
}

/**
 * Tokenizes pairs as {@link DPOTrainer} does; a row is left out when one of its answers has no token left that is trained on.
 *
 * @example
 * const truncation = { maxLength: 32, maxPromptLength: null, truncationMode: "keep_start" } as const;
 * tokenizePairs(pairs, tokenizer, truncation).pairs.length; // → 1
 */
export const tokenizePairs = (
  rows: Iterable<DPORow>,
  tokenizer: PreferenceTokenizer,
  truncation: Truncation,
): TokenizedPairs => endOfPreparation(preparePairs(rows, tokenizer, truncation));
