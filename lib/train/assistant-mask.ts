/** Which tokens of a conversation the assistant writes: as the template marks them, or by what each message adds. */
import type { Conversation } from "../data/index.ts";
import { ResidencyError } from "../errors.ts";
import { chatTokens, startsWith, type ChatTemplateCall, type ChatTokenizer } from "./messages.ts";

/** What a conversation is rendered with. */
export type ChatContext = Pick<ChatTemplateCall, "chatTemplate" | "tools">;

/**
 * The tokens of a conversation, and a mask of 1 for those of the assistant. A template without `{% generation %}` is rendered
 * once more before and behind each of the assistant's messages, which shows what it adds; a message ends with the end-of-text
 * token where it has one, since nothing behind it is ever generated.
 *
 * @throws ResidencyError E_TOKENIZER when the template marks nothing and does not render messages one behind the other;
 * E_DATASET when no message is the assistant's.
 */
export function assistantTokens(
  tokenizer: ChatTokenizer,
  messages: Conversation,
  context: ChatContext,
): { inputIds: readonly number[]; mask: readonly number[] } {
  const { inputIds } = chatTokens(tokenizer, messages, context);
  const marked = markedTokens(tokenizer, messages, context);
  if (marked) return { inputIds, mask: marked };
  if (!messages.some(({ role }) => role === "assistant")) {
    throw new ResidencyError(
      "E_DATASET",
      'Cannot train with assistantOnlyLoss on a conversation without a message of the role "assistant"',
    );
  }
  return { inputIds, mask: maskByPrefixes(tokenizer, messages, context, inputIds) };
}

/** The mask that the template gives; undefined when it marks nothing, which a tokenizer may refuse to be asked. */
function markedTokens(
  tokenizer: ChatTokenizer,
  messages: Conversation,
  context: ChatContext,
): readonly number[] | undefined {
  try {
    const options = { ...context, returnAssistantTokensMask: true };
    const { assistantMasks } = chatTokens(tokenizer, messages, options);
    return assistantMasks?.includes(1) ? assistantMasks : undefined;
  } catch (error) {
    // The same conversation was rendered without a mask before, so that nothing else is wrong with it.
    if (error instanceof ResidencyError && error.code === "E_CONFIG") return undefined;
    throw error;
  }
}

function maskByPrefixes(
  tokenizer: ChatTokenizer,
  messages: Conversation,
  context: ChatContext,
  inputIds: readonly number[],
): number[] {
  const mask = inputIds.map(() => 0);
  for (const [index, { role }] of messages.entries()) {
    if (role !== "assistant") continue;
    const before = chatTokens(tokenizer, messages.slice(0, index), { ...context, addGenerationPrompt: true });
    const behind = chatTokens(tokenizer, messages.slice(0, index + 1), context);
    if (!startsWith(behind.inputIds, before.inputIds) || !startsWith(inputIds, behind.inputIds)) {
      throw new ResidencyError(
        "E_TOKENIZER",
        `Cannot train with assistantOnlyLoss: the chat template does not mark the assistant's tokens, and message ${index} ` +
          "changes how those around it are rendered, so that they cannot be found. Put {% generation %} and " +
          "{% endgeneration %} around them in the template, and name its file by chatTemplatePath",
      );
    }
    const start = before.inputIds.length;
    const end = behind.inputIds.length;
    const { eosTokenId } = tokenizer;
    const last = eosTokenId === undefined ? -1 : inputIds.lastIndexOf(eosTokenId, end - 1);
    mask.fill(1, start, last >= start ? last + 1 : end);
  }
  return mask;
}
