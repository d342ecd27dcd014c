/** The texts of the course as they are shown: no mark of Markdown stays raw, and no HTML stands in them but folds. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import MarkdownIt from "markdown-it";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const folders = ["notebooks", "notebooks/ko", "exercises", "exercises/ko", "solutions"];

/** Reads as JupyterLab and GitHub do: CommonMark with its HTML. */
const renderer = new MarkdownIt({ html: true });

/** What of a text is shown raw: Markdown within an HTML block, or a tag that JupyterLab, GitHub or the book would drop or show. */
function rawPlaces(text: string): string[] {
  const tokens = renderer.parse(text, {}).flatMap((token) => [token, ...(token.children ?? [])]);
  return tokens.flatMap(({ type, content }) => {
    if (type !== "html_block" && type !== "html_inline") return [];
    const rest = content.replaceAll(/^<\/?details>$|^<summary>[^<>]*<\/summary>$/gm, "").trim();
    const marks = /[*`]|\]\(|(?<!\w)_\w/.test(content);
    return rest !== "" || marks ? [content.trim().slice(0, 120)] : [];
  });
}

describe("texts of the course", () => {
  it("rawPlaces finds Markdown in a fold that no blank line sets apart, and other HTML", () => {
    assert.equal(rawPlaces("<details><summary>Yes</summary>*B A* is zero.</details>").length, 1);
    assert.equal(rawPlaces("<details>\n<summary>`x`</summary>\n\nText.\n\n</details>").length, 1);
    assert.equal(rawPlaces("A <b>bold</b> word.").length, 2);
    assert.deepEqual(rawPlaces("<details>\n<summary>Yes</summary>\n\n*B A* is `0`.\n\n</details>"), []);
  });

  for (const folder of folders) {
    it(`in ${folder} have no Markdown that stays raw`, async () => {
      const names = await readdir(path.join(repositoryRoot, folder));
      const found: string[] = [];
      for (const name of names.filter((file) => file.endsWith(".ipynb")).sort()) {
        const { cells } = parseNotebook(await readFile(path.join(repositoryRoot, folder, name), "utf8"));
        for (const cell of cells)
          if (cell.cell_type === "markdown")
            found.push(...rawPlaces(cell.source).map((place) => `${name} ${cell.id}: ${place}`));
      }
      assert.deepEqual(found, []);
    });
  }
});
