/** A translator's work: what is missing or stale as JSON, and the same JSON, filled in, back into the translation. */
import path from "node:path";
import { GraderError } from "../errors.ts";
import { writeAtomically } from "../files.ts";
import { translationDifferences } from "./compare.ts";
import { serializeTranslation } from "./entries.ts";
import { folderTexts, readTranslation } from "./folder.ts";
import type { TranslatedText, TextState } from "./edition.ts";
import type { TextKind } from "./parts.ts";

/** A text to translate. */
export interface TranslationTask {
  key: string;
  kind: TextKind;
  state: TextState;
  hash: string;
  english: string;
  /** The translation: of an older English text when stale, empty when missing. */
  text: string;
  /** Set by a reader who has checked the translation. */
  checked?: true;
}

/** What became of a translator's file. */
export interface AddedTranslations {
  added: string[];
  /** Tasks that were left out, each with the reason; nothing of them was written. */
  refused: { key: string; reason: string }[];
}

/** The task that a text of a source gives. */
export function translationTask({ key, kind, state, hash, english, entry }: TranslatedText): TranslationTask {
  const checked = entry?.checked === true && state === "translated" ? { checked: true as const } : {};
  return { key, kind, state, hash, english, text: entry?.text ?? "", ...checked };
}

/**
 * Writes the tasks that have a text into the folder's translation. One is refused when there is no such text, when the English
 * has changed since the file was made, or when numbers, code, links, tags or headings differ; the others are written all the same.
 *
 * @throws GraderError E_TRANSLATION when `tasks` is no list of objects with key, hash and text.
 */
export async function addTranslations(
  root: string,
  language: string,
  tasks: unknown,
): Promise<AddedTranslations> {
  const translation = await readTranslation(root, language);
  const texts = new Map((await folderTexts(root, language)).map((text) => [text.key, text]));
  const result: AddedTranslations = { added: [], refused: [] };
  for (const { key, hash, text, checked } of parseTasks(tasks)) {
    if (text.trim() === "") continue;
    const source = texts.get(key);
    const reasons =
      source === undefined
        ? ["no notebook has this text"]
        : source.hash !== hash
          ? ["the English text has changed; ask for it again"]
          : translationDifferences(source.english, text);
    if (reasons.length > 0) result.refused.push({ key, reason: reasons.join("; ") });
    else {
      translation.set(key, { hash, text: text.trim(), ...(checked ? { checked } : {}) });
      result.added.push(key);
    }
  }
  if (result.added.length > 0) {
    const file = path.join(root, "notebooks", "i18n", `${language}.json`);
    await writeAtomically(file, serializeTranslation(translation));
  }
  return result;
}

function parseTasks(value: unknown): Pick<TranslationTask, "key" | "hash" | "text" | "checked">[] {
  if (!Array.isArray(value)) throw notTasks("it is no list");
  return value.map((task: unknown, index) => {
    const { key, hash, text, checked } = (task ?? {}) as Record<string, unknown>;
    if (typeof key !== "string" || typeof hash !== "string" || typeof text !== "string")
      throw notTasks(`item ${index + 1} needs key, hash and text, all of them strings`);
    return { key, hash, text, ...(checked === true ? { checked } : {}) };
  });
}

function notTasks(why: string): GraderError {
  return new GraderError(
    "E_TRANSLATION",
    `Cannot add translations: ${why}; make the list with "residency translate" and fill in "text"`,
  );
}
