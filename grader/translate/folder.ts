/** Translates a project folder: writes `notebooks/ko` and `exercises/ko` beside the English files, and counts what is translated. */
import { readFile, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { parseNotebook, serializeNotebook } from "../../kernel/notebook/index.ts";
import type { Notebook } from "../../kernel/notebook/index.ts";
import { writeAtomically } from "../files.ts";
import { parsePercent } from "../percent/index.ts";
import type { NotebookSource } from "../percent/index.ts";
import { assertNoLeak, hasExercises, withOutputsOf } from "../release/index.ts";
import type { ReleaseResult } from "../release/index.ts";
import { buildTranslation, translatedTexts } from "./edition.ts";
import type { TranslatedText } from "./edition.ts";
import { parseTranslation } from "./entries.ts";
import type { Translation } from "./entries.ts";
import { languageWording } from "./language.ts";

/** What `releaseTranslation` found and did; a cell counts as translated when all of its texts are. */
export interface TranslationRelease extends ReleaseResult {
  language: string;
  /** Cells with text, in all notebooks together. */
  cells: number;
  translated: number;
  /** Cells with a text whose English has changed since it was translated. */
  staleCells: number;
}

const fileOf = (root: string, language: string): string =>
  path.join(root, "notebooks", "i18n", `${language}.json`);

/** The codes of the languages that the folder has a translation for, such as `["ko"]`. */
export async function translationLanguages(root: string): Promise<string[]> {
  const names = await readdir(path.join(root, "notebooks", "i18n")).catch(() => []);
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => path.basename(name, ".json"))
    .sort();
}

/** Reads the translation of a folder; empty when there is none yet. Throws `E_TRANSLATION`. */
export async function readTranslation(root: string, language: string): Promise<Translation> {
  languageWording(language);
  const json = await readFile(fileOf(root, language), "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "{}";
    throw error;
  });
  return parseTranslation(`notebooks/i18n/${language}.json`, json);
}

/** The notebook sources of a folder in the order of their names, each with its own text. */
export async function readSources(root: string): Promise<{ source: NotebookSource; text: string }[]> {
  const files = (await readdir(path.join(root, "notebooks")))
    .filter((file) => file.endsWith(".nb.ts"))
    .sort();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.join(root, "notebooks", file), "utf8");
      return { source: parsePercent(file.slice(0, -".nb.ts".length), text), text };
    }),
  );
}

/** Every text of a folder's sources, with its translation. */
export async function folderTexts(root: string, language: string): Promise<TranslatedText[]> {
  const translation = await readTranslation(root, language);
  return (await readSources(root)).flatMap(({ source }) => translatedTexts(source, translation));
}

/**
 * Generates a language's notebooks, with the outputs that the English ones have saved, and its sheets; with `check`, writes
 * nothing and only compares. Throws `E_TRANSLATION`, `E_PERCENT`, `E_RELEASE`.
 */
export async function releaseTranslation(
  root: string,
  language: string,
  options: { check?: boolean } = {},
): Promise<TranslationRelease> {
  const translation = await readTranslation(root, language);
  const wanted = new Map<string, string>();
  const cells = new Map<string, TranslatedText["state"]>();
  for (const { source, text } of await readSources(root)) {
    const editionOf = (edition: "course" | "exercise"): Notebook => {
      const notebook = buildTranslation(source, edition, translation, language);
      assertNoLeak(source.name, text, notebook);
      return notebook;
    };
    const english = await readFile(path.join(root, "notebooks", `${source.name}.ipynb`), "utf8").catch(
      () => undefined,
    );
    const course = editionOf("course");
    const shown = english === undefined ? course : withOutputsOf(course, parseNotebook(english));
    wanted.set(`notebooks/${language}/${source.name}.ipynb`, serializeNotebook(shown));
    if (hasExercises(source))
      wanted.set(`exercises/${language}/${source.name}.ipynb`, serializeNotebook(editionOf("exercise")));
    for (const { notebook, cell, state } of translatedTexts(source, translation)) {
      const key = `${notebook}/${cell}`;
      cells.set(key, worse(cells.get(key) ?? "translated", state));
    }
  }
  const count = (state: string): number => [...cells.values()].filter((each) => each === state).length;
  return {
    language,
    ...(await writeFiles(root, language, wanted, options.check === true)),
    ...{ cells: cells.size, translated: count("translated"), staleCells: count("stale") },
  };
}

const states = ["translated", "missing", "stale"] as const;

const worse = (a: TranslatedText["state"], b: TranslatedText["state"]): TranslatedText["state"] =>
  states.indexOf(a) > states.indexOf(b) ? a : b;

async function writeFiles(
  root: string,
  language: string,
  wanted: Map<string, string>,
  check: boolean,
): Promise<ReleaseResult> {
  const stale: string[] = [];
  for (const [target, content] of wanted) {
    const present = await readFile(path.join(root, target), "utf8").catch(() => undefined);
    if (present === content) continue;
    stale.push(target);
    if (!check) await writeAtomically(path.join(root, target), content);
  }
  const orphans: string[] = [];
  for (const folder of [`notebooks/${language}`, `exercises/${language}`]) {
    const names = await readdir(path.join(root, folder)).catch(() => []);
    const files = names.filter((name) => name.endsWith(".ipynb")).map((name) => `${folder}/${name}`);
    orphans.push(...files.filter((file) => !wanted.has(file)).sort());
  }
  if (!check) for (const file of orphans) await rm(path.join(root, file));
  return { files: [...wanted.keys()], stale, orphans };
}
