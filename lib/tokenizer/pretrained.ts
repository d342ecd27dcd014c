/** A tokenizer in Hugging Face's format: texts to ids and back. */
import { ResidencyError } from "../errors.ts";
import { batchLimit, padRows, truncateIds, type BatchEncoding, type BatchOptions } from "./batch.ts";
import { createDecodeStream, type DecodeStream } from "./decode-stream.ts";
import { buildHubTokenizer, type HubTokenizer } from "./hub-tokenizer.ts";
import {
  parseTokenizerConfig,
  parseTokenizerJson,
  type ParsedTokenizer,
  type ParsedTokenizerConfig,
} from "./parse.ts";

/** How a text is encoded. */
export interface EncodeOptions {
  /** Add the tokens that the model's template puts around a text, such as a leading BOS (default: true). */
  addSpecialTokens?: boolean;
  /** Let text such as "<|endoftext|>" become that special token (default: false, since user text is not trusted). */
  allowSpecial?: boolean;
}

/** How ids are decoded. */
export interface DecodeOptions {
  /** Leave special tokens out of the text (default: false). */
  skipSpecialTokens?: boolean;
}

/**
 * Encodes and decodes with one tokenizer.json; made by `Tokenizer.fromJson` or `AutoTokenizer.fromPretrained`.
 *
 * @example
 * const tokenizer = await AutoTokenizer.fromPretrained("assets/tokenizer");
 * tokenizer.decode(tokenizer.encode("Dx: pneumonia")); // → "Dx: pneumonia"
 */
export class PreTrainedTokenizer {
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;
  readonly padToken: string | undefined;
  readonly bosTokenId: number | undefined;
  readonly eosTokenId: number | undefined;
  readonly padTokenId: number | undefined;
  /** The longest sequence that the model takes, in tokens, where the files say so. */
  readonly modelMaxLength: number | undefined;
  /** How many tokens there are, added ones included. */
  readonly vocabSize: number;
  readonly #full: HubTokenizer;
  readonly #plain: HubTokenizer;
  readonly #guarded: ReadonlySet<string>;
  readonly #specialIds: ReadonlySet<number>;
  readonly #unknownId: number | undefined;
  /** Whether the post-processor puts tokens around a text. */
  readonly #hasTemplate: boolean;

  constructor(tokenizer: ParsedTokenizer, config: ParsedTokenizerConfig) {
    const specials = tokenizer.addedTokens.filter(({ special }) => special);
    this.#full = buildHubTokenizer(tokenizer.json, config.json);
    // Without its special added tokens, the same pipeline reads their spelling as ordinary text.
    const isSpecial = new Set(specials.map(({ id }) => id));
    const added = (tokenizer.json["added_tokens"] as { id: number }[]).filter(({ id }) => !isSpecial.has(id));
    this.#plain = buildHubTokenizer({ ...tokenizer.json, added_tokens: added }, config.json);
    this.#hasTemplate = this.#full.tokenize("", { add_special_tokens: true }).length > 0;
    this.#specialIds = isSpecial;
    const { unknownToken } = tokenizer;
    this.#unknownId = unknownToken === undefined ? undefined : this.#full.token_to_id(unknownToken);
    this.#guarded = new Set(
      specials.map(({ content }) => content).filter((content) => content !== unknownToken),
    );
    this.vocabSize = [...this.#full.get_vocab().keys()].filter((token) => token !== undefined).length;
    this.modelMaxLength = config.modelMaxLength;
    [this.bosToken, this.bosTokenId] = this.#named("bos_token", config.bosToken);
    [this.eosToken, this.eosTokenId] = this.#named("eos_token", config.eosToken);
    [this.padToken, this.padTokenId] = this.#named("pad_token", config.padToken);
  }

  /** The ids of a text; half a surrogate pair, which UTF-8 cannot hold, is read as U+FFFD. */
  encode(text: string, options: EncodeOptions = {}): number[] {
    // A unigram model passes on pieces that it cannot spell; they are the unknown token.
    return this.tokenize(text, options).map(
      (token) => this.#full.token_to_id(token) ?? this.#unknownId ?? this.#idOf(token),
    );
  }

