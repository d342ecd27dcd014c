/** De-identifies notes: every identifier that is found is replaced by a surrogate, the same one for a patient throughout. */
import { mulberry32 } from "../../data/index.ts";
import { ResidencyError } from "../../errors.ts";
import { findIdentifiers, type FindOptions } from "./find.ts";
import type { IdentifierSpan } from "./identifiers.ts";
import { seedsOfNumber, seedsOfSecret } from "./secret.ts";
import { surrogateOf } from "./surrogates.ts";

/** What surrogates and shifts of dates are drawn from. */
export type DeidentifySource =
  /** At least 128 bits, such as `deidentifySecret()` gives. Keep it secret, or forget it: whoever has it can undo the shift of dates. */
  | { secret: Uint8Array; seed?: never }
  /** For tests and lessons alone, since it is no protection: whoever has the texts finds the number by trying all. */
  | { seed: number; secret?: never };

/** How a note is de-identified. */
export type DeidentifyOptions = FindOptions &
  DeidentifySource & {
    /** Whose note it is: notes with one key get the same surrogates and the same shift of dates. */
    patientKey: string;
  };

/** A de-identified note. */
export interface Deidentified {
  text: string;
  /** What was replaced, with its place in the original. */
  found: readonly IdentifierSpan[];
}

/** Dates move by up to this many days, and by one at least. */
const longestShift = 365;

/**
 * Replaces what `findIdentifiers` finds. Dates keep their form and move by one number of days a patient, so that lengths of
 * time stay; names become made-up surnames, the same word the same (but in a note that holds that surname itself); ages over 89 become 90; numbers keep their shape.
 *
 * @throws ResidencyError E_CONFIG when the key is empty, the secret has less than 128 bits, or the seed is no whole number.
 * @example
 * const options = { patientKey: "17", secret: deidentifySecret() };
 * deidentify("Dr. Jane Roe saw her on 2024-03-01 and 2024-03-05.", options).text; // 4 days apart still
 */
export function deidentify(text: string, options: DeidentifyOptions): Deidentified {
  const { patientKey, secret, seed, ...find } = options;
  if (patientKey === "") {
    throw new ResidencyError("E_CONFIG", 'Cannot use patientKey "": give a text that no other patient has');
  }
  const seeds = secret === undefined ? seedsOfNumber(seed, patientKey) : seedsOfSecret(secret, patientKey);
  const shift = mulberry32(seeds());
  const days = shift.between(1, longestShift) * (shift.chance(0.5) ? 1 : -1);
  const found = findIdentifiers(text, find);
  const names = new Map<string, string>();
  // No surrogate may be a name that the note itself holds.
  const held = found.flatMap(({ start, end, kind }) =>
    kind === "name" ? text.slice(start, end).split(/\s+/) : [],
  );
  const nameOf = (word: string): string => {
    const known = names.get(word.toLowerCase());
    if (known !== undefined) return known;
    const drawn = surrogateOf("name", word, seeds, days, new Set([...held, ...names.values()]));
    names.set(word.toLowerCase(), drawn);
    return drawn;
  };
  let [result, at] = ["", 0];
  for (const { start, end, kind } of found) {
    const original = text.slice(start, end);
    const surrogate =
      kind === "name"
        ? original.replace(/\p{L}{2,}(?:[-']\p{L}+)?/gu, nameOf)
        : surrogateOf(kind, original, seeds, days, new Set());
    result += text.slice(at, start) + surrogate;
    at = end;
  }
  return { text: result + text.slice(at), found };
}
