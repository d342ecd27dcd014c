/** The Korean course: the same code and tests as the English one, its texts translated, what is not marked and counted. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import MarkdownIt from "markdown-it";
import { cellChecksum, folderTexts, releaseTranslation, translationDifferences } from "../../grader/index.ts";
import type { NbgraderMetadata, TranslatedText } from "../../grader/index.ts";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import type { Cell, Notebook } from "../../kernel/notebook/index.ts";
import { repositoryRoot } from "../support/paths.ts";

/** Notebooks that nobody has translated yet, by name; `residency translate ko` lists their texts. */
const waiting: readonly string[] = [];

const notebookAt = async (file: string): Promise<Notebook> =>
  parseNotebook(await readFile(path.join(repositoryRoot, file), "utf8"));

describe("the Korean course", () => {
  let texts: TranslatedText[];
  before(async () => {
    texts = await folderTexts(repositoryRoot, "ko");
  });

  it("is in step with its sources and its translation", async () => {
    const { files, stale, orphans } = await releaseTranslation(repositoryRoot, "ko", { check: true });
    assert.deepEqual({ stale, orphans }, { stale: [], orphans: [] });
    assert.ok(files.length > 20);
  });

  it("has the English notebooks' code cells and outputs, byte for byte", async () => {
    for (const name of new Set(texts.map(({ notebook }) => notebook))) {
      const [english, other] = await Promise.all([
        notebookAt(`notebooks/${name}.ipynb`),
        notebookAt(`notebooks/ko/${name}.ipynb`),
      ]);
      assert.deepEqual(withoutTexts(other), withoutTexts(english), name);
    }
  });

  it("has the English sheets' code, tests, points and grade ids, and checksums of its own tasks", async () => {
    for (const { notebook: name } of texts.filter(({ kind }) => kind === "prompt")) {
      const [english, other] = await Promise.all([
        notebookAt(`exercises/${name}.ipynb`),
        notebookAt(`exercises/ko/${name}.ipynb`),
      ]);
      assert.deepEqual(withoutTexts(other), withoutTexts(english), name);
      for (const cell of other.cells) {
        const metadata = nbgraderOf(cell);
        if (metadata) assert.equal(metadata.checksum, cellChecksum(cell.source, metadata), cell.id);
      }
    }
  });

  it("has every title, goal, prompt, hint and glossary translated", () => {
    const required = texts.filter(
      ({ kind, english, notebook }) =>
        !waiting.includes(notebook) &&
        (["title", "goal", "prompt", "hint"].includes(kind) ||
          /^\*\*(Glossary|Words of this notebook)\.\*\*/.test(english)),
    );
    assert.ok(required.length > 300);
    // A text that has changed since is counted as stale by `residency release`, and English until somebody translates it anew.
    assert.deepEqual(
      required.filter(({ state }) => state === "missing").map(({ key }) => key),
      [],
    );
  });

  it("has the numbers, code, links, tags and headings of the English texts", () => {
    for (const { key, english, entry, state } of texts) {
      if (state === "translated" && entry)
        assert.deepEqual(translationDifferences(english, entry.text), [], key);
    }
  });

  it("is in Korean, and shows its emphasis", () => {
    const markdown = new MarkdownIt({ html: true });
    for (const { key, english, entry } of texts) {
      if (!entry) continue;
      if (/[a-z]{4} [a-z]{2,} [a-z]{2,}/.test(english.replaceAll(/`[^`]*`/g, "")))
        assert.match(entry.text, /[가-힣]/, key);
      const bare = markdown.render(entry.text).replaceAll(/<code>[^<]*<\/code>/g, "");
      assert.ok(!bare.includes("**"), `${key}: ** closes no emphasis behind a bracket or a sign`);
    }
  });

  it("says in its first cells that a machine made it", async () => {
    for (const file of ["notebooks/ko/00-start-here.ipynb", "exercises/ko/00-start-here.ipynb"])
      assert.match((await notebookAt(file)).cells[0]!.source, /^# 00 · .+\n\n> \*\*기계 번역\*\*/);
  });
});

/** A notebook without what a translation changes: the texts of text cells, and the checksums of those that are tasks. */
function withoutTexts(notebook: Notebook): unknown {
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type === "code") return cell;
    const nbgrader = nbgraderOf(cell);
    return nbgrader
      ? { ...cell, source: "", metadata: { ...cell.metadata, nbgrader: { ...nbgrader, checksum: "" } } }
      : { ...cell, source: "" };
  });
  return { ...notebook, cells };
}

const nbgraderOf = ({ metadata }: Cell): NbgraderMetadata | undefined =>
  metadata["nbgrader"] as unknown as NbgraderMetadata | undefined;
