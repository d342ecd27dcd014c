/** The book's search index: a document a section, made when the book is, read by every page. */
import { createRequire } from "node:module";
import path from "node:path";
import MiniSearch from "minisearch";
import { wordsOf } from "./chapter.ts";
import type { Chapter } from "./chapter.ts";

/** A section as the index has it. */
interface SearchDocument {
  /** The section's address in the book. */
  id: string;
  title: string;
  chapter: string;
  text: string;
}

/** How the index is made and read: both sides have to say the same. */
export const searchOptions = { fields: ["title", "chapter", "text"], storeFields: ["title", "chapter"] };

/** A script that gives pages the index, as `residencyBook`. */
export function searchIndexScript(chapters: readonly Chapter[]): string {
  const index = new MiniSearch<SearchDocument>(searchOptions);
  for (const chapter of chapters) {
    for (const section of chapter.sections) {
      index.add({
        id: `${encodeURIComponent(chapter.name)}.html#${encodeURIComponent(section.id)}`,
        title: section.title,
        chapter: chapter.title,
        text: wordsOf(section),
      });
    }
  }
  const json = JSON.stringify(JSON.stringify(index));
  return `globalThis.residencyBook = { options: ${JSON.stringify(searchOptions)}, index: ${json} };\n`;
}

/** The file of the search library for a page without a bundler. */
export function searchLibraryFile(): string {
  const main = createRequire(import.meta.url).resolve("minisearch");
  return path.join(path.dirname(main), "../umd/index.js");
}
