/** Tokens as they are generated, each with its text and the probability that the model gave it. */
import type { CausalLanguageModel, FinishReason, TokenStreamer } from "../nn/index.ts";
import type { GenerateTextOptions, TextTokenizer } from "./text.ts";

/** A tokenizer that decodes token by token. */
export interface StreamingTokenizer {
  decodeStream(options?: { skipSpecialTokens?: boolean }): { push(id: number): string; flush(): string };
}

/** The next piece of a text: one token, or the tokens that together make up a character. */
export interface StreamedToken {
  /** Never empty, never half a character. */
  text: string;
  tokenIds: number[];
  /** The probability of these tokens after all before them, in [0, 1], by the model's own logits. */
  probability: number;
}

/** How a text ended. */
export interface StreamEnd {
  finishReason: FinishReason;
  /** Tokens generated, the end-of-text token included. */
  newTokens: number;
}

/** Options of {@link streamTokens}. */
export type StreamTokensOptions = Omit<GenerateTextOptions, "batchSize" | "onProgress">;

/** Puts tokens together until they spell a text. */
class TokenPieces implements TokenStreamer {
  readonly needsProbabilities = true;
  readonly #stream: ReturnType<StreamingTokenizer["decodeStream"]>;
  readonly #tell: (piece: StreamedToken) => void;
  finishReason: FinishReason = "length";
  #hasPrompt = false;
  #tokenIds: number[] = [];
  #probability = 1;

  constructor(tokenizer: StreamingTokenizer, tell: (piece: StreamedToken) => void) {
    this.#stream = tokenizer.decodeStream({ skipSpecialTokens: true });
    this.#tell = tell;
  }

  put(tokens: readonly number[], probabilities?: readonly number[]): void {
    // The prompt is context for the first new token; its own text is known.
    const text = tokens.map((token) => this.#stream.push(token)).join("");
    if (!this.#hasPrompt) {
      this.#hasPrompt = true;
      return;
    }
    this.#tokenIds.push(...tokens);
    this.#probability *= probabilities?.[0] ?? 1;
    this.#emit(text);
  }

  end(finishReason: FinishReason): void {
    this.finishReason = finishReason;
    this.#emit(this.#stream.flush());
  }

  #emit(text: string): void {
    if (text === "") return;
    this.#tell({ text, tokenIds: this.#tokenIds, probability: this.#probability });
    this.#tokenIds = [];
    this.#probability = 1;
  }
}

/**
 * Continues a prompt and gives the new tokens one by one; to leave the loop ends generation. The generator's result says how
 * the text ended.
 *
 * @example
 * for await (const { text, probability } of streamTokens(model, tokenizer, "The sky is", { maxNewTokens: 4 }))
 *   console.log(text, probability.toFixed(2));
 */
export async function* streamTokens(
  model: Pick<CausalLanguageModel, "generate">,
  tokenizer: TextTokenizer & StreamingTokenizer,
  prompt: string,
  options: StreamTokensOptions = {},
): AsyncGenerator<StreamedToken, StreamEnd, undefined> {
  const pieces: StreamedToken[] = [];
  let wake = (): void => undefined;
  const abort = new AbortController();
  const streamer = new TokenPieces(tokenizer, (piece) => {
    pieces.push(piece);
    wake();
  });
  const { signal } = options;
  const stop = (): void => abort.abort();
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  const state = { isOver: false };
  const promptIds = tokenizer.encode(prompt);
  const run = model
    .generate([promptIds], { ...options, tokenizer, streamer, signal: abort.signal })
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
    const [sequence = []] = await run;
    return { finishReason: streamer.finishReason, newTokens: sequence.length - promptIds.length };
  } finally {
    stop();
    signal?.removeEventListener("abort", stop);
    await run.catch(() => undefined);
  }
}
