/** A tokenizer.json as the vocabulary that llama.cpp reads: byte-level BPE, and BPE with byte fallback as of SentencePiece. */
import { ResidencyError } from "../errors.ts";
import type { GgufValue } from "./gguf-types.ts";

type Json = Readonly<Record<string, unknown>>;

/** Options of {@link llamaCppVocabulary}. */
export interface LlamaCppVocabularyOptions {
  tokenizer: Json;
  /** The content of tokenizer_config.json. */
  tokenizerConfig?: Json;
  /** The content of config.json, asked for special tokens that tokenizer_config.json does not name. */
  config: Json;
  /** Rows of the embedding; tokens that the tokenizer lacks are filled up. */
  vocabSize: number;
  /** llama.cpp's name of the rule that parts texts, for tokenizers whose rule is not known here. */
  preTokenizer?: string;
}

/** llama.cpp's kinds of tokens. */
const kinds = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** Splitting patterns by the name that llama.cpp has for them. */
const knownPatterns: Readonly<Record<string, string>> = {
  "llama-bpe":
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  qwen2:
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
};

function refuse(what: string): never {
  throw new ResidencyError("E_TOKENIZER", `Cannot export the tokenizer: ${what}`);
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The stages of a normalizer or pre-tokenizer, a sequence taken apart. */
function stages(value: unknown): Json[] {
  if (!isObject(value)) return [];
  const list = value["normalizers"] ?? value["pretokenizers"] ?? value["processors"];
  return Array.isArray(list) ? list.flatMap(stages) : [value];
}

const allUnknown =
  "how it parts texts has no known name in llama.cpp; give the name with the option pre (--pre), such as gpt-2, llama-bpe or qwen2";

/** llama.cpp's name for how a byte-level tokenizer parts texts. */
function preTokenizerName(tokenizer: Json): string {
  const found = stages(tokenizer["pre_tokenizer"]);
  const [first, second, ...rest] = found;
  const isByteLevel = (stage: Json | undefined, useRegex: boolean): boolean =>
    stage?.["type"] === "ByteLevel" &&
    stage["add_prefix_space"] !== true &&
    (stage["use_regex"] ?? true) === useRegex;
  if (found.length === 1 && isByteLevel(first, true)) return "gpt-2";
  if (rest.length > 0) return refuse(allUnknown);
  if (first?.["type"] === "Digits" && first["individual_digits"] === true && isByteLevel(second, true))
    return "smollm";
  const pattern = isObject(first?.["pattern"]) ? first["pattern"]["Regex"] : undefined;
  const name = Object.keys(knownPatterns).find((key) => knownPatterns[key] === pattern);
  const isolated =
    first?.["type"] === "Split" && first["behavior"] === "Isolated" && first["invert"] !== true;
  return name !== undefined && isolated && isByteLevel(second, false) ? name : refuse(allUnknown);
}

/** Whether texts get a space in front, for a tokenizer that writes spaces as "▁". */
function addsSpacePrefix(tokenizer: Json): boolean {
  const all = [...stages(tokenizer["normalizer"]), ...stages(tokenizer["pre_tokenizer"])];
  const replaces = all.some(
    (stage) => stage["type"] === "Metaspace" || (stage["type"] === "Replace" && stage["content"] === "▁"),
  );
  if (!replaces) refuse('it falls back to bytes but does not write spaces as "▁", which llama.cpp does');
  return all.some(
    (stage) =>
      (stage["type"] === "Prepend" && stage["prepend"] === "▁") ||
      (stage["type"] === "Metaspace" && (stage["prepend_scheme"] ?? "always") !== "never"),
  );
}

interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

function readAddedTokens(tokenizer: Json): AddedToken[] {
  const list = tokenizer["added_tokens"] ?? [];
  if (!Array.isArray(list)) return refuse('its "added_tokens" are no list');
  return list.map((entry: unknown) => {
    const { id, content, special } = isObject(entry) ? entry : {};
    return typeof id === "number" && typeof content === "string"
      ? { id, content, special: special === true }
      : refuse('an entry of its "added_tokens" has no number or no text');
  });
}

function readVocabulary(model: Json): [token: string, id: number][] {
  const vocabulary = model["vocab"];
  if (!isObject(vocabulary)) return refuse("its model has no vocabulary");
  return Object.entries(vocabulary).map(([token, id]) =>
    typeof id === "number" ? [token, id] : refuse(`the token ${JSON.stringify(token)} has no number`),
  );
}

function readMerges(model: Json): [left: string, right: string][] {
  const merges = model["merges"];
  if (!Array.isArray(merges)) return refuse("its model has no merges");
  return merges.map((merge: unknown) => {
    const parts: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    const [left, right, ...rest] = Array.isArray(parts) ? (parts as unknown[]) : [];
    return typeof left === "string" && typeof right === "string" && rest.length === 0
      ? [left, right]
      : refuse(`the merge ${JSON.stringify(merge)} is no pair of tokens`);
  });
}

/** The tokens' texts and kinds by number. */
function listTokens(
  vocabulary: readonly [string, number][],
  added: readonly AddedToken[],
  vocabSize: number,
): { tokens: string[]; types: number[] } {
  const tokens = Array.from({ length: vocabSize }, (_, id) => `[PAD${id}]`);
  const types = new Array<number>(vocabSize).fill(kinds.unused);
  const set = (token: string, id: number, kind: number): void => {
    if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
      refuse(
        `the token ${JSON.stringify(token)} has the number ${id}, and the model has rows 0 to ${vocabSize - 1}`,
      );
    }
    tokens[id] = token;
    types[id] = kind;
  };
  for (const [token, id] of vocabulary) set(token, id, kinds.normal);
  for (const { content, id, special } of added) set(content, id, special ? kinds.control : kinds.userDefined);
  return { tokens, types };
}

