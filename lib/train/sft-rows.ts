/** The rows that supervised fine-tuning takes, as TRL's data set formats have them, read into one of five kinds. */
import type { Conversation } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import { isConversation } from "./messages.ts";

/** A whole text, in the field that `datasetTextField` names. */
export type TextRow<TextField extends string = "text"> = { readonly [F in TextField]: string };

/** A prompt and what should follow it. */
export interface PromptCompletionRow {
  readonly prompt: string;
  readonly completion: string;
}

/** What a chat template takes beside the messages of a row. */
export interface ChatExtras {
  /** The functions that the model may call. */
  readonly tools?: readonly object[];
}

/** A conversation. */
export interface MessagesRow extends ChatExtras {
  readonly messages: Conversation;
}

/** A conversation and how it should go on. */
export interface PromptCompletionMessagesRow extends ChatExtras {
  readonly prompt: Conversation;
  readonly completion: Conversation;
}

/** A conversation whose messages name their fields otherwise, as in ShareGPT. */
export interface ConversationsRow extends ChatExtras {
  readonly conversations: readonly { readonly from: string; readonly value: string }[];
}

/** A row that is tokenized already; masks say what is trained where there are no labels. */
export interface TokenizedSFTRow {
  readonly inputIds: readonly number[];
  readonly labels?: readonly number[];
  readonly completionMask?: readonly number[];
  readonly assistantMasks?: readonly number[];
}

/** A row of SFT data. */
export type SFTRow<TextField extends string = "text"> =
  | TextRow<TextField>
  | PromptCompletionRow
  | MessagesRow
  | PromptCompletionMessagesRow
  | ConversationsRow
  | TokenizedSFTRow;

/** What a row was found to be. */
export type ReadRow =
  | { kind: "text"; text: string }
  | ({ kind: "completion" } & PromptCompletionRow)
  | ({ kind: "messages" } & MessagesRow)
  | ({ kind: "messageCompletion" } & PromptCompletionMessagesRow)
  | ({ kind: "tokens" } & TokenizedSFTRow);

function refuse(index: number, what: string): never {
  throw new ResidencyError("E_DATASET", `Cannot read row ${index} of the data: ${what}`);
}

const isTokens = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((id) => Number.isInteger(id));

function readTokens(fields: Readonly<Record<string, unknown>>, index: number): ReadRow {
  const names = ["inputIds", "labels", "completionMask", "assistantMasks"] as const;
  const present = names.filter((name) => fields[name] !== undefined);
  const lists = present.map((name) => [name, fields[name]] as const);
  const { length } = fields["inputIds"] as readonly unknown[];
  for (const [name, list] of lists) {
    if (!isTokens(list) || list.length !== length)
      refuse(index, `"${name}" must be a list of whole numbers, as many as inputIds has`);
  }
  return { kind: "tokens", ...(Object.fromEntries(lists) as unknown as TokenizedSFTRow) };
}

function readChat(fields: Readonly<Record<string, unknown>>, index: number): ReadRow | undefined {
  const { messages, conversations, prompt, completion, tools } = fields;
  if (tools !== undefined && !(Array.isArray(tools) && tools.every((tool) => typeof tool === "object")))
    refuse(index, '"tools" must be a list of objects');
  const extras = tools === undefined ? {} : { tools: tools as readonly object[] };
  if (isConversation(prompt) && isConversation(completion))
    return { kind: "messageCompletion", prompt, completion, ...extras };
  if (isConversation(messages)) return { kind: "messages", messages, ...extras };
  if (isConversation(conversations)) return { kind: "messages", messages: conversations, ...extras };
  if (!Array.isArray(conversations)) return undefined;
  const renamed = (conversations as readonly Record<string, unknown>[]).map((message) => ({
    role: message["from"],
    content: message["value"],
  }));
  return isConversation(renamed) ? { kind: "messages", messages: renamed, ...extras } : undefined;
}

/**
 * Finds out what a row is. Fields beside those of its kind are passed over.
 *
 * @throws ResidencyError E_DATASET for a row of no kind, naming its number and its fields and never their content.
 * @example
 * readSFTRow({ prompt: "PNA?", completion: " Pneumonia." }, 0, "text").kind; // → "completion"
 */
export function readSFTRow(row: unknown, index: number, textField: string): ReadRow {
  if (typeof row !== "object" || row === null)
    return refuse(index, "it must be an object with fields such as prompt and completion");
  const fields = row as Readonly<Record<string, unknown>>;
  if (Array.isArray(fields["inputIds"])) return readTokens(fields, index);
  const chat = readChat(fields, index);
  if (chat) return chat;
  const { prompt, completion } = fields;
  if (typeof prompt === "string" && typeof completion === "string")
    return { kind: "completion", prompt, completion };
  const text = fields[textField];
  if (prompt === undefined && typeof text === "string") return { kind: "text", text };
  return refuse(
    index,
    `it needs the text "${textField}"; or "prompt" and "completion", both texts or both lists of messages { role, content }; ` +
      `or such a list as "messages"; or "inputIds". It has ${Object.keys(fields).join(", ") || "nothing"}`,
  );
}
