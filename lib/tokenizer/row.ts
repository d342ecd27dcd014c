/** A row of tokens: the tokens of one or two texts, with the special tokens that a template puts around them. */
import { ResidencyError } from "../errors.ts";
import type { HubTokenizer } from "./hub-tokenizer.ts";
import { flatStages, type Span } from "./offsets/spelling.ts";

/** A token of a text. */
export interface ContentToken {
  id: number;
  /** As the vocabulary spells it, or as the text does where the vocabulary cannot. */
  token: string;
  /** Where it comes from, when that was asked for. */
  span?: Span;
}

/** One token after another, with what is known of each. */
export interface Row {
  ids: number[];
  tokens: string[];
  /** 0 for tokens of the first part of the template, 1 for those of the second. */
  typeIds: number[];
  /** 1 at tokens that the template put there. */
  specialMask: number[];
  /** Where each token comes from in its own text; `[0, 0]` for tokens of the template. */
  spans: Span[];
  /** Which text each token belongs to; null for tokens of the template. */
  sequenceIds: (0 | 1 | null)[];
}

/** Puts the template's tokens around the tokens of one text, or of two. */
export type RowBuilder = (
  first: readonly ContentToken[],
  second: readonly ContentToken[] | null,
  addSpecialTokens: boolean,
) => Row;

/** The row builder of a pipeline whose checked tokenizer.json is `json`. */
export function rowBuilder(hub: HubTokenizer, json: Record<string, unknown>): RowBuilder {
  const stages = flatStages(json["post_processor"]);
  // RoBERTa's template knows no second type; the library numbers it as BERT's.
  const hasTypes = !stages.some(({ type }) => type === "RobertaProcessing");
  const known = templateIds(stages);

  const idOf = (token: string): number => {
    const id = known.get(token) ?? hub.token_to_id(token);
    if (id !== undefined) return id;
    throw new ResidencyError(
      "E_TOKENIZER",
      `Cannot encode the text: the tokenizer's template names ${JSON.stringify(token)}, which the vocabulary does not have`,
    );
  };

  return (first, second, addSpecialTokens) => {
    const of = (tokens: readonly ContentToken[], sequence: 0 | 1): Marked[] =>
      tokens.map((token) => ({ token, sequence }));
    const [a, b] = [of(first, 0), second === null ? null : of(second, 1)];
    const result = hub.post_processor?.post_process(a, b, addSpecialTokens) ?? { tokens: a, tokens_pair: b };
    const all = [...result.tokens, ...(result.tokens_pair ?? [])];
    const row: Row = { ids: [], tokens: [], typeIds: [], specialMask: [], spans: [], sequenceIds: [] };
    all.forEach((entry, index) => {
      const isTemplate = typeof entry === "string";
      row.ids.push(isTemplate ? idOf(entry) : entry.token.id);
      row.tokens.push(isTemplate ? entry : entry.token.token);
      const type = result.token_type_ids?.[index] ?? (isTemplate ? 0 : entry.sequence);
      row.typeIds.push(hasTypes ? type : 0);
      row.specialMask.push(isTemplate ? 1 : 0);
      row.spans.push(isTemplate ? [0, 0] : (entry.token.span ?? [0, 0]));
      row.sequenceIds.push(isTemplate ? null : entry.sequence);
    });
    return row;
  };
}

interface Marked {
  token: ContentToken;
  sequence: 0 | 1;
}

/** The ids that a template gives its special tokens. */
function templateIds(stages: readonly Record<string, unknown>[]): ReadonlyMap<string, number> {
  const entries = stages.flatMap(({ special_tokens: tokens }) =>
    typeof tokens === "object" && tokens !== null ? Object.entries(tokens as Record<string, unknown>) : [],
  );
  return new Map(
    entries.flatMap(([name, value]): [string, number][] => {
      const ids = (value as { ids?: unknown } | null)?.ids;
      return Array.isArray(ids) && ids.length === 1 && typeof ids[0] === "number" ? [[name, ids[0]]] : [];
    }),
  );
}
