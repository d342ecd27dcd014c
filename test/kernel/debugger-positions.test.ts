/** Tests of the way between a cell's lines and its script, for what TypeScript and the kernel make of them. */
import assert from "node:assert/strict";
import { breakPlaces } from "../../kernel/debugger/break-places.ts";
import { frameExpression } from "../../kernel/debugger/frame-expression.ts";
import { createSourcePositions } from "../../kernel/debugger/source-positions.ts";
import { createTypeScriptLanguage } from "../../kernel/language/index.ts";
import { stripTypes } from "../../kernel/language/strip-types.ts";
import { repositoryRoot } from "../support/paths.ts";

describe("createSourcePositions", function () {
  this.timeout(30_000);
  const language = createTypeScriptLanguage(repositoryRoot);
  /** For each line of a cell, the line at which its breakpoint stops; 0 where nothing is left to stop at. */
  const stops = (code: string): number[] => {
    const compiled = language.compile({ code, name: "cell 1" });
    assert.ok(compiled.ok);
    const positions = createSourcePositions(compiled.js, compiled.maps);
    return code.split("\n").map((_, at) => {
      const stop = positions.toScript(at + 1);
      if (stop) assert.equal(positions.toCell(stop.script)?.line, stop.line);
      return stop?.line ?? 0;
    });
  };
  const cells: [name: string, code: string, lines: number[]][] = [
    ["a single expression", "5", [1]],
    [
      "types and comments",
      "interface A {\n  a: number;\n}\n// a comment\nlet a: A = { a: 1 };",
      [5, 5, 5, 5, 5],
    ],
    ["a chain of calls", "[1, 2]\n  .map((x) => x + 1)\n  .filter((x) =>\n    x > 2);", [1, 2, 3, 4]],
    [
      "imports and functions, which run first",
      'import path from "node:path";\nfunction f(): string {\n  return path.sep;\n}\nf();',
      [3, 3, 3, 4, 5],
    ],
    [
      "a class",
      "class B {\n  n = 0;\n  add(): void {\n    this.n += 1;\n  }\n}\nnew B().add();",
      [1, 4, 4, 4, 5, 7, 7],
    ],
    ["branches", "if (Math.random() > 2) {\n  f();\n} else {\n  f();\n}", [1, 2, 4, 4, 0]],
  ];
  for (const [name, code, lines] of cells) {
    it(`finds where each line stops when a cell has ${name}`, () => {
      assert.deepEqual(stops(code), lines);
    });
  }

  it("has no places outside the cell's function when a script is something else", () => {
    assert.deepEqual(breakPlaces("f();"), []);
  });
});

describe("frameExpression", () => {
  const target = 'globalThis[Symbol.for("residency.debugTarget")].scope';
  const names = new Set(["a", "f"]);
  const rewrite = (code: string): Promise<string> =>
    frameExpression(code, names, (typed) => Promise.resolve(stripTypes(typed)));
  const cases: [code: string, expected: string][] = [
    ["a + b", `(${target}.a + b\n)`],
    ["f(a)", `((0, ${target}.f)(${target}.a)\n)`],
    ["{ a }", `({ a: ${target}.a }\n)`],
    ["(a) => a", "((a) => a\n)"],
    ["o.a", "(o.a\n)"],
    ["let a = 1; a", "let a = 1; a"],
    ["a // comment", `(${target}.a // comment\n)`],
    ["a as unknown", `"use strict";\n${target}.a;\n`],
    ["let n: number = a!; n", `"use strict";\nlet n = ${target}.a;\nn;\n`],
    ["f<string>(a)", `"use strict";\n((0, ${target}.f)(${target}.a));\n`],
  ];
  for (const [code, expected] of cases) {
    it(`gives names of the notebook to ${JSON.stringify(code)} when nothing in it hides them`, async () => {
      assert.equal(await rewrite(code), expected);
    });
  }

  it("throws E_DEBUG when the syntax is wrong", async () => {
    await assert.rejects(rewrite("a as"), { code: "E_DEBUG", message: /Correct its syntax/ });
  });
});
