/** The pages of the book: the list of chapters, and one page a chapter. */
import { escapeHtml, frameListener, renderCell } from "../report/index.ts";
import type { Chapter, Section } from "./chapter.ts";
import type { BookWords } from "./words.ts";

/** The course in one language. */
export interface Book {
  words: BookWords;
  chapters: readonly Chapter[];
  /** The same course in other languages. */
  others: readonly OtherBook[];
}

/** The course in another language, as seen from a page. */
export interface OtherBook {
  words: BookWords;
  /** The address of its folder: `ko/`, or `../`. */
  folder: string;
  /** The names of its chapters. */
  chapters: ReadonlySet<string>;
}

/** Files that every page loads, by the name in the book's folder. */
export const bookFiles = {
  style: "book.css",
  library: "minisearch.js",
  words: "search-index.js",
  search: "search.js",
} as const;

// Pages load what lies beside them, run their own scripts, and ask nobody else for anything.
const policy =
  "default-src 'none'; script-src 'self' file: 'unsafe-inline'; style-src 'self' file: 'unsafe-inline'; " +
  "img-src 'self' data:; font-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'";

const href = ({ name }: Chapter, id?: string): string =>
  `${encodeURIComponent(name)}.html${id === undefined ? "" : `#${encodeURIComponent(id)}`}`;

/** A chapter's links to other notebooks lead to their pages; those to exercises to the files beside the pages. */
function bookLinks(text: string): string {
  return text
    .replaceAll(/\]\((?:\.\.\/)+exercises\/(?:[a-z]{2}\/)?/g, "](exercises/")
    .replaceAll(
      /\]\((?:\.\/|\.\.\/notebooks\/|\.\.\/\.\.\/notebooks\/[a-z]{2}\/)?([\w-]+)\.ipynb(#[^)\s]*)?\)/g,
      "]($1.html$2)",
    )
    .replaceAll(/\]\(\.\.\/\.\.\/notebooks\/([\w-]+)\.ipynb(#[^)\s]*)?\)/g, "](../$1.html$2)");
}

function contents({ chapters, words }: Book, current?: Chapter): string {
  const items = chapters.map((chapter) => {
    const link = `<a href="${href(chapter)}"${chapter === current ? ' aria-current="page"' : ""}>${escapeHtml(chapter.title)}</a>`;
    if (chapter !== current) return `<li>${link}</li>`;
    const inner = chapter.sections
      .slice(1)
      .map(({ id, title }) => `<li><a href="#${encodeURIComponent(id)}">${escapeHtml(title)}</a></li>`);
    return `<li>${link}<ol>${inner.join("")}</ol></li>`;
  });
  return `<nav class="contents" aria-label="${words.chapters}"><ol>${items.join("\n")}</ol></nav>`;
}

/** Links to the same page in other languages, or to their first page. */
function languageLinks({ others }: Book, current?: Chapter): string {
  return others
    .map(({ words, folder, chapters }) => {
      const page = current && chapters.has(current.name) ? href(current) : "index.html";
      return `<a class="language" lang="${words.language}" hreflang="${words.language}" href="${folder}${page}">${words.name}</a>`;
    })
    .join("\n");
}

function layout(title: string, book: Book, main: string, current?: Chapter): string {
  const { words } = book;
  return `<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${bookFiles.style}">
<script>${frameListener}</script>
</head>
<body>
<a class="skip" href="#main">${words.skip}</a>
<header class="top">
<a class="home" href="index.html">Residency</a>
<div class="search" role="search">
<input type="search" id="search" placeholder="${words.placeholder}" aria-label="${words.search}" autocomplete="off" role="combobox" aria-expanded="false" aria-controls="results">
<ol id="results" role="listbox" aria-label="${words.results}" hidden></ol>
<p id="search-state" class="quiet" role="status" data-nothing="${words.nothing}" data-failed="${words.failed}" hidden></p>
</div>
${languageLinks(book, current)}
</header>
<div class="columns">
${contents(book, current)}
<main id="main">
${main}
</main>
</div>
<script src="${bookFiles.library}"></script>
<script src="${bookFiles.search}"></script>
</body>
</html>
`;
}

/** The first page: what the course is, and its chapters with what each teaches. */
export function renderContentsPage(book: Book): string {
  const { course, lead } = book.words;
  const items = book.chapters.map((chapter) => {
    const list = chapter.goals.map((goal) => `<li>${escapeHtml(goal)}</li>`).join("");
    return `<li><h2><a href="${href(chapter)}">${escapeHtml(chapter.title)}</a></h2><ul>${list}</ul></li>`;
  });
  const main = `<h1>${course}</h1>
<p class="lead">${lead}</p>
<ol class="chapters">
${items.join("\n")}
</ol>`;
  return layout(`${course} · Residency`, book, main);
}

function renderSection({ id, title, cells }: Section, index: number): string {
  const html = cells.map((cell, place) =>
    renderCell(cell.cell_type === "markdown" ? { ...cell, source: bookLinks(cell.source) } : cell, {
      isFirst: index === 0 && place === 0,
      asPictures: true,
    }),
  );
  const shown = html.filter((part) => part !== "").join("\n");
  return `<section class="part" id="${escapeHtml(id)}" aria-label="${escapeHtml(title)}">\n${shown}\n</section>`;
}

/** The page of one chapter. */
export function renderChapterPage(chapter: Chapter, book: Book): string {
  const { chapters, words } = book;
  const at = chapters.indexOf(chapter);
  const [before, after] = [chapters[at - 1], chapters[at + 1]];
  const link = (to: Chapter | undefined, rel: string): string =>
    to ? `<a rel="${rel}" href="${href(to)}">${escapeHtml(to.title)}</a>` : "<span></span>";
  const notebook = `${encodeURIComponent(chapter.name)}.ipynb`;
  const main = `<h1>${escapeHtml(chapter.title)}</h1>
<p class="quiet"><a href="notebooks/${notebook}" download>${words.download}</a></p>
${chapter.sections.map(renderSection).join("\n")}
<footer class="turn">${link(before, "prev")}${link(after, "next")}</footer>`;
  return layout(`${chapter.title} · Residency`, book, main, chapter);
}
