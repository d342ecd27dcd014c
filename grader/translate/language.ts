/** The languages that the course can be translated to: those whose fixed words the generator knows. */
import { GraderError } from "../errors.ts";
import type { FixedWording } from "./fixed-wording.ts";
import { koreanWording } from "./korean.ts";

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
