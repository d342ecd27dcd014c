/** Conversations as data sets hold them, and what turns one into tokens. */
import type { Conversation } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";

/** How a conversation is rendered and tokenized. */
export interface ChatTemplateCall {
  tokenize: true;
  returnDict: true;
  /** Ends with what an answer begins with. */
  addGenerationPrompt?: boolean;
  /** Which tokens stand between `{% generation %}` and `{% endgeneration %}`. */
  returnAssistantTokensMask?: boolean;
  /** Another template than the tokenizer's own. */
  chatTemplate?: string;
  /** The functions that the model may call. */
  tools?: readonly object[];
}

/** A tokenized conversation. */
export interface ChatTokens {
  inputIds: readonly number[];
  /** 1 for a token that the assistant writes; where the template marks them. */
  assistantMasks?: readonly number[] | undefined;
}

/** A tokenizer with a chat template, as transformers has it. */
export interface ChatTokenizer {
  readonly eosTokenId: number | undefined;
  applyChatTemplate?(messages: Conversation, options: ChatTemplateCall): ChatTokens;
}

/** Whether a value is a list of messages; one without any is none. */
export function isConversation(value: unknown): value is Conversation {
  const isPart = (part: unknown): boolean =>
    typeof part === "object" &&
    part !== null &&
    typeof (part as Record<string, unknown>)["type"] === "string";
  const isMessage = (message: unknown): boolean => {
    if (typeof message !== "object" || message === null) return false;
    const { role, content } = message as Record<string, unknown>;
    const isContent =
      content === undefined ||
      content === null ||
      typeof content === "string" ||
      (Array.isArray(content) && content.every(isPart));
    return typeof role === "string" && isContent;
  };
  return Array.isArray(value) && value.length > 0 && value.every(isMessage);
}

/** Whether one list begins with all of another. */
export const startsWith = (list: readonly number[], start: readonly number[]): boolean =>
  start.length <= list.length && start.every((id, at) => list[at] === id);

/**
 * The tokens of a conversation.
 *
 * @throws ResidencyError E_TOKENIZER when the tokenizer has no chat template.
 */
export function chatTokens(
  tokenizer: ChatTokenizer,
  messages: Conversation,
  options: Omit<ChatTemplateCall, "tokenize" | "returnDict">,
): ChatTokens {
  if (!tokenizer.applyChatTemplate) {
    throw new ResidencyError(
      "E_TOKENIZER",
      "Cannot tokenize messages: the tokenizer has no applyChatTemplate; give rows of texts",
    );
  }
  return tokenizer.applyChatTemplate(messages, { ...options, tokenize: true, returnDict: true });
}
