/** Text as it is generated: a streamer for `generate`, and an iterator over the pieces. */
import type { CausalLanguageModel, TokenStreamer } from "../nn/index.ts";
import type { GenerateTextOptions, TextTokenizer } from "./text.ts";

/** A tokenizer that decodes token by token. */
export interface StreamingTokenizer {
  decodeStream(options?: { skipSpecialTokens?: boolean }): { push(id: number): string; flush(): string };
}

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
export type StreamTextOptions = Omit<GenerateTextOptions, "batchSize" | "onProgress">;

/**
 * Continues a prompt and gives the new text piece by piece; to leave the loop ends generation.
 *
 * @example
 * for await (const piece of streamText(model, tokenizer, "Dx: pneumonia", { maxNewTokens: 64 })) process.stdout.write(piece);
 */
export async function* streamText(
  model: CausalLanguageModel,
  tokenizer: TextTokenizer & StreamingTokenizer,
  prompt: string,
  options: StreamTextOptions = {},
): AsyncGenerator<string, void, undefined> {
  const pieces: string[] = [];
  let wake = (): void => undefined;
  const abort = new AbortController();
  const streamer = new TextStreamer(tokenizer, {
    skipPrompt: true,
    skipSpecialTokens: true,
    onText: (text) => {
      pieces.push(text);
      wake();
    },
  });
  const { signal } = options;
  const stop = (): void => abort.abort();
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  const state = { isOver: false };
  const run = model
    .generate([tokenizer.encode(prompt)], { ...options, tokenizer, streamer, signal: abort.signal })
    .finally(() => {
      state.isOver = true;
      wake();
    });
  // A failure is told by the await below; until then nobody listens.
  run.catch(() => undefined);
  try {
    for (;;) {
      const piece = pieces.shift();
      if (piece !== undefined) yield piece;
      else if (state.isOver) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await run;
  } finally {
    stop();
    signal?.removeEventListener("abort", stop);
    await run.catch(() => undefined);
  }
}
