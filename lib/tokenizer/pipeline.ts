/** Runs a text through the stages of @huggingface/tokenizers: added tokens, normalizer, pre-tokenizer, model. */
import { ResidencyError } from "../errors.ts";
import { addedTokenMatcher, type AddedTokenMatcher, type MatchPolicy } from "./added-tokens.ts";
import { buildHubTokenizer, normalizeText, type HubTokenizer } from "./hub-tokenizer.ts";
import { spellingOf, type Spelling } from "./offsets/spelling.ts";
import { spanTrimmer, type SpanTrimmer } from "./offsets/trim.ts";
import type { AddedToken, ParsedTokenizer } from "./parse.ts";
import { rowBuilder, type RowBuilder } from "./row.ts";
import type { Run } from "./run.ts";

/** A tokenizer.json at work. */
export interface Pipeline {
  readonly hub: HubTokenizer;
  readonly addedTokens: readonly AddedToken[];
  readonly spelling: Spelling;
  readonly buildRow: RowBuilder;
  /** How offsets leave out spaces, where the tokenizer.json asks for that. */
  readonly trimSpan: SpanTrimmer | undefined;
  /** The runs of a text without the special tokens that a template puts around it. */
  run(text: string, policy: MatchPolicy): Run[];
}

/**
 * Builds the pipeline of a tokenizer.json.
 *
 * @throws ResidencyError E_TOKENIZER where a stage is unknown or malformed.
 */
export function createPipeline(parsed: ParsedTokenizer): Pipeline {
  const hub = buildHubTokenizer(parsed);
  const { addedTokens, unknownToken } = parsed;
  const special = new Set(addedTokens.filter((token) => token.special).map(({ content }) => content));
  const unknownId = unknownToken === undefined ? undefined : hub.token_to_id(unknownToken);
  const [raw, normalized] = matchers(hub, addedTokens);

  const idOf = (token: string): number => {
    // A model may pass on what it cannot spell, and that may spell a special token.
    const id = special.has(token) ? undefined : hub.token_to_id(token);
    if (id !== undefined) return id;
    if (unknownId !== undefined) return unknownId;
    throw new ResidencyError(
      "E_TOKENIZER",
      "Cannot encode the text: the vocabulary has no token for a part of it, and no unknown token",
    );
  };

  const runText = (text: string, index: number, run: Omit<Run, "pieces" | "tokens" | "ids">): Run => {
    const pieces = hub.pre_tokenizer?.pre_tokenize(text, { section_index: index }) ?? [text];
    const tokens = hub.model(pieces);
    return { ...run, pieces, tokens, ids: tokens.map(idOf) };
  };

  const runSection = (
    text: string,
    section: { start: number; end: number },
    index: number,
    policy: MatchPolicy,
  ): Run[] => {
    const whole = normalizeText(hub.normalizer, text.slice(section.start, section.end));
    const isCut = (at: number): boolean => at >= section.start && at < section.end;
    if (normalized.hasSpecial && [...(policy.cuts ?? [])].some(isCut)) {
      throw new ResidencyError(
        "E_TOKENIZER",
        "Cannot keep a special token's spelling in a message apart from the token: this tokenizer looks for special " +
          "tokens in the normalized text; remove it from the message, or pass allowSpecial: true where it is trusted",
      );
    }
    const inside = { allowSpecial: policy.allowSpecial };
    return normalized.split(whole, inside).map(({ start: from, end: to, token }) => {
      const run = { section, normalized: whole, from, to };
      return token ? addedRun(run, token) : runText(whole.slice(from, to), index, run);
    });
  };

  return {
    hub,
    addedTokens,
    spelling: spellingOf(parsed.json, unknownToken),
    buildRow: rowBuilder(hub, parsed.json),
    trimSpan: spanTrimmer(parsed.json),
    run: (text, policy) =>
      raw.split(text, policy).flatMap(({ start, end, token }, index) => {
        const section = { start, end };
        if (!token) return runSection(text, section, index, policy);
        const content = text.slice(start, end);
        return [addedRun({ section, normalized: content, from: 0, to: content.length }, token)];
      }),
  };
}

function addedRun(run: Omit<Run, "pieces" | "tokens" | "ids">, token: AddedToken): Run {
  return { ...run, pieces: [token.content], tokens: [token.content], ids: [token.id], added: token };
}

/** The matcher for the text as given, and the one for the normalized text. */
function matchers(
  { normalizer }: HubTokenizer,
  addedTokens: readonly AddedToken[],
): [AddedTokenMatcher, AddedTokenMatcher] {
  const raw = new Map<string, AddedToken>();
  const normalized = new Map<string, AddedToken>();
  for (const token of addedTokens) {
    if (!token.normalized || normalizer === null) raw.set(token.content, token);
    else normalized.set(normalizeText(normalizer, token.content), token);
  }
  normalized.delete("");
  return [addedTokenMatcher(raw), addedTokenMatcher(normalized)];
}