/** The text of a special token in tokenizer_config.json, plain or as an added token. */
function tokenText(value: unknown): string | undefined {
  const text = isObject(value) ? value["content"] : value;
  return typeof text === "string" ? text : undefined;
}

function specialIds(
  { tokenizerConfig = {}, config, vocabSize }: LlamaCppVocabularyOptions,
  tokens: readonly string[],
): Map<string, number> {
  const ids = new Map<string, number>();
  for (const kind of ["bos", "eos", "unk", "pad"]) {
    const text = tokenText(tokenizerConfig[`${kind}_token`]);
    const listed: unknown = config[`${kind}_token_id`];
    const first: unknown = Array.isArray(listed) ? listed[0] : listed;
    const id = text === undefined ? first : tokens.indexOf(text);
    if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < vocabSize) ids.set(kind, id);
  }
  return ids;
}

/** The special token at the beginning or end of what the tokenizer makes of one text. */
function templateToken(tokenizer: Json, place: 0 | -1): string | undefined {
  const template = stages(tokenizer["post_processor"]).find(
    (stage) => stage["type"] === "TemplateProcessing",
  );
  const single: unknown = template?.["single"];
  const entry: unknown = Array.isArray(single) ? single.at(place) : undefined;
  const token = isObject(entry) ? entry["SpecialToken"] : undefined;
  return isObject(token) && typeof token["id"] === "string" ? token["id"] : undefined;
}

function chatTemplate(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const named = value.filter(isObject);
  const template = (named.find((entry) => entry["name"] === "default") ?? named[0])?.["template"];
  return typeof template === "string" ? template : undefined;
}

const strings = (value: string[]): GgufValue => ({ type: "array", itemType: "string", value });
const text = (value: string): GgufValue => ({ type: "string", value });
const flag = (value: boolean): GgufValue => ({ type: "bool", value });

