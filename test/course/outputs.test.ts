/** Saved outputs: every course notebook runs to its end, and gives what is saved in it, within the stated tolerance. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { runCourseNotebook } from "../../cli/release/index.ts";
import { compareOutputs, hasOutputs } from "../../grader/index.ts";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const folder = path.join(repositoryRoot, "notebooks");
const silent = { cellStarted: () => undefined, progress: () => undefined, cellEnded: () => undefined };

describe("course notebooks", function () {
  this.timeout(300_000);
  this.slow(60_000);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ipynb"))) {
    it(`${file} gives its saved outputs when it is run`, async () => {
      const saved = parseNotebook(await readFile(path.join(folder, file), "utf8"));
      assert.ok(hasOutputs(saved), "it was not run: npm run notebooks");
      const { notebook, problem } = await runCourseNotebook(path.join(folder, file), silent);
      assert.equal(problem, undefined);
      assert.deepEqual(compareOutputs(saved, notebook), []);
    });
  }
});

describe("compareOutputs", () => {
  const notebookOf = (text: string, tags: string[] = []) =>
    parseNotebook(
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: {},
        cells: [
          {
            ...{ cell_type: "code", id: "a", metadata: { tags }, source: "x", execution_count: 1 },
            outputs: [{ output_type: "stream", name: "stdout", text }],
          },
        ],
      }),
    );

  it("lets numbers differ by two in a hundred, and words by nothing", () => {
    const saved = notebookOf("loss 2.079 of 4,096 tokens\n");
    assert.deepEqual(compareOutputs(saved, notebookOf("loss 2.080 of  4,100 tokens\n")), []);
    assert.match(
      compareOutputs(saved, notebookOf("loss 2.279 of 4,096 tokens\n"))[0]!,
      /number 2\.079.*2\.279/,
    );
    assert.match(compareOutputs(saved, notebookOf("loss NaN of 4,096 tokens\n"))[0]!, /NaN/);
    assert.equal(compareOutputs(saved, notebookOf("")).length, 1);
  });

  it("compares kinds only when a cell varies", () => {
    const tags = ["output-varies"];
    assert.deepEqual(
      compareOutputs(notebookOf("9 s", tags), notebookOf("12 s on another machine", tags)),
      [],
    );
  });
});
