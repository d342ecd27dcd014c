/** What a language has to bring besides translations. */
import type { Wording } from "../release/index.ts";

/** The words of a language that stand in no source. */
export interface FixedWording extends Omit<Wording, "textOf" | "titleNote"> {
  /** Says that nobody has checked all of the translation yet; `english` is the address of the English notebook. */
  machineMade(english: string): string;
  /** Why a text is still English. */
  untranslated: { missing: string; stale: string };
  /** The name of the source's language, which marks a text that is still English. */
  original: string;
}
