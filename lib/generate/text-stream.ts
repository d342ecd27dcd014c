/** Text as it is generated: a streamer for `generate`, and an iterator over the pieces of text. */
import type { CausalLanguageModel, TokenStreamer } from "../nn/index.ts";
import type { TextTokenizer } from "./text.ts";
import { streamTokens, type StreamingTokenizer, type StreamTokensOptions } from "./token-stream.ts";

/** How a {@link TextStreamer} tells its text. */
export interface TextStreamerOptions {
  /** Whether the prompt's own text is left out. */
  skipPrompt?: boolean;
  skipSpecialTokens?: boolean;
  /** Gets each piece, never empty; standard output (or a line on the console of a browser) when left out. */
  onText?: (text: string) => void;
}

/** Where text goes by itself. */
function print(text: string): void {
  if (typeof process === "undefined") console.log(text);
  else process.stdout.write(text);
}

/**
 * Tells the text of one sequence as it comes, never half a character (transformers' TextStreamer, which waits for whole
 * words).
 *
 * @example
 * const ids = tokenizer.encode("Dx: pneumonia");
 * await model.generate([ids], { maxNewTokens: 8, streamer: new TextStreamer(tokenizer, { skipPrompt: true }) });
 */
export class TextStreamer implements TokenStreamer {
  readonly #tokenizer: StreamingTokenizer;
  readonly #options: TextStreamerOptions;
  #stream: ReturnType<StreamingTokenizer["decodeStream"]> | undefined;

  constructor(tokenizer: StreamingTokenizer, options: TextStreamerOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#options = options;
  }

  put(tokens: readonly number[]): void {
    const { skipPrompt = false, skipSpecialTokens = false } = this.#options;
    const isPrompt = this.#stream === undefined;
    this.#stream ??= this.#tokenizer.decodeStream({ skipSpecialTokens });
    const stream = this.#stream;
    // The prompt is context for the first new token even where its text is not told.
    const text = tokens.map((token) => stream.push(token)).join("");
    if (!(isPrompt && skipPrompt)) this.#tell(text);
  }

  end(): void {
    this.#tell(this.#stream?.flush() ?? "");
    this.#stream = undefined;
  }

  #tell(text: string): void {
    if (text !== "") (this.#options.onText ?? print)(text);
  }
}

/** Options of {@link streamText}. */
export type StreamTextOptions = StreamTokensOptions;

/**
 * Continues a prompt and gives the new text piece by piece; to leave the loop ends generation.
 *
 * @example
 * for await (const piece of streamText(model, tokenizer, "Dx: pneumonia", { maxNewTokens: 64 })) process.stdout.write(piece);
 */
export async function* streamText(
  model: Pick<CausalLanguageModel, "generate">,
  tokenizer: TextTokenizer & StreamingTokenizer,
  prompt: string,
  options: StreamTextOptions = {},
): AsyncGenerator<string, void, undefined> {
  for await (const { text } of streamTokens(model, tokenizer, prompt, options)) yield text;
}
