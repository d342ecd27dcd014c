/** Writes the course as a folder of pages that any server, or a browser without one, can show. */
import { readFileSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import { toChapter } from "./chapter.ts";
import type { Chapter } from "./chapter.ts";
import { bookFiles, renderChapterPage, renderContentsPage } from "./page.ts";
import { searchIndexScript, searchLibraryFile } from "./search-index.ts";
import { bookStyle } from "./style.ts";

/** What was written. */
export interface BuiltBook {
  folder: string;
  chapters: { name: string; title: string; sections: number }[];
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

/**
 * Renders the notebooks of `root/notebooks` into `folder`, in the order of their names.
 *
 * @throws Error when there is no notebook, when one cannot be read, or when the folder holds something else.
 */
export async function buildBook(root: string, folder: string): Promise<BuiltBook> {
  const source = path.join(root, "notebooks");
  const names = await notebooksOf(source);
  if (names.length === 0)
    throw new Error(`${source} has no notebook; run \`npm run notebooks\` in the project's folder`);
  const chapters: Chapter[] = [];
  for (const name of names) {
    const text = await readFile(path.join(source, name), "utf8");
    chapters.push(toChapter(path.basename(name, ".ipynb"), parseNotebook(text)));
  }
  await emptied(folder);
  const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text);
  await write("index.html", renderContentsPage(chapters));
  for (const chapter of chapters) await write(`${chapter.name}.html`, renderChapterPage(chapter, chapters));
  await write(bookFiles.style, bookStyle);
  await write(bookFiles.words, searchIndexScript(chapters));
  await write(bookFiles.library, readFileSync(searchLibraryFile(), "utf8"));
  await cp(fileURLToPath(new URL("browser/search.js", import.meta.url)), path.join(folder, bookFiles.search));
  for (const part of ["notebooks", "exercises"]) {
    for (const name of await notebooksOf(path.join(root, part))) {
      await mkdir(path.join(folder, part), { recursive: true });
      await cp(path.join(root, part, name), path.join(folder, part, name));
    }
  }
  return {
    folder,
    chapters: chapters.map(({ name, title, sections }) => ({ name, title, sections: sections.length })),
  };
}
