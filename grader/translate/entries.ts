/** A translation on disk: `notebooks/i18n/ko.json`, one entry a line, so that the work of several people merges. */
import { GraderError } from "../errors.ts";

/** A translated text. */
export interface TranslationEntry {
  /** The hash of the English text that it was made from. */
  hash: string;
  text: string;
  /** Whether a reader of the language has checked it; without, a machine made it. */
  checked?: true;
}

/** A translation by key. */
export type Translation = Map<string, TranslationEntry>;

/** Reads a translation. Throws `E_TRANSLATION` when it is damaged; `file` is what the message calls it. */
export function parseTranslation(file: string, json: string): Translation {
  const wrong = (why: string): GraderError =>
    new GraderError("E_TRANSLATION", `Cannot read the translation ${file}: ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw wrong(`it is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong("it has to be an object from keys to entries");
  const translation: Translation = new Map();
  for (const [key, entry] of Object.entries(value as Record<string, unknown>)) {
    if (!/^[\w-]+\/[\w-]+(\/[\w -]+)?$/.test(key))
      throw wrong(`the key "${key}" is not in the form notebook/cell or notebook/cell/part`);
    if (!isEntry(entry))
      throw wrong(
        `the entry "${key}" needs a hash of 16 hex digits and a text, and may say "checked": true; it holds nothing else`,
      );
    translation.set(key, entry);
  }
  return translation;
}

function isEntry(value: unknown): value is TranslationEntry {
  if (typeof value !== "object" || value === null) return false;
  const { hash, text, checked, ...rest } = value as Record<string, unknown>;
  return (
    typeof hash === "string" &&
    /^[0-9a-f]{16}$/.test(hash) &&
    typeof text === "string" &&
    text.trim() !== "" &&
    (checked === undefined || checked === true) &&
    Object.keys(rest).length === 0
  );
}

const order = new Intl.Collator("en", { numeric: true });

/** Writes a translation: an entry a line, sorted by notebook and cell. */
export function serializeTranslation(translation: Translation): string {
  const lines = [...translation]
    .sort(([a], [b]) => order.compare(a, b))
    .map(([key, { hash, text, checked }]) => {
      const entry = { hash, ...(checked ? { checked } : {}), text };
      return `${JSON.stringify(key)}: ${JSON.stringify(entry)}`;
    });
  return lines.length === 0 ? "{}\n" : `{\n${lines.join(",\n")}\n}\n`;
}
