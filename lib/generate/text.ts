/** Text in, text out: batches of prompts through tokenizer, model and back. */
import type { CausalLanguageModel, GenerateOptions } from "../nn/index.ts";

/** What text generation needs of a tokenizer. */
export interface TextTokenizer {
  encode(text: string): number[];
  decode(ids: readonly number[], options?: { skipSpecialTokens?: boolean }): string;
  readonly eosTokenId: number | undefined;
  readonly padTokenId: number | undefined;
}

/** Options of {@link generateText}. */
export interface GenerateTextOptions extends Omit<
  GenerateOptions,
  "attentionMask" | "padTokenId" | "onToken" | "streamer" | "tokenizer" | "numReturnSequences"
> {
  /** Prompts that run together; 16 when left out. */
  batchSize?: number;
  /** Called after each batch with the number of prompts that are done. */
  onProgress?: (done: number, total: number) => void;
}

/** Puts prompts of different lengths into one batch, padded on the left, as generation needs it. */
function padLeft(
  prompts: readonly number[][],
  filler: number,
): { inputIds: number[][]; attentionMask: number[][] } {
  const length = Math.max(...prompts.map((prompt) => prompt.length));
  const missing = (prompt: number[], value: number): number[] =>
    Array<number>(length - prompt.length).fill(value);
  return {
    inputIds: prompts.map((prompt) => [...missing(prompt, filler), ...prompt]),
    attentionMask: prompts.map((prompt) => [...missing(prompt, 0), ...prompt.map(() => 1)]),
  };
}

/**
 * Continues each prompt and gives the new text alone, without special tokens, in the order of the prompts.
 *
 * Prompts of like length run together, so that little time goes into padding.
 *
 * @example
 * const [answer] = await generateText(model, tokenizer, ["Dx: pneumonia (PNA)\nHPI:"], { maxNewTokens: 16 });
 */
export async function generateText(
  model: CausalLanguageModel,
  tokenizer: TextTokenizer,
  prompts: readonly string[],
  { batchSize = 16, onProgress, ...options }: GenerateTextOptions = {},
): Promise<string[]> {
  const encoded = prompts.map((prompt) => tokenizer.encode(prompt));
  const order = encoded.map((_, index) => index).sort((a, b) => encoded[b]!.length - encoded[a]!.length);
  const padTokenId = tokenizer.padTokenId ?? tokenizer.eosTokenId ?? 0;
  const texts = new Array<string>(prompts.length).fill("");
  for (let at = 0; at < order.length; at += batchSize) {
    const indices = order.slice(at, at + batchSize);
    const { inputIds, attentionMask } = padLeft(
      indices.map((index) => encoded[index]!),
      padTokenId,
    );
    const sequences = await model.generate(inputIds, {
      ...options,
      attentionMask,
      padTokenId,
      tokenizer,
      numReturnSequences: 1,
    });
    for (const [row, index] of indices.entries()) {
      const continuation = sequences[row]!.slice(inputIds[row]!.length);
      texts[index] = tokenizer.decode(continuation, { skipSpecialTokens: true });
    }
    onProgress?.(Math.min(at + batchSize, order.length), order.length);
  }
  return texts;
}
