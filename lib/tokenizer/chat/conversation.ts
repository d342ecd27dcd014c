/** What a chat template is applied to, and how. */
import type { PaddingOptions } from "../batch.ts";
import type { TruncationOptions } from "../truncation.ts";

/** A part of a message, such as `{ type: "text", text }`. */
export interface ChatContentPart {
  readonly type: string;
  readonly text?: string;
}

/** A message of a conversation; the names are those that chat templates read. */
export interface ChatMessage {
  readonly role: string;
  readonly content?: string | readonly ChatContentPart[] | null;
  readonly name?: string;
  readonly reasoning_content?: string | null;
  readonly tool_calls?: readonly object[] | null;
  readonly tool_call_id?: string;
}

/** Messages in order. */
export type Conversation = readonly ChatMessage[];

/** How a chat template is applied; names and meanings are those of transformers' apply_chat_template. */
export interface ChatTemplateOptions extends PaddingOptions, TruncationOptions {
  /** A template, or the name of one of the tokenizer's (default: the tokenizer's own). */
  chatTemplate?: string;
  /** Tools that the model may call, as JSON schemas. */
  tools?: readonly object[];
  /** Documents for an answer that quotes them. */
  documents?: readonly object[];
  /** Add what begins an answer of the assistant (default: false). */
  addGenerationPrompt?: boolean;
  /** Leave the last message open, so that the model goes on with it; a text names the field to go on with (default: false). */
  continueFinalMessage?: boolean | string;
  /** Give ids, not text (default: true). */
  tokenize?: boolean;
  /** Give ids with their masks (default: false). */
  returnDict?: boolean;
  /** With `returnDict`: tell which tokens are in the template's `{% generation %}` blocks (default: false). */
  returnAssistantTokensMask?: boolean;
  /** Further variables of the template, such as `{ enable_thinking: false }`. */
  chatTemplateKwargs?: Readonly<Record<string, unknown>>;
  /** Let the spelling of a special token in a message become that token (default: false, since messages are not trusted). */
  allowSpecial?: boolean;
  /** The time that the template is told (default: now). */
  now?: Date;
}

/** Ids `[T]` with masks that are 1 at tokens, and at the assistant's tokens. */
export type ChatEncoding<O = object> = { inputIds: number[]; attentionMask: number[] } & (O extends {
  readonly returnAssistantTokensMask: true;
}
  ? { assistantMasks: number[] }
  : { assistantMasks?: number[] });

/** The same for several conversations, `[B, T]`. */
export type BatchChatEncoding<O = object> = { inputIds: number[][]; attentionMask: number[][] } & (O extends {
  readonly returnAssistantTokensMask: true;
}
  ? { assistantMasks: number[][] }
  : { assistantMasks?: number[][] });
