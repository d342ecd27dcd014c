/** Types in cells: errors and where they are, names of earlier cells, imports, odd text. */
import assert from "node:assert/strict";
import { testCellLanguages } from "./cell-languages.ts";

testCellLanguages(({ language, errors, accepts, runCells, oneIn }) => {
  it("finds the same in a cell that runs again, until what it uses has changed", async () => {
    await accepts("let size = 1;", "size.toFixed();", "size.toFixed();");
    for (let time = 0; time < 2; time++) {
      const wrong = await errors("size.toUpperCase();");
      assert.deepEqual(
        wrong.map(({ code, column }) => [code, column]),
        [[2339, 6]],
      );
    }
    await accepts("size.toFixed();", "const React = { createElement: () => 'x' }; let size = 'x'; <p />;");
    const now = await errors("size.toFixed();");
    assert.deepEqual(
      now.map(({ code }) => code),
      [2551],
    );
    await accepts("size.toUpperCase();");
  });

  it("finds the same in two cells as in one, whatever the first declares and however the second uses it", async () => {
    const declarations = {
      variable: "let v = { a: 1, m: (x: number) => x };",
      number: "let v: number = 1;",
      list: "var v = [1, 2, 3];",
      union: "let v = null as unknown as { k: 'a'; n: number } | { k: 'b'; s: string };",
      pattern: "let [v, w] = [1, 'x'] as [number, string];",
      constant: "const v = { a: 1, m: (x: number) => x };",
      function: "function v(x: number) { return { x }; }",
      class:
        "class v { static s = 1; private p = 2; constructor(readonly x: number) {} m(y: string) { return y + this.p; } }",
      enumeration: "enum v { A, B = 5 }",
      namespace: "namespace v { export const a = 1; export function m(x: number) { return x; } }",
      type: "type v = { a: number; m(x: number): string };",
      import: 'import * as v from "node:path";',
      promise: "let v = Promise.resolve({ a: 1 });",
    };
    const uses = [
      ...[
        "v.foo();",
        "v.m('x');",
        "v.m(1);",
        "v?.foo();",
        "v[0].foo();",
        "v.a.foo();",
        "new v('x');",
        "v();",
      ],
      ...[
        "v.a += 'x';",
        "v = 'x';",
        "v++;",
        "for (const one of v) one.foo();",
        "(await v).foo();",
        "`${v.foo()}`;",
      ],
      ...["if (v.k === 'a') v.s.foo();", "try { v.foo(); } finally { v.bar(); }", "const y: v = 1;"],
      ...[
        "function later() { v.foo(); v = 2; }",
        "class D extends v { q() { return super.m(1); } }",
        "v.foo() && v.bar();",
      ],
    ];
    const told = async (...cells: string[]): Promise<string[]> => {
      await language().reset();
      for (const code of cells.slice(0, -1)) assert.deepEqual(await errors(code), [], code);
      return (await errors(cells.at(-1)!)).map(({ code, message }) =>
        // Why it cannot be assigned to is told in other words.
        /^Cannot assign to 'v'/.test(message) ? "not assignable" : `${code} ${message}`,
      );
    };
    let [wrong, pairs] = [0, 0];
    for (const declaration of Object.values(declarations)) {
      for (const use of uses) {
        if (pairs++ % oneIn > 0) continue;
        const inOne = await told(`${declaration}\n${use}`);
        assert.deepEqual(await told(declaration, use), inOne, `${declaration} ${use}`);
        wrong += Number(inOne.length > 0);
      }
    }
    assert.ok(wrong > 150 / oneIn, `${wrong} of the uses are wrong`);
  });

  it("takes an export of what an earlier cell declared", async () => {
    assert.equal(await runCells("export const one = 1;", "export { one as first };", "one"), 1);
  });

  it("says that an earlier cell declared what cannot be assigned to", async () => {
    await accepts("const fixed = 1;", 'import { sep } from "node:path";');
    const [constant] = await errors("fixed = 2;");
    assert.match(constant!.message, /^Cannot assign to 'fixed': an earlier cell declared it/);
    const [imported] = await errors("sep = 'x';");
    assert.equal(imported!.message, "Cannot assign to 'sep' because it is an import.");
  });

  it("says what is wrong and where when a type does not fit", async () => {
    assert.deepEqual(await errors("const a = 1;\nconst b: number = 'x';"), [
      {
        code: 2322,
        message: "Type 'string' is not assignable to type 'number'.",
        line: 2,
        column: 7,
        length: 1,
      },
    ]);
  });

  it("says where when the syntax is wrong, also at the very end", async () => {
    assert.equal((await errors("const = 1"))[0]?.column, 7);
    assert.equal((await errors("const a ="))[0]?.line, 1);
    assert.equal((await errors("const t = `abc"))[0]?.code, 1160);
    assert.equal((await errors("/* abc"))[0]?.code, 1010);
  });

  it("knows types of earlier cells when a later one uses them", async () => {
    await accepts(
      "interface Point { x: number } type Id = string; enum Color { Red } class Box<T> { value!: T }",
    );
    await accepts(
      "const p: Point = { x: 1 }; const id: Id = 'a'; const c: Color = Color.Red; const b = new Box<Id>();",
    );
    assert.match((await errors("const n: number = b.value"))[0]?.message ?? "", /'string' is not assignable/);
    assert.match((await errors("p.y"))[0]?.message ?? "", /Property 'y' does not exist/);
  });

  it("lets a later cell assign to let and not to const when the type fits", async () => {
    await accepts("let a = 1; const b = 2;", "a = 5; a++;");
    assert.match((await errors("a = 'x'"))[0]?.message ?? "", /not assignable to type 'number'/);
    assert.match((await errors("b = 3"))[0]?.message ?? "", /Cannot assign to 'b'/);
  });

  it("lets a later cell declare a name anew when it has another type", async () => {
    await accepts("const a = 1; interface T { n: number }", "const a = 'x'; interface T { s: string }");
    await accepts("a.toUpperCase(); const t: T = { s: a };");
  });

  it("declares nothing when a cell has errors", async () => {
    assert.equal((await errors("const lost = 1; const bad: string = lost;")).length, 1);
    assert.match((await errors("lost"))[0]?.message ?? "", /Cannot find name 'lost'/);
  });

  it("states imports again when a later cell uses the name", async () => {
    await accepts(
      "import { readFile } from 'node:fs/promises'; import path, { join } from 'node:path'; import * as os from 'node:os';",
    );
    await accepts("const f: typeof readFile = readFile; const s: string = path.sep + join('a') + os.EOL;");
  });

  it("accepts top-level await, globals of cells and exports when they are used", async () => {
    await accepts(
      "const v = await Promise.resolve(1); export const w = v; export { v };",
      "display(v + w).update(1)",
    );
    await accepts("const name: string = await prompt('?'); const yes: boolean = await confirm();");
    await accepts("for (var i = 0; i < 3; i++) {}", "i.toFixed()", "let later;", "later = 5");
  });

  it("finds residency and its parts when a cell imports them", async () => {
    await accepts("import { html, progress } from 'residency/cell';", "display(html('<b>x</b>'))");
    assert.match(
      (await errors("import x from 'no-such-package'"))[0]?.message ?? "",
      /Cannot find module 'no-such-package'/,
    );
  });

  it("survives odd text when a cell has a BOM, CRLF, NUL or a lone surrogate", async () => {
    await accepts("\uFEFFconst a = 1;\r\nconst b = a;\r\n");
    assert.equal((await errors("const c: string = 1;\r\n"))[0]?.line, 1);
    await errors("\0");
    await errors("'\uD800'");
    assert.match(
      (await errors(`${"(".repeat(50_000)}1${")".repeat(50_000)}`))[0]?.message ?? "",
      /too deeply nested/,
    );
    await accepts("a + 1");
  });
});
