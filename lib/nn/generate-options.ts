/** What `generate` takes and gives: the settings of transformers' GenerationConfig and the arguments of one call. */

/** One processor of the next token's scores `[V]`: changes them in place, given all tokens so far, the prompt's first. */
export type LogitsProcessor = (scores: Float32Array, tokens: readonly number[]) => void;

/** Receives tokens as they come, as transformers' BaseStreamer: the prompt's first, then one after each step. */
export interface TokenStreamer {
  /** Whether `put` is to be told the probabilities; they cost a pass over the vocabulary each. */
  readonly needsProbabilities?: boolean;
  /**
   * Takes tokens, and what the model itself gave the new one: its probability by the logits, before any setting of the call
   * changed them. The prompt comes without.
   */
  put(tokens: readonly number[], probabilities?: readonly number[]): void;
  /** Called once, after the last token. */
  end(finishReason?: FinishReason): void;
}

/** Why a text ended: an end-of-text token or a stop string, the limit of tokens or time, the caller's signal. */
export type FinishReason = "stop" | "length" | "abort";

/** The settings that a generation_config.json may hold; names (in camelCase) and defaults are those of transformers. */
export interface GenerationSettings {
  /** The most tokens to add to each prompt; 20 when neither this nor maxLength is given. */
  maxNewTokens?: number | undefined;
  /** The most tokens of prompt and continuation together; maxNewTokens takes precedence. */
  maxLength?: number | undefined;
  /** No end-of-text token before this many new tokens. */
  minNewTokens?: number | undefined;
  /** No end-of-text token before this many tokens of prompt and continuation together. */
  minLength?: number | undefined;
  /** Seconds after which no further token is begun. */
  maxTime?: number | undefined;
  /** A text ends when its decoded form has reached one of these; needs `tokenizer`. */
  stopStrings?: string | readonly string[] | undefined;
  /** Whether to draw from the distribution; the most probable token is taken when false (the default). */
  doSample?: boolean | undefined;
  /** Divides the logits before sampling; above 0. Only with doSample. */
  temperature?: number | undefined;
  /** Samples among the k most probable tokens (50 when left out); 0 means all. Only with doSample. */
  topK?: number | undefined;
  /** Samples among the fewest tokens whose probabilities add up to this. Only with doSample. */
  topP?: number | undefined;
  /** Drops tokens less probable than this share of the most probable one. Only with doSample. */
  minP?: number | undefined;
  /** Samples among the most typical tokens whose probabilities add up to this (Meister et al., 2022). Only with doSample. */
  typicalP?: number | undefined;
  /** Drops tokens less probable than this (Hewitt et al., 2022); 0 drops none. Only with doSample. */
  epsilonCutoff?: number | undefined;
  /** The same with a bound that falls with the entropy (Hewitt et al., 2022); 0 drops none. Only with doSample. */
  etaCutoff?: number | undefined;
  /** Above 1 makes tokens that already occurred, in the prompt too, less probable (Keskar et al., 2019). */
  repetitionPenalty?: number | undefined;
  /** No sequence of this many tokens occurs twice; 0 allows it. */
  noRepeatNgramSize?: number | undefined;
  /** Token sequences that are never completed. */
  badWordsIds?: readonly (readonly number[])[] | undefined;
  /** Tokens that are never taken. */
  suppressTokens?: readonly number[] | undefined;
  /** Tokens that are not taken as the first new one. */
  beginSuppressTokens?: readonly number[] | undefined;
  /** Pairs of a token sequence and what is added to the score of its last token once the others stand there. */
  sequenceBias?: readonly (readonly [readonly number[], number])[] | undefined;
  /** The first token after a prompt of one token. */
  forcedBosTokenId?: number | undefined;
  /** The last token when maxLength is reached. */
  forcedEosTokenId?: number | readonly number[] | undefined;
  /** From how many new tokens on, and by which factor a token, the end-of-text score is raised. */
  exponentialDecayLengthPenalty?: readonly [number, number] | undefined;
  /** Replaces NaN by 0 and infinities by the largest finite numbers. */
  removeInvalidValues?: boolean | undefined;
  /** Whether the processed scores are made log probabilities again. */
  renormalizeLogits?: boolean | undefined;
  /** Beams a prompt; 1 means no beam search. */
  numBeams?: number | undefined;
  /** Beam scores are divided by length to this power; above 0 favours long texts. Only with beams. */
  lengthPenalty?: number | undefined;
  /** Whether beam search ends with as many texts as beams (true), by a heuristic (false), or never early ("never"). */
  earlyStopping?: boolean | "never" | undefined;
  /** Continuations a prompt, one after the other in the result; needs doSample or as many beams. */
  numReturnSequences?: number | undefined;
  /** The tokens that end a text; the model's own when left out. */
  eosTokenId?: number | readonly number[] | undefined;
  /** What rows that have ended are filled with; the first eos token when left out. */
  padTokenId?: number | undefined;
}

/** How a model continues its prompts. */
export interface GenerateOptions extends GenerationSettings {
  /** Settings below those of this call and above the model's own generation_config.json. */
  generationConfig?: GenerationSettings | undefined;
  /** 1 for a real token, 0 for padding on the left; all ones when left out. */
  attentionMask?: readonly (readonly number[])[] | undefined;
  /** The seed of sampling; 0 when left out. */
  seed?: number | undefined;
  /** Further processors: after those of the settings, before temperature and what follows it. */
  logitsProcessor?: readonly LogitsProcessor[] | undefined;
  /** Decodes for stopStrings. */
  tokenizer?: { decode(ids: readonly number[]): string } | undefined;
  /** Gets prompt and tokens of a single prompt as they come; not with beams. */
  streamer?: TokenStreamer | undefined;
  /** Called with the new token of each row after each step; not with beams. */
  onToken?: ((tokens: readonly number[]) => void) | undefined;
  /** Stops generation between two tokens; what was generated so far is returned. */
  signal?: AbortSignal | undefined;
  /** true makes the result a {@link GenerateOutput}; see {@link GenerateDictOptions}. */
  returnDictInGenerate?: false | undefined;
}

/** The options of a call whose result is more than the sequences. */
export interface GenerateDictOptions extends Omit<GenerateOptions, "returnDictInGenerate"> {
  returnDictInGenerate: true;
  /** Whether the result holds processed scores. */
  outputScores?: boolean | undefined;
  /** Whether the result holds the model's own logits. */
  outputLogits?: boolean | undefined;
}

/** The result with returnDictInGenerate, as transformers' GenerateDecoderOnlyOutput and GenerateBeamDecoderOnlyOutput. */
export interface GenerateOutput {
  /** Prompts and continuations, `[B · numReturnSequences, T]`. */
  sequences: number[][];
  /** Processed scores of each step, `[steps][B · numReturnSequences or B · numBeams][V]`; of beams, log probabilities. */
  scores?: Float32Array[][];
  /** The model's logits, in the same shape. */
  logits?: Float32Array[][];
  /** Of beams: the summed log probability divided by the length penalty. */
  sequencesScores?: number[];
  /** Of beams: the row of `scores` that each new token came from, -1 behind the end. */
  beamIndices?: number[][];
}

/** `generate` of a model, with its two results. */
export interface GenerateMethod {
  (inputIds: readonly (readonly number[])[], options: GenerateDictOptions): Promise<GenerateOutput>;
  (inputIds: readonly (readonly number[])[], options?: GenerateOptions): Promise<number[][]>;
}
