/** The languages that the course can be translated to: those whose fixed words the generator knows. */
import { GraderError } from "../errors.ts";
import type { Wording } from "../release/index.ts";
import { koreanWording } from "./korean.ts";

/** The words of a language that stand in no source. */
export interface FixedWording extends Omit<Wording, "textOf" | "titleNote"> {
  /** Says that nobody has checked all of the translation yet; `english` is the address of the English notebook. */
  machineMade(english: string): string;
  /** Why a text is still English. */
  untranslated: { missing: string; stale: string };
  /** The name of the source's language, which marks a text that is still English. */
  original: string;
}

const languages = new Map<string, FixedWording>([["ko", koreanWording]]);

/** The words of a language by its code, as in `ko`. Throws `E_TRANSLATION` for one without. */
export function languageWording(language: string): FixedWording {
  const wording = languages.get(language);
  if (wording === undefined) {
    throw new GraderError(
      "E_TRANSLATION",
      `Cannot translate to "${language}": the generator has words for ${[...languages.keys()].join(", ")}; ` +
        "add those of another language beside grader/translate/korean.ts",
    );
  }
  return wording;
}
