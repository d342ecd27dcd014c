/** Leaves the spaces around words out of offsets, where a tokenizer.json asks for that (RoBERTa's do). */
import { flatStages, type Span } from "./spelling.ts";

const leading = /^[\u0120\p{White_Space}]*/u;
const trailing = /[\u0120\p{White_Space}]*$/u;

/** Trims the span of one token. */
export type SpanTrimmer = (token: string, span: Span, index: number) => Span;

/** The trimmer of a checked tokenizer.json, or undefined where offsets stay as they are. */
export function spanTrimmer(json: Record<string, unknown>): SpanTrimmer | undefined {
  const stage = flatStages(json["post_processor"]).find(
    ({ type, trim_offsets: trims }) =>
      (type === "ByteLevel" || type === "RobertaProcessing") && trims === true,
  );
  if (stage === undefined) return undefined;
  const addsPrefix = stage["add_prefix_space"] === true;
  return (token, [start, end], index) => {
    const before = leading.exec(token)![0].length;
    // The space before the first word is no part of the text.
    const isAdded = addsPrefix && before === 1 && (index === 0 || start === 0);
    const from = Math.min(start + before - (isAdded ? 1 : 0), end);
    if (before === token.length) return [from, from];
    return [from, Math.max(end - trailing.exec(token)![0].length, from)];
  };
}
