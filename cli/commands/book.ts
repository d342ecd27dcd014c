/** `residency book`: renders the course notebooks to a static site with search. */
import path from "node:path";
import { parseArgs } from "node:util";
import { buildBook } from "../book/index.ts";

const help = `Usage: residency book [--out FOLDER] [--root DIR] [--json]

Renders notebooks/NN-name.ipynb, with the outputs that are saved in them, to pages with a table of contents and search.
They need no server: open index.html, or put the folder on any web host. Translated notebooks (notebooks/ko) become pages of their
own in a folder beside (ko/), and each page leads to its other languages.

  --out FOLDER  where to write (default: out/book); a book that is there is replaced, any other folder is left alone
  --root DIR    the folder that holds notebooks/ (default: the current one)
  --json        print { folder, chapters: [{ name, title, sections }], translations: [{ language, chapters }] }
`;

/** Runs the command. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: "string", default: path.join("out", "book") },
      root: { type: "string", default: "." },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const book = await buildBook(path.resolve(values.root), path.resolve(values.out));
  if (values.json) process.stdout.write(`${JSON.stringify(book)}\n`);
  else {
    const sections = book.chapters.reduce((sum, chapter) => sum + chapter.sections, 0);
    process.stdout.write(
      `${book.chapters.length} chapters with ${sections} sections: ${path.join(book.folder, "index.html")}\n`,
    );
    for (const { language, chapters } of book.translations)
      process.stdout.write(
        `${chapters} chapters in ${language}: ${path.join(book.folder, language, "index.html")}\n`,
      );
  }
  return 0;
}
