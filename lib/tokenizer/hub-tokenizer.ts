/** The parts of @huggingface/tokenizers that this library calls, with types. */
import * as library from "@huggingface/tokenizers";
import { ResidencyError } from "../errors.ts";
import { readableStage } from "./hub-stages.ts";
import type { AddedToken, ParsedTokenizer } from "./parse.ts";

/** A stage that rewrites a text; `normalizers` are the steps of a sequence. */
export interface HubNormalizer {
  normalize(text: string): string;
  readonly config: { readonly type: string; readonly content?: string; readonly lowercase?: boolean };
  readonly normalizers?: readonly (HubNormalizer | null)[];
  /** What a replacing stage looks for. */
  readonly pattern?: RegExp | string | null;
}

/** A stage that cuts a text into pieces. */
export interface HubPreTokenizer {
  pre_tokenize(text: string, options: { section_index: number }): string[];
}

/** A stage that puts special tokens around the tokens of one or two texts; it only moves what it is given. */
export interface HubPostProcessor {
  post_process<T>(
    tokens: T[],
    pair: T[] | null,
    addSpecialTokens: boolean,
  ): { tokens: (T | string)[]; tokens_pair?: T[] | null; token_type_ids?: number[] };
}

/** A stage that makes text of tokens; `decoders` are the steps of a sequence. */
export interface HubDecoder {
  readonly decoders?: readonly (HubDecoder | null)[];
  /** What a stage that joins bytes reads them with. */
  text_decoder?: { decode(bytes: Uint8Array): string };
}

/** A tokenization pipeline. */
export interface HubTokenizer {
  readonly normalizer: HubNormalizer | null;
  readonly pre_tokenizer: HubPreTokenizer | null;
  readonly model: ((pieces: string[]) => string[]) & {
    /** What each id is decoded as; ids that no token has are holes. */
    readonly vocab: (string | undefined)[];
  };
  readonly post_processor: HubPostProcessor | null;
  readonly decoder: HubDecoder | null;
  decode(ids: number[], options: { clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
}

// The package's own declarations import each other without file extensions, which Node's resolution does not follow.
const { Tokenizer } = library as unknown as {
  Tokenizer: new (tokenizer: object, config: object) => HubTokenizer;
};

/**
 * Builds the pipeline from checked JSON.
 *
 * The model is given its vocabulary without the spellings of special tokens, so that no text can become one by way of the
 * model; the pipeline still knows them as added tokens, for decoding.
 *
 * @throws ResidencyError E_TOKENIZER where a stage is unknown or malformed.
 */
export function buildHubTokenizer({ json, addedTokens, unknownToken }: ParsedTokenizer): HubTokenizer {
  const hidden = new Set(addedTokens.filter(({ special }) => special).map(({ content }) => content));
  // BPE and WordPiece emit the unknown token by its name; a unigram model knows it by its index.
  const model = json["model"] as Record<string, unknown>;
  if (unknownToken !== undefined && model["type"] !== "Unigram") hidden.delete(unknownToken);
  try {
    const hub = new Tokenizer(
      {
        ...json,
        added_tokens: addedTokens.map(addedTokenJson),
        pre_tokenizer: readableStage(json["pre_tokenizer"]),
        model: hideTokens(model, hidden),
      },
      { clean_up_tokenization_spaces: false },
    );
    // What was found in normalized text is decoded from it: a normalizer may have put the space before it into it.
    for (const { normalized, id, content } of addedTokens) {
      if (normalized) hub.model.vocab[id] = normalizeText(hub.normalizer, content);
    }
    keepByteOrderMarks(hub.decoder);
    return hub;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown reason";
    throw new ResidencyError("E_TOKENIZER", `Cannot build the tokenizer: ${reason}`, { cause });
  }
}

/** U+FEFF is a character of the text like any other, which a decoder of whole files would take away. */
function keepByteOrderMarks(decoder: HubDecoder | null): void {
  if (decoder?.text_decoder) decoder.text_decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const step of decoder?.decoders ?? []) keepByteOrderMarks(step);
}

/** Runs the normalizer on what {@link readableText} makes of a text. */
export function normalizeText(normalizer: HubNormalizer | null, text: string): string {
  return normalizer === null ? text : normalizer.normalize(readableText(normalizer, text));
}

/**
 * A text, as long as before, that the normalizer reads as the reference does: JavaScript's lower case of a capital sigma
 * depends on its place in a word, and the reference's does not.
 */
export function readableText(normalizer: HubNormalizer, text: string): string {
  return lowersCase(normalizer) ? text.replaceAll("Σ", "σ") : text;
}

function lowersCase({ config, normalizers = [] }: HubNormalizer): boolean {
  if (config.type === "Lowercase" || (config.type === "BertNormalizer" && config.lowercase === true))
    return true;
  return normalizers.some((step) => step !== null && lowersCase(step));
}

/** An added token as tokenizer.json spells it. */
export function addedTokenJson({ singleWord, ...token }: AddedToken): Record<string, unknown> {
  return { ...token, single_word: singleWord };
}

// Half a surrogate pair: texts are made well-formed before they are encoded, so none holds it.
const unreachable = (token: string): string => `\uD800${token}`;

function hideTokens(model: Record<string, unknown>, hidden: ReadonlySet<string>): Record<string, unknown> {
  const { vocab, merges } = model;
  if (Array.isArray(vocab)) {
    const entries = vocab as [string, number][];
    return {
      ...model,
      vocab: entries.map(([token, score]) => [hidden.has(token) ? unreachable(token) : token, score]),
    };
  }
  const ids = vocab as Record<string, number>;
  if (![...hidden].some((token) => Object.hasOwn(ids, token))) return model;
  const renamed = Object.fromEntries(
    Object.entries(ids).map(([token, id]) => [hidden.has(token) ? unreachable(token) : token, id]),
  );
  if (!Array.isArray(merges)) return { ...model, vocab: renamed };
  const kept = (merges as (string | string[])[]).filter((merge) => {
    const parts = typeof merge === "string" ? merge.split(" ") : merge;
    return !hidden.has(parts.join(""));
  });
  return { ...model, vocab: renamed, merges: kept };
}