  /** The tokens of a text, as the vocabulary spells them. */
  tokenize(text: string, { addSpecialTokens = true, allowSpecial = false }: EncodeOptions = {}): string[] {
    const options = { add_special_tokens: addSpecialTokens };
    if (allowSpecial) return this.#full.tokenize(text, options);
    const content = this.#plain.tokenize(text, { add_special_tokens: false });
    if (content.some((token) => this.#guarded.has(token))) {
      throw new ResidencyError(
        "E_TOKENIZER",
        "Cannot encode the text: it spells a special token that this vocabulary also has as an ordinary piece; " +
          "remove it from the text, or pass allowSpecial: true where the text is trusted",
      );
    }
    return addSpecialTokens && this.#hasTemplate ? this.#plain.tokenize(text, options) : content;
  }

  /** The text of ids; an unknown id is an error. */
  decode(ids: readonly number[], { skipSpecialTokens = false }: DecodeOptions = {}): string {
    for (const id of ids) this.#tokenOf(id);
    const shown = skipSpecialTokens ? ids.filter((id) => !this.#specialIds.has(id)) : [...ids];
    return shown.length === 0 ? "" : this.#full.decode(shown);
  }

  /** Starts decoding ids that arrive one at a time. */
  decodeStream(options: DecodeOptions = {}): DecodeStream {
    return createDecodeStream((ids) => this.decode(ids, options));
  }

  /** Encodes texts into one batch; rows are truncated before special tokens are put around them. */
  encodeBatch(texts: readonly string[], options: BatchOptions & EncodeOptions = {}): BatchEncoding {
    const limit = batchLimit(options, this.modelMaxLength);
    const rows = texts.map((text) => {
      const ids = this.encode(text, options);
      if (options.truncation !== true || limit === undefined || ids.length <= limit) return ids;
      return this.#truncate(ids, this.encode(text, { ...options, addSpecialTokens: false }), limit, options);
    });
    return padRows(rows, this.padTokenId, limit, options);
  }

  /** The ids of tokens given as the vocabulary spells them; an unknown token is an error. */
  convertTokensToIds(tokens: readonly string[]): number[] {
    return tokens.map((token) => this.#idOf(token));
  }

  /** The tokens of ids, as the vocabulary spells them. */
  convertIdsToTokens(ids: readonly number[]): string[] {
    return ids.map((id) => this.#tokenOf(id));
  }

  #truncate(
    ids: number[],
    content: number[],
    limit: number,
    { truncationSide = "right" }: BatchOptions,
  ): number[] {
    const around = ids.length - content.length;
    if (around > limit) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot truncate to maxLength ${limit}: the special tokens alone are ${around}`,
      );
    }
    let start = 0;
    while (start < around && !content.every((id, i) => ids[start + i] === id)) start++;
    return [
      ...ids.slice(0, start),
      ...truncateIds(content, limit - around, truncationSide),
      ...ids.slice(start + content.length),
    ];
  }

  #named(key: string, token: string | undefined): [string, number] | [undefined, undefined] {
    if (token === undefined) return [undefined, undefined];
    const id = this.#full.token_to_id(token);
    if (id === undefined) {
      throw new ResidencyError(
        "E_TOKENIZER",
        `Cannot use ${key} ${JSON.stringify(token)} of tokenizer_config.json: tokenizer.json does not have it`,
      );
    }
    return [token, id];
  }

  #idOf(token: string): number {
    const id = this.#full.token_to_id(token);
    if (id !== undefined) return id;
    throw new ResidencyError(
      "E_TOKENIZER",
      "Cannot find a token's id: the vocabulary does not have the token",
    );
  }

  #tokenOf(id: number): string {
    const token = this.#full.id_to_token(id);
    if (token !== undefined) return token;
    throw new ResidencyError(
      "E_TOKENIZER",
      `Cannot decode id ${id}: no token of the ${this.vocabSize} in the vocabulary has it`,
    );
  }
}

/** Makes tokenizers from parsed JSON, without file access. */
export const Tokenizer = {
  /** Builds a tokenizer from the contents of tokenizer.json and tokenizer_config.json; throws E_TOKENIZER. */
  fromJson(tokenizerJson: unknown, tokenizerConfig: unknown = {}): PreTrainedTokenizer {
    return new PreTrainedTokenizer(parseTokenizerJson(tokenizerJson), parseTokenizerConfig(tokenizerConfig));
  },
};
