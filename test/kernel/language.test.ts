/** Tests of TypeScript in cells: errors, types over cells, completion, documentation, completeness. */
import assert from "node:assert/strict";
import { codeFrame, createTypeScriptLanguage } from "../../kernel/language/index.ts";
import type { CellDiagnostic, TypeScriptLanguage } from "../../kernel/language/index.ts";
import { repositoryRoot } from "../support/paths.ts";

describe("createTypeScriptLanguage", function () {
  this.timeout(60_000);
  let language: TypeScriptLanguage;
  before(() => (language = createTypeScriptLanguage(repositoryRoot)));
  beforeEach(() => language.reset());

  const errors = (code: string): CellDiagnostic[] => {
    const result = language.compile({ code, name: "cell" });
    return result.ok ? [] : result.errors;
  };
  const accepts = (...cells: string[]): void => {
    for (const code of cells) assert.deepEqual(errors(code), [], code);
  };

  it("says what is wrong and where when a type does not fit", () => {
    assert.deepEqual(errors("const a = 1;\nconst b: number = 'x';"), [
      {
        code: 2322,
        message: "Type 'string' is not assignable to type 'number'.",
        line: 2,
        column: 7,
        length: 1,
      },
    ]);
  });

  it("says where when the syntax is wrong, also at the very end", () => {
    assert.equal(errors("const = 1")[0]?.column, 7);
    assert.equal(errors("const a =")[0]?.line, 1);
    assert.equal(errors("const t = `abc")[0]?.code, 1160);
    assert.equal(errors("/* abc")[0]?.code, 1010);
  });

  it("knows types of earlier cells when a later one uses them", () => {
    accepts("interface Point { x: number } type Id = string; enum Color { Red } class Box<T> { value!: T }");
    accepts(
      "const p: Point = { x: 1 }; const id: Id = 'a'; const c: Color = Color.Red; const b = new Box<Id>();",
    );
    assert.match(errors("const n: number = b.value")[0]?.message ?? "", /'string' is not assignable/);
    assert.match(errors("p.y")[0]?.message ?? "", /Property 'y' does not exist/);
  });

  it("lets a later cell assign to let and not to const when the type fits", () => {
    accepts("let a = 1; const b = 2;", "a = 5; a++;");
    assert.match(errors("a = 'x'")[0]?.message ?? "", /not assignable to type 'number'/);
    assert.match(errors("b = 3")[0]?.message ?? "", /Cannot assign to 'b'/);
  });

  it("lets a later cell declare a name anew when it has another type", () => {
    accepts("const a = 1; interface T { n: number }", "const a = 'x'; interface T { s: string }");
    accepts("a.toUpperCase(); const t: T = { s: a };");
  });

  it("declares nothing when a cell has errors", () => {
    assert.equal(errors("const lost = 1; const bad: string = lost;").length, 1);
    assert.match(errors("lost")[0]?.message ?? "", /Cannot find name 'lost'/);
  });

  it("states imports again when a later cell uses the name", () => {
    accepts(
      "import { readFile } from 'node:fs/promises'; import path, { join } from 'node:path'; import * as os from 'node:os';",
    );
    accepts("const f: typeof readFile = readFile; const s: string = path.sep + join('a') + os.EOL;");
  });

  it("accepts top-level await, globals of cells and exports when they are used", () => {
    accepts(
      "const v = await Promise.resolve(1); export const w = v; export { v };",
      "display(v + w).update(1)",
    );
    accepts("const name: string = await prompt('?'); const yes: boolean = await confirm();");
    accepts("for (var i = 0; i < 3; i++) {}", "i.toFixed()", "let later;", "later = 5");
  });

  it("finds residency and its parts when a cell imports them", () => {
    accepts("import { html, progress } from 'residency/cell';", "display(html('<b>x</b>'))");
    assert.match(
      errors("import x from 'no-such-package'")[0]?.message ?? "",
      /Cannot find module 'no-such-package'/,
    );
  });

  it("survives odd text when a cell has a BOM, CRLF, NUL or a lone surrogate", () => {
    accepts("\uFEFFconst a = 1;\r\nconst b = a;\r\n");
    assert.equal(errors("const c: string = 1;\r\n")[0]?.line, 1);
    errors("\0");
    errors("'\uD800'");
    assert.match(errors(`${"(".repeat(5000)}1${")".repeat(5000)}`)[0]?.message ?? "", /too deeply nested/);
    accepts("a + 1");
  });

  it("completes members and names of earlier cells when asked at a cursor", () => {
    accepts("const sample = { alpha: 1, beta: 2 };");
    const members = language.complete("sample.al", 9);
    assert.deepEqual([members.start, members.end], [7, 9]);
    assert.deepEqual(
      members.entries.map((entry) => entry.name),
      ["alpha"],
    );
    assert.ok(language.complete("sam", 3).entries.some((entry) => entry.name === "sample"));
  });

  it("documents a name when asked at a cursor", () => {
    accepts("/** Doubles. */\nfunction double(n: number) { return 2 * n; }");
    assert.deepEqual(language.inspect("double(2)", 3), {
      signature: "double(n: number): number",
      documentation: "Doubles.",
    });
    assert.equal(language.inspect("   ", 1), undefined);
  });

  it("tells complete, incomplete and invalid code apart when asked", () => {
    const status = (code: string): string => language.isComplete(code).status;
    assert.equal(status("1 + 1"), "complete");
    assert.equal(status("await fetch('x')"), "complete");
    assert.equal(status(""), "complete");
    assert.deepEqual(language.isComplete("if (a) {"), { status: "incomplete", indent: "  " });
    assert.equal(status("foo("), "incomplete");
    assert.equal(status("const a ="), "incomplete");
    assert.equal(status("`abc"), "incomplete");
    assert.equal(status("/* abc"), "incomplete");
    assert.equal(status("const = 5;"), "invalid");
    assert.equal(status("}"), "invalid");
  });
});

describe("codeFrame", () => {
  it("marks the place and shows two lines before it when there are any", () => {
    const frame = codeFrame("a\nb\nc\nlet x = 1;", { line: 4, column: 5, length: 1 });
    assert.equal(frame, "  2 | b\n  3 | c\n> 4 | let x = 1;\n    |     ^");
  });

  it("stays short when a line is very long", () => {
    assert.ok(codeFrame("x".repeat(1_000_000), { line: 1, column: 500_000 }).length < 1000);
  });
});
