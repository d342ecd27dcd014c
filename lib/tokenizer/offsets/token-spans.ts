/** Which part of a text each of its tokens comes from, told by lining tokens up with the text. */
import { byteCharacters } from "../bytes.ts";
import type { HubTokenizer } from "../hub-tokenizer.ts";
import type { Run } from "../run.ts";
import { alignNormalized, misaligned, type Alignment } from "./alignment.ts";
import type { Span, Spelling } from "./spelling.ts";

/** The stages that made the tokens. */
interface Stages {
  hub: HubTokenizer;
  spelling: Spelling;
}

/**
 * The span of each token of a text's runs, in order.
 *
 * @throws ResidencyError E_TOKENIZER where a stage changes the text in a way that cannot be traced.
 */
export function tokenSpans(text: string, runs: readonly Run[], stages: Stages): Span[] {
  let known: { section: Run["section"]; alignment: Alignment } | undefined;
  return runs.flatMap((run) => {
    const { start, end } = run.section;
    if (run.added && run.to - run.from === end - start) return [[start, end] as const];
    // Runs of one section follow each other and share its alignment.
    if (known?.section !== run.section) {
      known = {
        section: run.section,
        alignment: alignNormalized(stages.hub.normalizer, text.slice(start, end)),
      };
    }
    const { alignment } = known;
    if (alignment.text !== run.normalized) misaligned("normalizer");
    const spans = run.added
      ? [[alignment.starts[run.from]!, alignment.ends[run.to - 1]!] as const]
      : runSpans(run, alignment, stages);
    return spans.map(([from, to]) => [start + from, start + to] as const);
  });
}

/** A character of a piece, and what it comes from. */
interface Unit {
  character: string;
  start: number;
  end: number;
  /** The number of the piece that it is in. */
  piece: number;
}

function runSpans(run: Run, alignment: Alignment, { hub, spelling }: Stages): Span[] {
  const units = alignPieces(run, alignment, spelling);
  const { modelType, unknownToken, fuseUnknown } = spelling;
  const isUnknown = ({ character }: Unit): boolean => hub.token_to_id(character) === undefined;
  let at = 0;
  let bytes: number[] = [];

  const take = (token: string): number => {
    const taken = matchLength(token, units, at, spelling);
    if (taken > 0) return taken;
    if (token === unknownToken && modelType === "WordPiece") {
      const { piece } = units[at]!;
      return units.slice(at).findIndex((unit) => unit.piece !== piece);
    }
    if (token === unknownToken) {
      const run = units.slice(at).findIndex((unit) => !isUnknown(unit));
      return fuseUnknown || run === 0 ? run : 1;
    }
    return 0;
  };

  const spans = run.tokens.map((token): Span => {
    // A BPE model without an unknown token drops the characters that it does not know.
    while (modelType === "BPE" && unknownToken === undefined && at < units.length && isUnknown(units[at]!))
      at++;
    const unit = units[at];
    if (unit === undefined) return misaligned("model");
    const byte = spelling.byteFallback ? /^<0x([0-9A-F]{2})>$/.exec(token)?.[1] : undefined;
    if (byte !== undefined && (bytes.length > 0 || matchLength(token, units, at, spelling) === 0)) {
      if (bytes.length === 0) bytes = [...encoder.encode(unit.character)];
      if (bytes.shift() !== Number.parseInt(byte, 16)) misaligned("model");
      if (bytes.length === 0) at++;
      return [unit.start, unit.end];
    }
    const found = take(token);
    const taken = found < 0 ? units.length - at : found;
    if (taken === 0 || bytes.length > 0) misaligned("model");
    const last = units[at + taken - 1]!;
    at += taken;
    return [unit.start, last.end];
  });
  return at === units.length || modelType === "BPE" ? spans : misaligned("model");
}

/** How many units a token spells from `at` on, or 0. */
function matchLength(token: string, units: readonly Unit[], at: number, spelling: Spelling): number {
  const inside = at > 0 && units[at - 1]!.piece === units[at]!.piece;
  const { continuingPrefix, wordSuffix } = spelling;
  let spelled = token;
  if (continuingPrefix !== "" && inside && spelled.startsWith(continuingPrefix)) {
    spelled = spelled.slice(continuingPrefix.length);
  }
  if (wordSuffix !== "" && spelled.endsWith(wordSuffix)) spelled = spelled.slice(0, -wordSuffix.length);
  let length = 0;
  for (const character of spelled) {
    if (units[at + length]?.character !== character) return 0;
    length++;
  }
  return length;
}

const blankBytes = new Set(Array.from("\t\n\v\f\r ", (blank) => byteCharacters[blank.charCodeAt(0)]!));

/** Lines the pre-tokenizer's pieces up with the normalized text; whitespace may be missing, and a leading space added. */
function alignPieces(run: Run, alignment: Alignment, { byteLevel, space }: Spelling): Unit[] {
  const targets = targetsOf(run, alignment, byteLevel);
  const isBlank = (character: string): boolean =>
    byteLevel ? blankBytes.has(character) : /\s/u.test(character);
  const added = byteLevel ? byteCharacters[0x20]! : space;
  const units: Unit[] = [];
  let at = 0;
  run.pieces.forEach((content, piece) => {
    let isFirst = true;
    for (const character of content) {
      const fits = (target: Omit<Unit, "piece"> | undefined): boolean =>
        target?.character === character || (!byteLevel && character === space && target?.character === " ");
      const isAdded = isFirst && character === added && !fits(targets[at]);
      while (!isAdded && at < targets.length && !fits(targets[at]) && isBlank(targets[at]!.character)) at++;
      const target = targets[at] ?? (isAdded ? targets.at(-1) : undefined);
      if (target === undefined || !(isAdded || fits(target))) return misaligned("pre-tokenizer");
      units.push({ character, start: target.start, end: target.end, piece });
      if (!isAdded) at++;
      isFirst = false;
    }
    return undefined;
  });
  return units;
}

/** The characters of a run's normalized text in the alphabet of its pieces. */
function targetsOf(run: Run, { starts, ends }: Alignment, byteLevel: boolean): Omit<Unit, "piece">[] {
  const targets: Omit<Unit, "piece">[] = [];
  let at = run.from;
  for (const given of run.normalized.slice(run.from, run.to)) {
    const [start, end] = [starts[at]!, ends[at + given.length - 1]!];
    if (!byteLevel) targets.push({ character: given, start, end });
    // One byte, and by far the most characters.
    else if (given < "\u0080") targets.push({ character: byteCharacters[given.charCodeAt(0)]!, start, end });
    else
      for (const byte of encoder.encode(given))
        targets.push({ character: byteCharacters[byte]!, start, end });
    at += given.length;
  }
  return targets;
}

const encoder = new TextEncoder();
