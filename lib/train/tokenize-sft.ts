/** From a row of SFT data to tokens, and to labels that say which of them are trained. */
import type { Conversation, TokenizedRow } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import { ignoreIndex } from "../labels.ts";
import { assistantTokens, type ChatContext } from "./assistant-mask.ts";
import { readChatTemplate } from "./chat-template/node.ts";
import { chatTokens, startsWith, type ChatTokenizer } from "./messages.ts";
import type { SFTConfig } from "./sft-config.ts";
import { readSFTRow, type PromptCompletionRow, type ReadRow } from "./sft-rows.ts";

/** What SFT needs of a tokenizer. */
export interface SFTTokenizer extends ChatTokenizer {
  encode(text: string, options?: { addSpecialTokens?: boolean }): number[];
  /** Needed for the setting eosToken. */
  convertTokensToIds?(tokens: readonly string[]): number[];
  readonly bosTokenId?: number | undefined;
  readonly eosToken?: string | undefined;
  readonly padTokenId: number | undefined;
}

/** The settings that say what becomes of a row. */
export type SFTTokenizing = Pick<
  SFTConfig<string>,
  "completionOnlyLoss" | "assistantOnlyLoss" | "datasetTextField" | "eosToken" | "chatTemplatePath"
>;

/** A tokenized row before it is cut. */
export interface SFTTokens {
  inputIds: readonly number[];
  labels: readonly number[];
  /** Whether the tokens of the prompt alone begin those of prompt and completion together. */
  continuesPrompt: boolean;
}

/** The token that ends texts. */
interface End {
  id: number;
  token: string | undefined;
}

/** The tokens of a row, and what is known of them. */
interface RowTokens {
  inputIds: readonly number[];
  continuesPrompt: boolean;
  promptLength?: number;
  /** 1 for a token that the assistant writes. */
  mask?: readonly number[] | undefined;
}

const without = (text: string, end: string | undefined): string =>
  end !== undefined && end !== "" && text.endsWith(end) ? text.slice(0, -end.length) : text;

const closed = (ids: readonly number[], end: number): number[] =>
  ids.at(-1) === end ? [...ids] : [...ids, end];

/**
 * Both texts as one, so that they are the tokens of a text that goes on; where a token would reach over the border, each text
 * alone, so that the prompt's tokens are those that the model is asked with.
 */
function joinTexts(
  { prompt, completion }: PromptCompletionRow,
  tokenizer: SFTTokenizer,
  end: End,
): RowTokens {
  const own = tokenizer.encode(prompt);
  // Some tokenizers end every text by themselves.
  const promptIds = own.at(-1) === end.id ? own.slice(0, -1) : own;
  const text = without(completion, end.token);
  const all = tokenizer.encode(prompt + text);
  const continuesPrompt = startsWith(all, promptIds);
  const inputIds = continuesPrompt
    ? all
    : [...promptIds, ...tokenizer.encode(text, { addSpecialTokens: false })];
  return { inputIds: closed(inputIds, end.id), promptLength: promptIds.length, continuesPrompt };
}

function endOf(tokenizer: SFTTokenizer, { eosToken }: SFTTokenizing): End | undefined {
  if (eosToken === undefined) {
    const { eosTokenId: id, eosToken: token } = tokenizer;
    return id === undefined ? undefined : { id, token };
  }
  const id = tokenizer.convertTokensToIds?.([eosToken])[0];
  if (id !== undefined) return { id, token: eosToken };
  throw new ResidencyError(
    "E_TOKENIZER",
    `Cannot train with eosToken ${JSON.stringify(eosToken)}: the tokenizer does not say which number it has`,
  );
}

/** The number of the token that ends texts; undefined when neither the settings nor the tokenizer name one. */
export const endTokenId = (tokenizer: SFTTokenizer, settings: SFTTokenizing): number | undefined =>
  endOf(tokenizer, settings)?.id;

/**
 * Makes the function that tokenizes rows. Text never becomes a special token; the end-of-text token is put behind each text and
 * completion, and is not doubled where the text spells it.
 *
 * @throws ResidencyError E_TOKENIZER for an eosToken that there is not; E_CONFIG for a chat template that cannot be read. The
 * function throws E_TOKENIZER without an end-of-text token or a chat template, E_DATASET for rows that do not suit the settings.
 */
