/** What a tokenizer.json does to the spelling of tokens, as lining them up with a text needs it. */

/** A part of a text, `[start, end)` in UTF-16 units: `text.slice(start, end)`. */
export type Span = readonly [start: number, end: number];

/** What the stages of a tokenizer.json do to the spelling of tokens. */
export interface Spelling {
  /** Whether the pre-tokenizer writes bytes in GPT-2's alphabet. */
  byteLevel: boolean;
  /** The character that stands for a space. */
  space: string;
  modelType: string;
  unknownToken: string | undefined;
  /** What begins a token inside a word, or ends the last token of a word. */
  continuingPrefix: string;
  wordSuffix: string;
  byteFallback: boolean;
  fuseUnknown: boolean;
}

/** Reads the spelling from a checked tokenizer.json. */
export function spellingOf(json: Record<string, unknown>, unknownToken: string | undefined): Spelling {
  const model = json["model"] as Record<string, unknown>;
  const stages = flatStages(json["pre_tokenizer"]);
  const space = stages.find(({ type }) => type === "Metaspace")?.["replacement"];
  const text = (key: string): string => (typeof model[key] === "string" ? model[key] : "");
  return {
    byteLevel: stages.some(({ type }) => type === "ByteLevel"),
    space: typeof space === "string" ? space : "\u2581",
    modelType: text("type"),
    unknownToken,
    continuingPrefix: text("continuing_subword_prefix"),
    wordSuffix: text("end_of_word_suffix"),
    byteFallback: model["byte_fallback"] === true,
    fuseUnknown: model["fuse_unk"] === true,
  };
}

/** A stage and all stages that it is made of. */
export function flatStages(stage: unknown): Record<string, unknown>[] {
  if (typeof stage !== "object" || stage === null) return [];
  const { pretokenizers, processors } = stage as Record<string, unknown>;
  const parts = [pretokenizers, processors].flatMap((list) =>
    Array.isArray(list) ? (list as unknown[]) : [],
  );
  return [stage as Record<string, unknown>, ...parts.flatMap(flatStages)];
}
