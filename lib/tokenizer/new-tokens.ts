/** Adds tokens to a tokenizer.json. */
import { ResidencyError } from "../errors.ts";
import type { AddedToken, ParsedTokenizer } from "./parse.ts";
import type { ParsedTokenizerConfig } from "./parse-config.ts";

/** A token to add: its text, or its text with how it is looked for. */
export type NewToken =
  string | ({ content: string } & Partial<Omit<AddedToken, "id" | "content" | "special">>);

/**
 * A tokenizer with further added tokens, and how many of them it did not have like that. A token that the vocabulary already
 * has keeps its id; others get the ids behind the highest.
 *
 * @throws ResidencyError E_CONFIG for a token without text; TypeError for one that is neither text nor object.
 */
export function withNewTokens(
  parsed: ParsedTokenizer,
  tokens: readonly NewToken[],
  special: boolean,
  vocab: ReadonlyMap<string, number>,
): { parsed: ParsedTokenizer; count: number } {
  const all = new Map(parsed.addedTokens.map((token) => [token.content, token]));
  let next = 0;
  for (const id of vocab.values()) next = Math.max(next, id + 1);
  let count = 0;
  for (const given of tokens) {
    const flags = typeof given === "string" ? { content: given } : given;
    if (typeof (flags as { content?: unknown } | undefined)?.content !== "string") {
      throw new TypeError("Cannot add a token that is neither a text nor an object with its text as content");
    }
    if (flags.content === "") {
      throw new ResidencyError("E_CONFIG", "Cannot add a token without text; leave it out");
    }
    const known = all.get(flags.content);
    const token: AddedToken = {
      normalized: !special,
      lstrip: false,
      rstrip: false,
      singleWord: false,
      ...flags,
      id: known?.id ?? vocab.get(flags.content) ?? next,
      special,
    };
    if (known !== undefined && sameToken(known, token)) continue;
    if (token.id === next) next++;
    all.set(token.content, token);
    count++;
  }
  return { parsed: count === 0 ? parsed : withAddedTokens(parsed, all.values()), count };
}

/**
 * A tokenizer with the added tokens that its tokenizer_config.json lists and its tokenizer.json lacks, and with the tokens that
 * have a role there as special tokens, so that no text becomes the end of a text because a file forgot to say "special". A
 * role that an ordinary word has, such as "!" for padding, leaves it a word.
 */
export function withListedTokens(parsed: ParsedTokenizer, config: ParsedTokenizerConfig): ParsedTokenizer {
  const all = new Map(parsed.addedTokens.map((token) => [token.content, token]));
  const ids = new Set(parsed.addedTokens.map(({ id }) => id));
  for (const token of config.addedTokens) {
    if (!all.has(token.content) && !ids.has(token.id)) all.set(token.content, token);
  }
  for (const content of [...Object.values(config.specialTokens), ...config.additionalSpecialTokens]) {
    const known = all.get(content);
    const id = known?.id ?? vocabularyId(parsed, content);
    if (id === undefined || known?.special === true || !/^[<[{|].+[>\]}|]$/u.test(content)) continue;
    const flags = { lstrip: false, rstrip: false, singleWord: false, normalized: false };
    all.set(content, { ...flags, ...known, id, content, special: true });
  }
  return withAddedTokens(parsed, all.values());
}

/** The id of a token of the model itself. */
function vocabularyId({ json }: ParsedTokenizer, token: string): number | undefined {
  const { vocab } = json["model"] as { vocab: Record<string, number> | [string, number][] };
  if (!Array.isArray(vocab)) return Object.hasOwn(vocab, token) ? vocab[token] : undefined;
  const index = vocab.findIndex(([piece]) => piece === token);
  return index < 0 ? undefined : index;
}

function withAddedTokens(parsed: ParsedTokenizer, tokens: Iterable<AddedToken>): ParsedTokenizer {
  return { ...parsed, addedTokens: [...tokens].sort((a, b) => a.id - b.id) };
}

const sameToken = (a: AddedToken, b: AddedToken): boolean =>
  (Object.keys(a) as (keyof AddedToken)[]).every((key) => a[key] === b[key]);
