/** The lines around an error, as they are shown below a cell. */
import assert from "node:assert/strict";
import { codeFrame } from "../../kernel/language/index.ts";

describe("codeFrame", () => {
  it("marks the place and shows two lines before it when there are any", () => {
    const frame = codeFrame("a\nb\nc\nlet x = 1;", { line: 4, column: 5, length: 1 });
    assert.equal(frame, "  2 | b\n  3 | c\n> 4 | let x = 1;\n    |     ^");
  });

  it("cuts lines around the place when they are wider than a notebook", () => {
    const code = `${"a".repeat(100)} wrong ${"b".repeat(100)}`;
    const [text, marks] = codeFrame(code, { line: 1, column: 102, length: 5 }).split("\n");
    assert.ok(text && text.length < 90);
    assert.equal(marks?.indexOf("^^^^^"), text.indexOf("wrong"));
    const [, all] = codeFrame("c".repeat(200), { line: 1, column: 1, length: 200 }).split("\n");
    assert.ok((all?.length ?? 0) < 90);
  });

  it("stays short when a line is very long", () => {
    assert.ok(codeFrame("x".repeat(1_000_000), { line: 1, column: 500_000 }).length < 1000);
  });
});