export function sftTokenization(
  tokenizer: SFTTokenizer,
  settings: SFTTokenizing,
): (row: unknown, index: number) => SFTTokens {
  const { completionOnlyLoss, assistantOnlyLoss, datasetTextField, chatTemplatePath } = settings;
  const end = endOf(tokenizer, settings);
  const template = chatTemplatePath === undefined ? {} : { chatTemplate: readChatTemplate(chatTemplatePath) };
  // A turn ends with the token that ends texts, where that is set otherwise than the tokenizer has it.
  const chatting: ChatTokenizer = {
    eosTokenId: end?.id,
    applyChatTemplate: (messages, options) => chatTokens(tokenizer, messages, options),
  };
  const endOfText = (): End => {
    if (end) return end;
    throw new ResidencyError(
      "E_TOKENIZER",
      "Cannot tokenize for SFT: the tokenizer names no end-of-text token, which texts must end with; name one by eosToken",
    );
  };
  const conversation = (messages: Conversation, context: ChatContext) =>
    assistantOnlyLoss
      ? assistantTokens(chatting, messages, context)
      : { inputIds: chatTokens(tokenizer, messages, context).inputIds, mask: undefined };

  const tokensOf = (row: ReadRow): RowTokens => {
    switch (row.kind) {
      case "text": {
        const { id, token } = endOfText();
        return { inputIds: closed(tokenizer.encode(without(row.text, token)), id), continuesPrompt: true };
      }
      case "completion":
        return joinTexts(row, tokenizer, endOfText());
      case "messages": {
        const context: ChatContext = { ...template, ...(row.tools && { tools: row.tools }) };
        return { ...conversation(row.messages, context), continuesPrompt: true };
      }
      case "messageCompletion": {
        const context: ChatContext = { ...template, ...(row.tools && { tools: row.tools }) };
        const prefix = chatTokens(tokenizer, row.prompt, { ...context, addGenerationPrompt: true }).inputIds;
        const { inputIds, mask } = conversation([...row.prompt, ...row.completion], context);
        // As TRL does: what comes behind the length of the prompt's own tokens is the completion.
        return { inputIds, promptLength: prefix.length, continuesPrompt: startsWith(inputIds, prefix), mask };
      }
      case "tokens":
        return { inputIds: row.inputIds, continuesPrompt: true, mask: row.assistantMasks };
    }
  };

  return (given, index) => {
    const row = readSFTRow(given, index, datasetTextField);
    const isChat = row.kind === "messages" || row.kind === "messageCompletion";
    const hasPrompt =
      row.kind === "completion" ||
      row.kind === "messageCompletion" ||
      (row.kind === "tokens" && !!row.completionMask);
    const refuse = (setting: string, needed: string): never => {
      throw new ResidencyError(
        "E_DATASET",
        `Cannot train with ${setting} true on row ${index} of the data: it is not ${needed}`,
      );
    };
    if (row.kind !== "tokens") {
      if (assistantOnlyLoss && !isChat) refuse("assistantOnlyLoss", "a conversation");
      if (completionOnlyLoss === true && !hasPrompt)
        refuse("completionOnlyLoss", "a prompt with a completion");
    }
    const { inputIds, promptLength = 0, mask, continuesPrompt } = tokensOf(row);
    if (row.kind === "tokens" && row.labels) return { inputIds, labels: row.labels, continuesPrompt };
    const masksPrompt = hasPrompt && (completionOnlyLoss ?? true);
    const completion = row.kind === "tokens" ? row.completionMask : undefined;
    const isTrained = (at: number): boolean =>
      mask?.[at] !== 0 && !(masksPrompt && (completion ? completion[at] === 0 : at < promptLength));
    return {
      inputIds,
      labels: inputIds.map((id, at) => (isTrained(at) ? id : ignoreIndex)),
      continuesPrompt,
    };
  };
}

/** Cuts a row to the length allowed. */
export function cutRow(
  { inputIds, labels }: Pick<SFTTokens, "inputIds" | "labels">,
  { maxLength, truncationMode }: Pick<SFTConfig<string>, "maxLength" | "truncationMode">,
): TokenizedRow {
  if (maxLength === null || inputIds.length <= maxLength) return { inputIds, labels };
  const [start, end] = truncationMode === "keep_start" ? [0, maxLength] : [-maxLength, undefined];
  return { inputIds: inputIds.slice(start, end), labels: labels.slice(start, end) };
}

/**
 * Tokenizes one row as {@link SFTTrainer} does: its tokens, cut to maxLength, and labels that are -100 where nothing is trained.
 *
 * @throws ResidencyError as {@link sftTokenization} does.
 * @example
 * tokenizeSFTRow({ prompt: "Dx:", completion: " PNA" }, tokenizer, new SFTConfig()).labels.at(-1); // the end-of-text token
 */
export function tokenizeSFTRow(
  row: object,
  tokenizer: SFTTokenizer,
  config: SFTTokenizing & Pick<SFTConfig<string>, "maxLength" | "truncationMode">,
): TokenizedRow {
  return cutRow(sftTokenization(tokenizer, config)(row, 0), config);
}
