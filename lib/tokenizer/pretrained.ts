/** A tokenizer in Hugging Face's format: texts to ids and back. */
import type { MatchPolicy } from "./added-tokens.ts";
import { checkChoice, lengthLimit, padRows, type PaddableRow, type PaddingOptions } from "./batch.ts";
import type {
  BatchChatEncoding,
  ChatEncoding,
  ChatTemplateOptions,
  Conversation,
} from "./chat/conversation.ts";
import { chatText, encodeChats, isBatch, type ChatSource } from "./chat/encode-chat.ts";
import { createDecodeStream, type DecodeStream } from "./decode-stream.ts";
import { encodeRows, pairsOf, toColumns, withoutSample, type RowSource } from "./encode-rows.ts";
import type {
  BatchEncoding,
  CallOptions,
  DecodeOptions,
  EncodedRow,
  EncodeOptions,
  TextInput,
} from "./encoding.ts";
import { writeTokenizerFolder } from "./node.ts";
import { tokenSpans } from "./offsets/token-spans.ts";
import { parseTokenizerJson, type ParsedTokenizer } from "./parse.ts";
import {
  parseTokenizerConfig,
  specialTokenKeys,
  type ParsedTokenizerConfig,
  type Side,
  type SpecialTokenName,
} from "./parse-config.ts";
import type { ContentToken } from "./row.ts";
import { TokenVocabulary } from "./token-vocabulary.ts";
import type { TokenizerCall } from "./tokenizer-call.ts";
import { tokenizerFiles } from "./tokenizer-files.ts";

const Callable = TokenVocabulary as unknown as new (
  ...args: ConstructorParameters<typeof TokenVocabulary>
) => TokenVocabulary & TokenizerCall;

/**
 * Encodes and decodes with one tokenizer.json; made by `Tokenizer.fromJson` or `AutoTokenizer.fromPretrained`, and called
 * like a function.
 *
 * User text never becomes a special token unless `allowSpecial` says so.
 *
 * @example
 * const tokenizer = await AutoTokenizer.fromPretrained("assets/intern");
 * tokenizer.decode(tokenizer.encode("Dx: pneumonia")); // → "Dx: pneumonia"
 * const { inputIds, attentionMask } = tokenizer(["CAP", "COPD"], { padding: true });
 */
export class PreTrainedTokenizer extends Callable {
  /** The longest sequence that the model takes, in tokens, where the files say so. */
  modelMaxLength: number | undefined;
  /** Chat templates by name; the one that is used when none is named is `default`. */
  chatTemplates: Record<string, string>;
  #paddingSide: Side;
  #truncationSide: Side;
  readonly #config: ParsedTokenizerConfig;

