/** Scores found identifiers against those that are known to be there. */
import { identifierKinds, type IdentifierKind, type IdentifierSpan } from "./identifiers.ts";

/** Counts and shares of one kind, or of all. */
export interface IdentifierScore {
  /** Identifiers that are there. */
  known: number;
  /** Of those, how many are covered from first to last character; a part left in the text is a leak. */
  covered: number;
  found: number;
  /** Of the found ones, how many touch an identifier. */
  right: number;
  /** covered / known; undefined where there are none. */
  recall: number | undefined;
  /** right / found; undefined where nothing was found. */
  precision: number | undefined;
}

/** The spans of one note: known ones and found ones. */
export interface ScoredNote {
  known: readonly IdentifierSpan[];
  found: readonly IdentifierSpan[];
}

/** The score over all notes, and of each kind: of the known ones by their kind, of the found ones by theirs. */
export interface IdentifierScores extends IdentifierScore {
  byKind: Readonly<Record<IdentifierKind, IdentifierScore>>;
}

const isCovered = (span: IdentifierSpan, by: readonly IdentifierSpan[]): boolean => {
  let at = span.start;
  for (const { start, end } of by.toSorted((a, b) => a.start - b.start))
    if (start <= at && end > at) at = end;
  return at >= span.end;
};

const touches = (span: IdentifierSpan, others: readonly IdentifierSpan[]): boolean =>
  others.some(({ start, end }) => start < span.end && end > span.start);

/**
 * Recall and precision over notes. A known identifier counts as covered whatever kind it was taken for: what matters is
 * that it does not stay in the text.
 *
 * @example
 * scoreIdentifiers([{ known: [{ start: 0, end: 4, kind: "name" }], found: [] }]).recall; // 0
 */
export function scoreIdentifiers(notes: readonly ScoredNote[]): IdentifierScores {
  const score = (kind?: IdentifierKind): IdentifierScore => {
    const counts = { known: 0, covered: 0, found: 0, right: 0 };
    for (const { known, found } of notes) {
      const wanted = known.filter((span) => kind === undefined || span.kind === kind);
      const given = found.filter((span) => kind === undefined || span.kind === kind);
      counts.known += wanted.length;
      counts.covered += wanted.filter((span) => isCovered(span, found)).length;
      counts.found += given.length;
      counts.right += given.filter((span) => touches(span, known)).length;
    }
    return {
      ...counts,
      recall: counts.known === 0 ? undefined : counts.covered / counts.known,
      precision: counts.found === 0 ? undefined : counts.right / counts.found,
    };
  };
  const byKind = Object.fromEntries(identifierKinds.map((kind) => [kind, score(kind)])) as Record<
    IdentifierKind,
    IdentifierScore
  >;
  return { ...score(), byKind };
}
