/** Turns conversations into ids, with messages as text that never becomes a special token. */
import { ResidencyError } from "../../errors.ts";
import { lengthLimit, padRows } from "../batch.ts";
import { encodeRows, type RowSource } from "../encode-rows.ts";
import type { EncodedRow } from "../encoding.ts";
import type { Side } from "../parse-config.ts";
import { assistantMask } from "./assistant-mask.ts";
import type { ChatTemplateOptions, Conversation } from "./conversation.ts";
import { renderChat, type TemplateSource } from "./render.ts";

/** What conversations are encoded with. */
export interface ChatSource extends TemplateSource {
  /** The row source whose special tokens are looked for, but not among `cuts`. */
  rowsWith(cuts: ReadonlySet<number>): RowSource;
  padTokenId: number | undefined;
  paddingSide: Side;
}

/** A conversation as a row. */
export interface ChatRow {
  inputIds: number[];
  attentionMask: number[];
  assistantMasks?: number[];
}

/** Whether what is given is a list of conversations. */
export function isBatch(
  conversations: Conversation | readonly Conversation[],
): conversations is readonly Conversation[] {
  if (!Array.isArray(conversations)) throw new TypeError("A conversation must be a list of messages");
  if (conversations.length === 0) {
    throw new ResidencyError("E_CONFIG", "Cannot apply the chat template to no message; give one at least");
  }
  return Array.isArray(conversations[0]);
}

/** The text of a conversation. */
export function chatText(
  source: TemplateSource,
  messages: Conversation,
  options: ChatTemplateOptions,
): string {
  return renderChat(source, checked(messages), options).text;
}

/** Conversations as rows, cut and padded as the options say. */
export function encodeChats(
  source: ChatSource,
  conversations: readonly Conversation[],
  options: ChatTemplateOptions,
): ChatRow[] {
  const withMasks = options.returnAssistantTokensMask === true;
  const rows = conversations.map((messages) => {
    const { text, cuts, generations } = renderChat(source, checked(messages), options);
    const [row] = encodeRows(source.rowsWith(cuts), [text], {
      ...options,
      // The template writes them itself.
      addSpecialTokens: false,
      returnTokenTypeIds: false,
      returnOffsetsMapping: withMasks,
    });
    const { inputIds, attentionMask, offsetMapping } = row as EncodedRow;
    if (offsetMapping === undefined) return { inputIds, attentionMask };
    return { inputIds, attentionMask, assistantMasks: assistantMask(offsetMapping, generations) };
  });
  const { paddingSide = source.paddingSide } = options;
  const limit = lengthLimit(options, false, source.rowsWith(new Set()).modelMaxLength);
  return padRows(rows, source.padTokenId, limit, { ...options, paddingSide });
}

function checked(messages: unknown): Conversation {
  const isWrong = (message: unknown): boolean =>
    typeof message !== "object" ||
    message === null ||
    typeof (message as { role?: unknown }).role !== "string";
  if (!Array.isArray(messages)) throw new TypeError("A conversation must be a list of messages");
  const wrong = (messages as unknown[]).findIndex(isWrong);
  if (wrong >= 0) throw new TypeError(`Message ${wrong} of a conversation must be an object with a role`);
  if (messages.length === 0) {
    throw new ResidencyError("E_CONFIG", "Cannot apply the chat template to no message; give one at least");
  }
  return messages as Conversation;
}