  constructor(tokenizer: ParsedTokenizer, config: ParsedTokenizerConfig) {
    super(tokenizer, config);
    this.#config = config;
    this.modelMaxLength = config.modelMaxLength;
    this.chatTemplates = { ...config.chatTemplates };
    [this.#paddingSide, this.#truncationSide] = [config.paddingSide, config.truncationSide];
  }

  /** The side on which rows are padded when a call does not say. */
  get paddingSide(): Side {
    return this.#paddingSide;
  }
  set paddingSide(side: Side) {
    checkChoice("paddingSide", side, ["left", "right"]);
    this.#paddingSide = side;
  }

  /** The side from which rows are cut when a call does not say. */
  get truncationSide(): Side {
    return this.#truncationSide;
  }
  set truncationSide(side: Side) {
    checkChoice("truncationSide", side, ["left", "right"]);
    this.#truncationSide = side;
  }

  /** The default chat template. */
  get chatTemplate(): string | undefined {
    return Object.hasOwn(this.chatTemplates, "default") ? this.chatTemplates["default"] : undefined;
  }
  set chatTemplate(template: string | undefined) {
    const others = Object.entries(this.chatTemplates).filter(([name]) => name !== "default");
    this.chatTemplates = Object.fromEntries(
      template === undefined ? others : [["default", template], ...others],
    );
  }

  /** What calling the tokenizer does. */
  protected _call(
    input: string | readonly TextInput[],
    { textPair, ...options }: CallOptions & { textPair?: string | readonly string[] } = {},
  ): unknown {
    const isOne = typeof input === "string";
    const inputs = pairsOf(isOne ? [input] : input, typeof textPair === "string" ? [textPair] : textPair);
    const rows = this.#encodeAndPad(inputs, options);
    if (!isOne || options.returnOverflowingTokens) return toColumns(rows, options);
    return withoutSample(rows[0]!);
  }

  /** Encodes texts and pairs into one batch, as calling the tokenizer with a list does. */
  encodeBatch<const O extends CallOptions = object>(
    texts: readonly TextInput[],
    options: O = {} as O,
  ): BatchEncoding<O> {
    return toColumns(this.#encodeAndPad(texts, options), options) as BatchEncoding<O>;
  }

  /** The ids of a text or pair; half a surrogate pair, which UTF-8 cannot hold, is read as U+FFFD. */
  encode(text: TextInput, options: Omit<CallOptions, "returnOverflowingTokens"> = {}): number[] {
    return this.#encodeAndPad([text], options)[0]!.inputIds;
  }

  /** The tokens of a text, as the vocabulary spells them; without the template's unless asked for, as in transformers. */
  tokenize(text: string, options: EncodeOptions = {}): string[] {
    const source = this.#rows({ allowSpecial: options.allowSpecial ?? false });
    return source.buildRow(source.contentOf(text, {}), null, options.addSpecialTokens ?? false).tokens;
  }

  /** Pads rows that are encoded already, to the longest unless asked otherwise; their other lists are padded with them. */
  pad<R extends PaddableRow>(
    rows: readonly R[],
    options: PaddingOptions = {},
  ): (R & { attentionMask: number[] })[] {
    const all = { padding: true, paddingSide: this.#paddingSide, ...options };
    return padRows(rows, this.padTokenId, lengthLimit(all, false, this.modelMaxLength), all);
  }

  /** The text of ids; throws E_TOKENIZER for an unknown id. */
  decode(ids: readonly number[], options: DecodeOptions = {}): string {
    this.convertIdsToTokens(ids);
    const shown = options.skipSpecialTokens ? ids.filter((id) => !this.isSpecial(id)) : [...ids];
    if (shown.length === 0) return "";
    // Files of BPE tokenizers may ask for it and transformers 5 does not do it: it would take spaces out of the text itself.
    const isFileHeeded = this.pipeline.spelling.modelType !== "BPE";
    return this.pipeline.hub.decode(shown, {
      clean_up_tokenization_spaces:
        options.cleanUpTokenizationSpaces ?? (isFileHeeded && this.#config.cleanUpTokenizationSpaces),
    });
  }

  /** The texts of rows of ids. */
  batchDecode(rows: readonly (readonly number[])[], options: DecodeOptions = {}): string[] {
    return rows.map((ids) => this.decode(ids, options));
  }

  /** Starts decoding ids that arrive one at a time. */
  decodeStream(options: DecodeOptions = {}): DecodeStream {
    return createDecodeStream((ids) => this.decode(ids, options));
  }

  /** How many tokens the template puts around a text, or around a pair. */
  numSpecialTokensToAdd(pair = false): number {
    return this.pipeline.buildRow([], pair ? [] : null, true).ids.length;
  }

  /**
   * Writes a conversation, or several, as its model's chat template has it, and gives ids, text or masks.
   *
   * @throws ResidencyError E_TOKENIZER without a template, or where the template fails or refuses the conversation; E_CONFIG
   *   for options that contradict each other.
   * @example
   * tokenizer.chatTemplate = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}";
   * tokenizer.applyChatTemplate([{ role: "user", content: "Dx?" }], { tokenize: false }); // "user: Dx?\n"
   */
  applyChatTemplate(messages: Conversation, options: ChatTemplateOptions & { tokenize: false }): string;
  applyChatTemplate<const O extends ChatTemplateOptions & { returnDict: true }>(
    messages: Conversation,
    options: O,
  ): ChatEncoding<O>;
  applyChatTemplate(messages: Conversation, options?: ChatTemplateOptions): number[];
  applyChatTemplate(
    conversations: readonly Conversation[],
    options: ChatTemplateOptions & { tokenize: false },
  ): string[];
  applyChatTemplate<const O extends ChatTemplateOptions & { returnDict: true }>(
    conversations: readonly Conversation[],
    options: O,
  ): BatchChatEncoding<O>;
  applyChatTemplate(conversations: readonly Conversation[], options?: ChatTemplateOptions): number[][];
  applyChatTemplate(
    given: Conversation | readonly Conversation[],
    options: ChatTemplateOptions = {},
  ): unknown {
    const isMany = isBatch(given);
    const conversations = isMany ? given : [given];
    const source = this.#chatSource();
    if (options.tokenize === false) {
      const texts = conversations.map((messages) => chatText(source, messages, options));
      return isMany ? texts : texts[0];
    }
    const rows = encodeChats(source, conversations, options);
    if (options.returnDict !== true) {
      const ids = rows.map(({ inputIds }) => inputIds);
      return isMany ? ids : ids[0];
    }
    return isMany ? toColumns(rows, {}) : rows[0];
  }

  /**
   * Writes tokenizer.json, tokenizer_config.json and the chat templates into a folder that transformers reads, too.
   *
   * @throws ResidencyError E_SAVE where a file cannot be written.
   */
  savePretrained(folder: string): Promise<void> {
    const files = tokenizerFiles(this.parsed, {
      json: this.#config.json,
      specialTokens: this.specialTokensMap,
      modelMaxLength: this.modelMaxLength,
      paddingSide: this.#paddingSide,
      truncationSide: this.#truncationSide,
      chatTemplates: this.chatTemplates,
    });
    writeTokenizerFolder(folder, files);
    return Promise.resolve();
  }

  /** What a console and a notebook show. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const roles = Object.entries(this.specialTokensMap).map(
      ([name, token]) => `${name}: ${JSON.stringify(token)}`,
    );
    return `PreTrainedTokenizer { vocabSize: ${this.vocabSize}, modelMaxLength: ${this.modelMaxLength}, ${roles.join(", ")} }`;
  }

  #encodeAndPad(inputs: readonly TextInput[], options: CallOptions): EncodedRow[] {
    const { allowSpecial = false, paddingSide = this.#paddingSide } = options;
    const rows = encodeRows(this.#rows({ allowSpecial }), inputs, options);
    return padRows(rows, this.padTokenId, lengthLimit(options, false, this.modelMaxLength), {
      ...options,
      paddingSide,
    });
  }

  /** What rows are made with, under a policy for special tokens. */
  #rows(policy: MatchPolicy): RowSource {
    const { pipeline } = this;
    const { buildRow, trimSpan: trim } = pipeline;
    return {
      buildRow,
      modelMaxLength: this.modelMaxLength,
      truncationSide: this.#truncationSide,
      hasTokenTypeIds: this.#config.hasTokenTypeIds,
      contentOf: (given, { returnOffsetsMapping }): ContentToken[] => {
        if (typeof given !== "string")
          throw new TypeError(`Cannot encode a ${typeof given}: it must be a text`);
        // Half a surrogate pair has no UTF-8; the other is as long, so that places stay.
        const text = given.replace(/\p{Surrogate}/gu, "\uFFFD");
        const runs = pipeline.run(text, policy);
        const tokens = runs.flatMap(({ ids, tokens: spelled, added }) =>
          ids.map((id, i) => ({ id, token: spelled[i]!, isAdded: added !== undefined })),
        );
        if (!returnOffsetsMapping) return tokens;
        const spans = tokenSpans(text, runs, pipeline);
        return tokens.map((token, index) => {
          const span = spans[index]!;
          // An added token may have swallowed the whitespace beside it.
          const spelled = token.isAdded ? text.slice(...span) : token.token;
          return { ...token, span: trim ? trim(spelled, span, index) : span };
        });
      },
    };
  }

  #chatSource(): ChatSource {
    const special = this.allSpecialTokens;
    const roles = Object.entries(this.specialTokensMap) as [SpecialTokenName, string][];
    const additional = this.#config.additionalSpecialTokens;
    return {
      chatTemplates: this.chatTemplates,
      specialTokens: {
        ...Object.fromEntries(roles.map(([name, token]) => [specialTokenKeys[name], token])),
        ...(additional.length > 0 ? { additional_special_tokens: additional } : {}),
      },
      spellings: special,
      rowsWith: (cuts) => this.#rows({ allowSpecial: true, cuts }),
      padTokenId: this.padTokenId,
      paddingSide: this.#paddingSide,
    };
  }
}

/** Makes tokenizers from parsed JSON, without file access. */
export const Tokenizer = {
  /** Builds a tokenizer from the contents of tokenizer.json and tokenizer_config.json; throws E_TOKENIZER. */
  fromJson(tokenizerJson: unknown, tokenizerConfig: unknown = {}): PreTrainedTokenizer {
    return new PreTrainedTokenizer(parseTokenizerJson(tokenizerJson), parseTokenizerConfig(tokenizerConfig));
  },
};
