/** A notebook in another language: the same code, ids and tests; text cells translated, or English with a mark. */
import type { Notebook } from "../../kernel/notebook/index.ts";
import type { NotebookSource } from "../percent/index.ts";
import { buildNotebook } from "../release/index.ts";
import type { Edition, TextPart, Wording } from "../release/index.ts";
import type { Translation, TranslationEntry } from "./entries.ts";
import type { FixedWording } from "./fixed-wording.ts";
import { languageWording } from "./language.ts";
import { sourceTexts, textHash, textKey } from "./parts.ts";
import type { SourceText } from "./parts.ts";

/** Whether a text is translated, was translated from another English text, or never. */
export type TextState = "translated" | "stale" | "missing";

/** A text of a source and what a translation has for it. */
export interface TranslatedText extends SourceText {
  state: TextState;
  /** The translation, of an older text when stale; undefined when missing. */
  entry: TranslationEntry | undefined;
}

type Lookup = (part: TextPart) => { state: TextState; entry: TranslationEntry | undefined };

/** Finds entries by key, and, where a text has moved to another cell, by what it was made from. */
function lookupIn(notebook: string, translation: Translation): Lookup {
  const byHash = new Map(
    [...translation]
      .filter(([key]) => key.startsWith(`${notebook}/`))
      .map(([, entry]) => [entry.hash, entry] as const),
  );
  return (part) => {
    const own = translation.get(textKey(notebook, part));
    const hash = textHash(part.english);
    const entry = own?.hash === hash ? own : byHash.get(hash);
    if (entry !== undefined) return { state: "translated", entry };
    return { state: own === undefined ? "missing" : "stale", entry: own };
  };
}

/** The texts of a source in reading order, each with its translation and whether that still holds. */
export function translatedTexts(source: NotebookSource, translation: Translation): TranslatedText[] {
  const lookup = lookupIn(source.name, translation);
  return sourceTexts(source).map((text) => ({ ...text, ...lookup(text) }));
}

/**
 * Builds an edition in another language. What is not translated, or no longer, stays English behind a mark; the first cell says
 * that a machine made the translation until every text of the notebook is checked. Throws `E_TRANSLATION` for a language without
 * words of its own.
 */
export function buildTranslation(
  source: NotebookSource,
  edition: Edition,
  translation: Translation,
  language: string,
): Notebook {
  const fixed = languageWording(language);
  const lookup = lookupIn(source.name, translation);
  const folder = edition === "course" ? "notebooks" : "exercises";
  const unchecked = translatedTexts(source, translation).some(
    ({ state, entry }) => state !== "translated" || entry?.checked !== true,
  );
  const wording: Wording = {
    ...fixed,
    ...(unchecked ? { titleNote: fixed.machineMade(`../../${folder}/${source.name}.ipynb`) } : {}),
    textOf(part) {
      const { state, entry } = lookup(part);
      const text =
        state === "translated" && entry !== undefined
          ? entry.text
          : marked(part, state === "stale" ? "stale" : "missing", fixed);
      return relinked(text, language);
    },
  };
  return buildNotebook(source, edition, wording);
}

/** The English text with a mark that it is: a line above a whole text, a word behind a part of one. */
function marked({ part, english }: TextPart, state: "stale" | "missing", fixed: FixedWording): string {
  return part === "text" || part === "prompt" || part.startsWith("hint-")
    ? `> **[${fixed.original}]** ${fixed.untranslated[state]}.\n\n${english}`
    : `${english} *[${fixed.original}]*`;
}

/** Links from a folder deeper: those to notebooks and sheets lead to the same ones in the language. */
function relinked(text: string, language: string): string {
  return text
    .replaceAll("](../", "](../../")
    .replaceAll(/\]\(\.\.\/\.\.\/(notebooks|exercises)\/(?=[\w-]+\.ipynb)/g, `](../../$1/${language}/`);
}
