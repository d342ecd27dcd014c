/** Saved and fresh outputs: numbers may differ a little, words may not, and a cell that varies is held to its kinds of output. */
import assert from "node:assert/strict";
import { compareOutputs } from "../../grader/index.ts";
import { parseNotebook } from "../../kernel/notebook/index.ts";

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

  it("passes over lines of progress, which are there only when work takes long", () => {
    const saved = notebookOf("done\n");
    const slow = notebookOf("done\n");
    const [cell] = slow.cells;
    assert.ok(cell?.cell_type === "code");
    const data = { "application/vnd.residency.progress+json": {}, "text/plain": "train: 3/10" };
    cell.outputs.unshift({ output_type: "display_data", data, metadata: {} });
    assert.deepEqual(compareOutputs(saved, slow), []);
    assert.deepEqual(compareOutputs(slow, saved), []);
  });
});
