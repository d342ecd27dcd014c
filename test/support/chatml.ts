/** A tokenizer with a ChatML template, which marks the assistant's tokens or does not, for tests of training. */
import { AutoTokenizer } from "../../lib/tokenizer/index.ts";
import type { ChatMessage, Conversation } from "../../lib/data/index.ts";
import type { ChatTemplateCall, ChatTokens, SFTTokenizer } from "../../lib/train/index.ts";
import { fixture } from "./paths.ts";

const textOf = (content: ChatMessage["content"]): string =>
  typeof content === "string" ? content : (content ?? []).map(({ text }) => text ?? "").join("");

/** The fixture tokenizer whose end-of-text token ends turns, with the template of the fixtures of `sft/`. */
export async function chatmlTokenizer({ marked }: { marked: boolean }): Promise<SFTTokenizer> {
  const tokenizer = await AutoTokenizer.fromPretrained(fixture("tokenizers", "qwen2-nfc"));
  const encode = (text: string): number[] =>
    tokenizer.encode(text, { addSpecialTokens: false, allowSpecial: true });
  return {
    encode: (text, options) => tokenizer.encode(text, options),
    convertTokensToIds: (tokens) => tokenizer.convertTokensToIds(tokens),
    ...{ eosToken: tokenizer.eosToken, eosTokenId: tokenizer.eosTokenId, padTokenId: tokenizer.padTokenId },
    applyChatTemplate(messages: Conversation, options: ChatTemplateCall): ChatTokens {
      const inputIds: number[] = [];
      const assistantMasks: number[] = [];
      const push = (text: string, mask: number): void => {
        const ids = encode(text);
        inputIds.push(...ids);
        assistantMasks.push(...ids.map(() => mask));
      };
      for (const { role, content } of messages) {
        const trained = marked && role === "assistant" ? 1 : 0;
        push(`<|im_start|>${role}\n`, 0);
        push(textOf(content), trained);
        push("<|im_end|>", trained);
        push("\n", 0);
      }
      if (options.addGenerationPrompt) push("<|im_start|>assistant\n", 0);
      return options.returnAssistantTokensMask ? { inputIds, assistantMasks } : { inputIds };
    },
  };
}
