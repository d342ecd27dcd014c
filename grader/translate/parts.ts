/** The texts of a notebook source that a translator translates, by a key that stays when the text changes. */
import { createHash } from "node:crypto";
import type { NotebookSource } from "../percent/index.ts";
import { buildNotebook, englishWording, hasExercises } from "../release/index.ts";
import type { TextPart } from "../release/index.ts";

/** What a text is for; all kinds but "text" and "fact" have to be translated before a course counts as translated. */
export type TextKind = "title" | "goal" | "fact" | "prompt" | "hint" | "text";

/** One text of a source. */
export interface SourceText extends TextPart {
  /** `notebook/cell`, and the part where a cell has several: `03-next-token-prediction/shift/hint-1`. */
  key: string;
  notebook: string;
  kind: TextKind;
  hash: string;
}

/** The first 16 hex digits of a text's SHA-256: what a translation was made from. */
export function textHash(english: string): string {
  return createHash("sha256").update(english).digest("hex").slice(0, 16);
}

/** The key of a text in a translation. */
export function textKey(notebook: string, { cell, part }: Pick<TextPart, "cell" | "part">): string {
  return `${notebook}/${cell}${part === "text" ? "" : `/${part}`}`;
}

/**
 * The texts of a source in reading order, each once. They are those that the generator asks for when it builds the notebook and
 * the sheet, so that none can be forgotten here.
 *
 * @example
 * sourceTexts(parsePercent("demo", "// %% [markdown]\n// # Demo\n")).map(({ key }) => key); // ["demo/demo-1"]
 */
export function sourceTexts(source: NotebookSource): SourceText[] {
  const texts = new Map<string, SourceText>();
  const wording = {
    ...englishWording,
    textOf({ cell, part, english }: TextPart): string {
      // Without a cell, the generator only looks for the heading.
      const key = textKey(source.name, { cell, part });
      if (cell !== "" && !texts.has(key))
        texts.set(key, {
          ...{ key, notebook: source.name, cell, part, english },
          ...{ kind: kindOf(cell, part, source), hash: textHash(english) },
        });
      return english;
    },
  };
  buildNotebook(source, "course", wording);
  if (hasExercises(source)) buildNotebook(source, "exercise", wording);
  return [...texts.values()];
}

function kindOf(cell: string, part: string, { cells }: NotebookSource): TextKind {
  if (part === "text" || part === "title" || part === "prompt") return part;
  if (/^hint-\d+$/.test(part) && cells.some(({ id }) => id === cell)) return "hint";
  return /^goal-\d+$/.test(part) ? "goal" : "fact";
}
