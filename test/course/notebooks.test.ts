/** The course: every notebook source keeps the house style, and notebook 03 computes what it says. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { buildNotebook, parsePercent } from "../../grader/index.ts";
import type { NotebookSource } from "../../grader/index.ts";
import { launchKernel } from "../../kernel/client/index.ts";
import { executeNotebook } from "../../kernel/notebook/index.ts";
import type { Notebook } from "../../kernel/notebook/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const folder = path.join(repositoryRoot, "notebooks");

async function sourceOf(name: string): Promise<NotebookSource> {
  return parsePercent(name, await readFile(path.join(folder, `${name}.nb.ts`), "utf8"));
}

describe("notebook sources", () => {
  it("say what a reader learns, and keep code cells to 25 lines without their imports", async () => {
    const names = (await readdir(folder)).filter((file) => file.endsWith(".nb.ts"));
    assert.ok(names.length > 0);
    for (const file of names) {
      const source = await sourceOf(file.slice(0, -".nb.ts".length));
      assert.ok(
        source.header.title !== undefined && source.header.goals.length >= 2,
        `${file}: title and goals`,
      );
      for (const cell of source.cells) {
        if (cell.kind === "markdown" || cell.kind === "written" || cell.kind === "mutant") continue;
        const code = cell.regions.flatMap((region) => region.lines).join("\n");
        const lines = code.replaceAll(/^import [^;]+;\n?/gm, "").split("\n").length;
        assert.ok(lines <= 25, `${file}:${cell.line} has ${lines} lines`);
      }
    }
  });
});

describe("notebook 03", function () {
  this.timeout(60_000);
  this.slow(10_000);
  let notebook: Notebook;
  before(async () => {
    notebook = buildNotebook(await sourceOf("03-next-token-prediction"), "course");
    const client = await launchKernel({ cwd: folder, env: { ...process.env, RESIDENCY_PLOTLY: "external" } });
    try {
      const failure = await executeNotebook(client, notebook);
      assert.equal(failure, undefined);
    } finally {
      await client.shutdown();
    }
  });

  /** Everything that the cell with this title printed or gave as its result. */
  const textOf = (title: string): string => {
    const cell = notebook.cells.find((each) => each.metadata["title"] === title);
    assert.ok(cell?.cell_type === "code", title);
    return cell.outputs
      .map((output) => {
        if (output.output_type === "stream") return output.text;
        const text = "data" in output ? output.data["text/plain"] : undefined;
        return typeof text === "string" ? text : "";
      })
      .join("");
  };

  it("shows the four training pairs of the sentence", () => {
    assert.equal(
      textOf("show the four training pairs").replaceAll(/ +→/g, " →"),
      '"The" → " sky"\n"The sky" → " is"\n"The sky is" → " blue"\n"The sky is blue" → "."\n',
    );
  });

  it("starts at log V, and ends far below", () => {
    assert.equal(textOf("the expected first loss"), "measured 2.0794   expected log V 2.0794\n");
    const [, first, last] = /loss (\S+) → (\S+)/.exec(textOf("sixty steps of gradient descent")) ?? [];
    assert.equal(first, "2.079");
    assert.ok(Number(last) < 0.05);
  });

  it("has gradients by formula that equal the measured ones", () => {
    const lines = textOf("compare the formula with finite differences").trim().split("\n");
    assert.equal(lines.length, 4);
    for (const line of lines) {
      const [, formula, measured] = /=\s+(\S+) +measured +(\S+)/.exec(line) ?? [];
      assert.ok(Math.abs(Number(formula) - Number(measured)) < 2e-6, line);
    }
  });

  it("shows the overflow of the textbook softmax, and two figures", () => {
    assert.match(textOf("the wrong thing first"), /NaN/);
    const figures = notebook.cells.flatMap((cell) =>
      cell.cell_type === "code"
        ? cell.outputs.filter((output) => "data" in output && "application/vnd.plotly.v1+json" in output.data)
        : [],
    );
    assert.equal(figures.length, 2);
  });
});