/**
 * The metadata `tokenizer.…` of a GGUF file.
 *
 * SentencePiece's scores are not in a tokenizer.json. llama.cpp merges the pair with the best score first, so a token gets
 * the negative rank of the first merge that makes it: the order in which tokenizers would merge.
 *
 * @throws ResidencyError E_TOKENIZER for a tokenizer that llama.cpp has no kind for, or that does not fit the model.
 * @example
 * const tokenizer = readJsonFile("assets/intern/tokenizer.json");
 * const metadata = llamaCppVocabulary({ tokenizer, config, vocabSize: 6144, preTokenizer: "gpt-2" });
 * metadata.get("tokenizer.ggml.model"); // → { type: "string", value: "gpt2" }
 */
export function llamaCppVocabulary(options: LlamaCppVocabularyOptions): Map<string, GgufValue> {
  const { tokenizer, tokenizerConfig = {}, vocabSize, preTokenizer } = options;
  const { model } = tokenizer;
  if (!isObject(model) || model["type"] !== "BPE") {
    const found = isObject(model) && typeof model["type"] === "string" ? model["type"] : "missing";
    return refuse(`its model is ${found}, and only BPE can be exported`);
  }
  const added = readAddedTokens(tokenizer);
  const merges = readMerges(model);
  const { tokens, types } = listTokens(readVocabulary(model), added, vocabSize);
  const ids = specialIds(options, tokens);
  const metadata = new Map<string, GgufValue>();
  if (model["byte_fallback"] === true) {
    for (const [id, token] of tokens.entries()) if (/^<0x[0-9A-F]{2}>$/.test(token)) types[id] = kinds.byte;
    const unknown = typeof model["unk_token"] === "string" ? tokens.indexOf(model["unk_token"]) : -1;
    if (unknown >= 0) {
      types[unknown] = kinds.unknown;
      ids.set("unk", unknown);
    }
    const ranks = new Map<string, number>();
    for (const [rank, [left, right]] of merges.entries()) {
      const token = left + right;
      if (!ranks.has(token)) ranks.set(token, rank);
    }
    const scores = tokens.map((token, id) =>
      types[id] === kinds.normal ? 0 - (ranks.get(token) ?? merges.length) : 0,
    );
    metadata.set("tokenizer.ggml.model", text("llama"));
    metadata.set("tokenizer.ggml.pre", text(preTokenizer ?? "default"));
    metadata.set("tokenizer.ggml.tokens", strings(tokens));
    metadata.set("tokenizer.ggml.scores", { type: "array", itemType: "float32", value: scores });
    metadata.set("tokenizer.ggml.token_type", { type: "array", itemType: "int32", value: types });
    metadata.set("tokenizer.ggml.add_space_prefix", flag(addsSpacePrefix(tokenizer)));
  } else {
    metadata.set("tokenizer.ggml.model", text("gpt2"));
    metadata.set("tokenizer.ggml.pre", text(preTokenizer ?? preTokenizerName(tokenizer)));
    metadata.set("tokenizer.ggml.tokens", strings(tokens));
    metadata.set("tokenizer.ggml.token_type", { type: "array", itemType: "int32", value: types });
    metadata.set("tokenizer.ggml.merges", strings(merges.map((pair) => pair.join(" "))));
  }
  const keys = { bos: "bos", eos: "eos", unk: "unknown", pad: "padding" } as const;
  for (const [kind, key] of Object.entries(keys)) {
    const id = ids.get(kind);
    if (id !== undefined) metadata.set(`tokenizer.ggml.${key}_token_id`, { type: "uint32", value: id });
  }
  // Written also where false, as llama.cpp adds a beginning token to some vocabularies by itself.
  for (const [kind, place] of [
    ["bos", 0],
    ["eos", -1],
  ] as const) {
    const wanted = tokenizerConfig[`add_${kind}_token`];
    const id = ids.get(kind);
    const token = templateToken(tokenizer, place);
    const adds =
      typeof wanted === "boolean" ? wanted : token !== undefined && id !== undefined && tokens[id] === token;
    metadata.set(`tokenizer.ggml.add_${kind}_token`, flag(adds));
  }
  const template = chatTemplate(tokenizerConfig["chat_template"]);
  if (template !== undefined) metadata.set("tokenizer.chat_template", text(template));
  return metadata;
}
