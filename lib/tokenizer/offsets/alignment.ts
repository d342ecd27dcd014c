/** Which part of a text each unit of its normalized form comes from. */
import { ResidencyError } from "../../errors.ts";
import { readableText, type HubNormalizer } from "../hub-tokenizer.ts";

/** A text whose UTF-16 unit `i` comes from `[starts[i], ends[i])` of an earlier text. */
export interface Alignment {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Says that a text's offsets cannot be told. */
export function misaligned(stage: string): never {
  throw new ResidencyError(
    "E_TOKENIZER",
    `Cannot give the offsets of the tokens: the ${stage} of this tokenizer changes the text in a way that cannot be ` +
      "traced back; encode without returnOffsetsMapping",
  );
}

/** The alignment of a text with itself; both halves of a surrogate pair come from the whole character. */
export function identity(text: string): Alignment {
  const draft = startDraft();
  for (const character of text)
    append(draft, character, draft.text.length, draft.text.length + character.length);
  return draft;
}

/**
 * Normalizes a text stage by stage and follows where each character comes from. The stages' own results are kept: this only
 * explains them, with the reference's conventions (a composed character comes from the first of its parts, a replacement
 * from the last character that it replaces, a prefix from the first character of the text).
 *
 * @throws ResidencyError E_TOKENIZER for a stage whose result cannot be explained.
 */
export function alignNormalized(normalizer: HubNormalizer | null, text: string): Alignment {
  if (normalizer === null) return identity(text);
  return alignStage(normalizer, identity(readableText(normalizer, text)));
}

function alignStage(stage: HubNormalizer, before: Alignment): Alignment {
  switch (stage.config.type) {
    case "Sequence":
      return (stage.normalizers ?? []).reduce(
        (alignment, step) => (step === null ? alignment : alignStage(step, alignment)),
        before,
      );
    case "Prepend":
      return compose(before, prepended(stage, before.text));
    case "Replace":
      return compose(before, replaced(stage, before.text));
    case "Strip":
      return compose(before, stripped(stage, before.text));
    default:
      return compose(before, local(stage, before.text));
  }
}

interface Draft {
  text: string;
  starts: number[];
  ends: number[];
}

const startDraft = (): Draft => ({ text: "", starts: [], ends: [] });

function append(draft: Draft, text: string, start: number, end: number): void {
  draft.text += text;
  for (let i = 0; i < text.length; i++) {
    draft.starts.push(start);
    draft.ends.push(end);
  }
}

/** Replaces sources in the text between by their own sources. */
function compose(before: Alignment, after: Alignment): Alignment {
  return {
    text: after.text,
    starts: after.starts.map((at) => before.starts[at] ?? before.ends.at(-1) ?? 0),
    ends: after.ends.map((at) => (at > 0 ? before.ends[at - 1]! : 0)),
  };
}

const firstCharacter = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 0);

function prepended(stage: HubNormalizer, text: string): Alignment {
  const result = stage.normalize(text);
  if (!result.endsWith(text)) misaligned("normalizer");
  const draft = startDraft();
  append(
    draft,
    result.slice(0, result.length - text.length),
    0,
    text === "" ? 0 : firstCharacter(text).length,
  );
  appendSame(draft, text, 0);
  return draft;
}

function replaced(stage: HubNormalizer, text: string): Alignment {
  const { pattern, config } = stage;
  const content = config.content ?? "";
  const draft = startDraft();
  let done = 0;
  for (const [at, match] of matchesOf(pattern ?? null, text)) {
    appendSame(draft, text.slice(done, at), done);
    const last = Array.from(match).at(-1) ?? "";
    done = at + match.length;
    append(draft, content, done - last.length, done);
  }
  appendSame(draft, text.slice(done), done);
  return draft.text === stage.normalize(text) ? draft : misaligned("normalizer");
}

function* matchesOf(pattern: RegExp | string | null, text: string): Generator<[at: number, match: string]> {
  if (pattern === null || pattern === "") return;
  if (typeof pattern !== "string") {
    for (const match of text.matchAll(pattern)) yield [match.index, match[0]];
    return;
  }
  for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + pattern.length))
    yield [at, pattern];
}

function stripped(stage: HubNormalizer, text: string): Alignment {
  const result = stage.normalize(text);
  const draft = startDraft();
  appendSame(draft, result, text.indexOf(result));
  return draft;
}

function appendSame(draft: Draft, text: string, offset: number): void {
  let at = offset;
  for (const character of text) {
    append(draft, character, at, at + character.length);
    at += character.length;
  }
}

// A letter with its marks, or a Korean syllable written in its parts: what Unicode normalization can join.
const clusters = /[^][\p{M}\u1160-\u11FF\uD7B0-\uD7FF]*/gu;

/** A stage that works on each character, or on each character with its marks, by itself. */
function local(stage: HubNormalizer, text: string): Alignment {
  const whole = stage.normalize(text);
  const known = new Map<string, string>();
  const normalize = (part: string): string => {
    const seen = known.get(part);
    if (seen !== undefined) return seen;
    const result = stage.normalize(part);
    known.set(part, result);
    return result;
  };
  for (const parts of [Array.from(text), text.match(clusters) ?? []]) {
    const results = parts.map(normalize);
    if (results.join("") === whole) return alignParts(parts, results, whole);
  }
  return misaligned("normalizer");
}

function alignParts(parts: readonly string[], results: readonly string[], whole: string): Alignment {
  const draft = startDraft();
  let at = 0;
  parts.forEach((part, index) => {
    const from = Array.from(part);
    const to = Array.from(whole.slice(draft.text.length, draft.text.length + results[index]!.length));
    to.forEach((character, k) => {
      // Where characters were joined, the first one stands for what was joined.
      const source =
        to.length < from.length && k > 0 ? from.length - to.length + k : Math.min(k, from.length - 1);
      const start = at + from.slice(0, source).join("").length;
      append(draft, character, start, start + from[source]!.length);
    });
    at += part.length;
  });
  return draft;
}
