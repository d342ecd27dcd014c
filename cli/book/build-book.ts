/** Writes the course as a folder of pages that any server, or a browser without one, can show. */
import { readFileSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { translationLanguages } from "../../grader/index.ts";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import { toChapter } from "./chapter.ts";
import type { Chapter } from "./chapter.ts";
import { bookFiles, renderChapterPage, renderContentsPage } from "./page.ts";
import type { Book } from "./page.ts";
import { searchIndexScript, searchLibraryFile } from "./search-index.ts";
import { bookStyle } from "./style.ts";
import { bookWords } from "./words.ts";

/** What was written. */
export interface BuiltBook {
  folder: string;
  chapters: { name: string; title: string; sections: number }[];
  /** The same course in other languages, each in a folder of its own beside the English pages. */
  translations: { language: string; chapters: number }[];
}

/** Written into each book, so that no other folder is ever emptied for one. */
const marker = ".residency-book";

async function emptied(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.length > 0 && !names.includes(marker)) {
    throw new Error(
      `${folder} holds files that are no book, and writing one would remove them; choose a new folder with --out`,
    );
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, marker), "");
}

async function notebooksOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.filter((name) => name.endsWith(".ipynb")).sort();
}

async function chaptersOf(folder: string): Promise<Chapter[]> {
  const chapters: Chapter[] = [];
  for (const name of await notebooksOf(folder)) {
    const text = await readFile(path.join(folder, name), "utf8");
    chapters.push(toChapter(path.basename(name, ".ipynb"), parseNotebook(text)));
  }
  return chapters;
}

/** Writes the pages of one language, and copies the notebooks and sheets that they offer; `language` is "" for English. */
async function writeBook(book: Book, root: string, language: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text);
  await write("index.html", renderContentsPage(book));
  for (const chapter of book.chapters) await write(`${chapter.name}.html`, renderChapterPage(chapter, book));
  await write(bookFiles.style, bookStyle);
  await write(bookFiles.words, searchIndexScript(book.chapters));
  await write(bookFiles.library, readFileSync(searchLibraryFile(), "utf8"));
  await cp(fileURLToPath(new URL("browser/search.js", import.meta.url)), path.join(folder, bookFiles.search));
  for (const part of ["notebooks", "exercises"]) {
    for (const name of await notebooksOf(path.join(root, part, language))) {
      await mkdir(path.join(folder, part), { recursive: true });
      await cp(path.join(root, part, language, name), path.join(folder, part, name));
    }
  }
}

/**
 * Renders the notebooks of `root/notebooks` into `folder`, in the order of their names, and those of each translation into a folder
 * in it that has the language's name.
 *
 * @throws Error when there is no notebook, when one cannot be read, or when the folder holds something else.
 */
export async function buildBook(root: string, folder: string): Promise<BuiltBook> {
  const source = path.join(root, "notebooks");
  const chapters = await chaptersOf(source);
  if (chapters.length === 0)
    throw new Error(`${source} has no notebook; run \`npm run notebooks\` in the project's folder`);
  const names = (of: readonly Chapter[]): Set<string> => new Set(of.map(({ name }) => name));
  const english = { words: bookWords("en"), folder: "../", chapters: names(chapters) };
  const translations: { language: string; chapters: Chapter[] }[] = [];
  for (const language of await translationLanguages(root)) {
    const translated = await chaptersOf(path.join(source, language));
    if (translated.length > 0) translations.push({ language, chapters: translated });
  }
  await emptied(folder);
  const otherBooks = (prefix: string, except = "") =>
    translations
      .filter(({ language }) => language !== except)
      .map(({ language, chapters: translated }) => ({
        words: bookWords(language),
        folder: `${prefix}${language}/`,
        chapters: names(translated),
      }));
  await writeBook({ words: english.words, chapters, others: otherBooks("") }, root, "", folder);
  for (const { language, chapters: translated } of translations) {
    const others = [english, ...otherBooks("../", language)];
    const book = { words: bookWords(language), chapters: translated, others };
    await writeBook(book, root, language, path.join(folder, language));
  }
  return {
    folder,
    chapters: chapters.map(({ name, title, sections }) => ({ name, title, sections: sections.length })),
    translations: translations.map(({ language, chapters: { length } }) => ({ language, chapters: length })),
  };
}
