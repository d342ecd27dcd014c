/** Parses tokenizer.json, which may come from anywhere, into typed values. */
import { ResidencyError } from "../errors.ts";

/** A token that is cut out of a text before the model sees it (the library's AddedToken). */
export interface AddedToken {
  id: number;
  content: string;
  /** Whether it steers the model instead of being text. */
  special: boolean;
  /** Whether it is looked for in the normalized text instead of the text as given. */
  normalized: boolean;
  /** Whether it swallows the whitespace before it. */
  lstrip: boolean;
  /** Whether it swallows the whitespace behind it. */
  rstrip: boolean;
  /** Whether it must not touch a letter or digit. */
  singleWord: boolean;
}

/** A tokenizer.json that has passed the checks; the stages are read by @huggingface/tokenizers. */
export interface ParsedTokenizer {
  json: Record<string, unknown>;
  addedTokens: AddedToken[];
  /** The token for texts that the vocabulary cannot spell, where the model has one. */
  unknownToken: string | undefined;
}

// Far above any published vocabulary (about 2^18); a larger id would make the library fill a huge sparse array.
const idLimit = 2 ** 24;

/** Checks a parsed tokenizer.json: its stages are there, ids are whole and used once, merges stay in the vocabulary. */
export function parseTokenizerJson(value: unknown): ParsedTokenizer {
  const json = record(value, "tokenizer.json");
  const model = record(json["model"], "model");
  const addedTokens = parseAddedTokens(json["added_tokens"] ?? []);
  if (model["type"] === "BPE" || model["type"] === "WordPiece") {
    const vocab = parseVocab(model["vocab"]);
    if (model["type"] === "BPE") checkMerges(model["merges"], vocab);
  } else if (model["type"] !== "Unigram") {
    fail("model.type", `is ${describe(model["type"])}; allowed: BPE, WordPiece, Unigram`);
  }
  const stages = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  return {
    json: { ...stages, ...json, added_tokens: json["added_tokens"] ?? [] },
    addedTokens,
    unknownToken: unknownToken(model),
  };
}

function parseAddedTokens(value: unknown): AddedToken[] {
  if (!Array.isArray(value)) fail("added_tokens", `is ${describe(value)}; it must be an array`);
  const seen = new Set<number>();
  return value.map((entry: unknown, index) => {
    const path = `added_tokens[${index}]`;
    const id = tokenId(record(entry, path)["id"], `${path}.id`);
    if (seen.has(id)) fail(`${path}.id`, `is ${id}, which an earlier added token has`);
    seen.add(id);
    return parseAddedToken(entry, id, path);
  });
}

/** Reads one added token, whose id may stand inside it or beside it. */
export function parseAddedToken(value: unknown, id: number, path: string): AddedToken {
  const token = record(value, path);
  const { content } = token;
  if (typeof content !== "string" || content === "") fail(`${path}.content`, "must be a non-empty string");
  const special = token["special"] === true;
  const { normalized } = token;
  return {
    id,
    content,
    special,
    normalized: typeof normalized === "boolean" ? normalized : !special,
    lstrip: token["lstrip"] === true,
    rstrip: token["rstrip"] === true,
    singleWord: token["single_word"] === true,
  };
}

function parseVocab(value: unknown): ReadonlyMap<string, number> {
  const vocab = new Map<string, number>();
  const seen = new Set<number>();
  for (const [token, id] of Object.entries(record(value, "model.vocab"))) {
    const checked = tokenId(id, `model.vocab[${JSON.stringify(token)}]`);
    if (seen.has(checked))
      fail(`model.vocab[${JSON.stringify(token)}]`, `is ${checked}, which another token has`);
    seen.add(checked);
    vocab.set(token, checked);
  }
  if (vocab.size === 0) fail("model.vocab", "is empty");
  return vocab;
}

function checkMerges(value: unknown, vocab: ReadonlyMap<string, number>): void {
  if (!Array.isArray(value)) fail("model.merges", `is ${describe(value)}; it must be an array`);
  value.forEach((merge: unknown, index) => {
    const parts: unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
    const [left, right] = parts;
    if (parts.length !== 2 || typeof left !== "string" || typeof right !== "string") {
      fail(`model.merges[${index}]`, "must be two tokens");
    }
    if (!vocab.has(left) || !vocab.has(right) || !vocab.has(left + right)) {
      fail(`model.merges[${index}]`, "joins or makes a token that model.vocab does not have");
    }
  });
}

function unknownToken(model: Record<string, unknown>): string | undefined {
  if (typeof model["unk_token"] === "string") return model["unk_token"];
  const [vocab, id]: unknown[] = [model["vocab"], model["unk_id"]];
  const entry: unknown = Array.isArray(vocab) && typeof id === "number" ? vocab[id] : undefined;
  return Array.isArray(entry) && typeof entry[0] === "string" ? entry[0] : undefined;
}

/** A token id, checked. */
export function tokenId(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < idLimit) return value;
  return fail(path, `is ${describe(value)}; an id must be a whole number from 0 to ${idLimit - 1}`);
}

/** An object, checked. */
export function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail(path, `is ${describe(value)}; it must be an object`);
  }
  return value as Record<string, unknown>;
}

/** What a value is, for a message that must not show a text. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  return typeof value === "number" || value === null || value === undefined
    ? String(value)
    : `a ${typeof value}`;
}

/** Says which part of a tokenizer file is wrong. */
export function fail(path: string, problem: string): never {
  throw new ResidencyError(
    "E_TOKENIZER",
    `Cannot read the tokenizer: ${path} ${problem}; get the file again`,
  );
}
