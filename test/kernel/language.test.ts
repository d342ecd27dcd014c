/** Tests of TypeScript in cells: errors, types over cells, completion, documentation, completeness. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import vm from "node:vm";
import {
  codeFrame,
  findNativeCompiler,
  startCellLanguage,
  startWorkerLanguage,
} from "../../kernel/language/index.ts";
import type { CellDiagnostic, CellLanguage } from "../../kernel/language/index.ts";
import { repositoryRoot } from "../support/paths.ts";

/** The promises of the interface, for every implementation of it; a slow one is asked one in so many of the pairs of cells. */
function testCellLanguage(name: string, start: (folder: string) => CellLanguage, oneIn = 1): void {
  describe(name, function () {
    this.timeout(60_000);
    let language: CellLanguage;
    before(() => (language = start(repositoryRoot)));
    beforeEach(() => language.reset());
    after(() => language.close());

    const errors = async (code: string): Promise<CellDiagnostic[]> => {
      const result = await language.compile({ code, name: "cell" });
      return result.ok ? [] : result.errors;
    };
    const accepts = async (...cells: string[]): Promise<void> => {
      for (const code of cells) assert.deepEqual(await errors(code), [], code);
    };

    /** Compiles cells from the start and runs them over one scope; gives the last result. */
    const runCells = async (...cells: string[]): Promise<unknown> => {
      await language.reset();
      const scope = Object.create(null) as Record<string, unknown>;
      let result: { value: unknown } | undefined;
      for (const code of cells) {
        const compiled = await language.compile({ code, name: "cell" });
        assert.ok(compiled.ok, `${code}: ${JSON.stringify(compiled)}`);
        const cell = new vm.Script(compiled.js).runInThisContext() as (
          scope: object,
        ) => Promise<{ value: unknown } | undefined>;
        result = await cell(scope);
      }
      return result?.value;
    };

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
        await language.reset();
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
      assert.match(
        (await errors("const n: number = b.value"))[0]?.message ?? "",
        /'string' is not assignable/,
      );
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

    it("completes members and names of earlier cells when asked at a cursor", async () => {
      await accepts("const sample = { alpha: 1, beta: 2 };");
      const members = await language.complete("sample.al", 9);
      assert.deepEqual([members.start, members.end], [7, 9]);
      assert.deepEqual(
        members.entries.map((entry) => entry.name),
        ["alpha"],
      );
      assert.ok((await language.complete("sam", 3)).entries.some((entry) => entry.name === "sample"));
    });

    it("completes members of earlier cells' names when the code is not finished", async () => {
      await accepts("let items = [{ alpha: 1 }];\nconst sample = { alpha: 1, beta: 2 };");
      for (const [code, expected] of [
        ["sample.", ["alpha", "beta"]],
        ["items[0].", ["alpha"]],
        ["if (items) {\n  sample.", ["alpha", "beta"]],
        ["function f() {\n  return sample.", ["alpha", "beta"]],
        ["items.map((one) => one.", ["alpha"]],
        ["console.log(sample.", ["alpha", "beta"]],
        ["const total = { sum: sample.", ["alpha", "beta"]],
      ] as const) {
        const { start, end, entries } = await language.complete(code, code.length);
        assert.deepEqual([start, end], [code.length, code.length], code);
        assert.deepEqual(entries.map((entry) => entry.name).sort(), expected, code);
      }
      const inner = "items.map((one) => {\n  sample";
      assert.match((await language.inspect(inner, inner.length))?.signature ?? "", /sample: \{/);
    });

    it("completes and documents what a cell itself declares anew when it is edited", async () => {
      await accepts(
        "let dose = { old: 1 }; class Drug { oldName = 1; } import { sep } from 'node:path'; const kept = { other: 1 };",
      );
      const long = `/* ${"x".repeat(5000)} */ `;
      for (const [code, expected] of [
        ["let dose = { renewed: 2 }; dose.", ["renewed"]],
        ["let dose = { renewed: 2 };\nif (dose) {\n  dose.", ["renewed"]],
        ["if (kept) {\n  var dose = { renewed: 2 };\n}\ndose.", ["renewed"]],
        ["const { dose } = { dose: { renewed: 2 } };\nconsole.log(dose.", ["renewed"]],
        ["class Drug { newName = 1; }\nnew Drug().", ["newName"]],
        ["const sep = { renewed: 2 }; sep.", ["renewed"]],
        [`${long}let dose = { renewed: 2 }; dose.re`, ["renewed"]],
        ["let dose = { renewed: 2 }; kept.", ["other"]],
        ["const text = 'let dose = 1'; dose.", ["old"]],
        ["function f() { let dose = { renewed: 2 }; }\ndose.", ["old"]],
      ] as const) {
        const { entries } = await language.complete(code, code.length);
        assert.deepEqual(
          entries.map((entry) => entry.name),
          expected,
          code,
        );
      }
      const edited = "let dose = { renewed: 2 }; dose.";
      assert.match(
        (await language.inspect(edited, edited.length - 2))?.signature ?? "",
        /^let dose: .*renewed/s,
      );
    });

    it("documents a name when asked at a cursor", async () => {
      await accepts("/** Doubles. */\nfunction double(n: number) { return 2 * n; }");
      const found = await language.inspect("double(2)", 3);
      assert.match(found?.signature ?? "", /^(?:function )?double\(n: number\): number$/);
      assert.equal(found?.documentation, "Doubles.");
      assert.equal(await language.inspect("   ", 1), undefined);
    });

    it("counts in UTF-16 when the code has characters beyond it", async () => {
      const [error] = await errors("const smile = '😀'; const n: number = smile;");
      assert.deepEqual([error?.column, error?.length], [27, 1]);
    });

    it("gives JavaScript that runs when the syntax is newer than Node's", async () => {
      const compile = async (code: string): Promise<string> => {
        const result = await language.compile({ code, name: "cell" });
        assert.ok(result.ok, JSON.stringify(result));
        new vm.Script(result.js);
        return result.js;
      };
      const logged = "(value: unknown, context: ClassMethodDecoratorContext) => void context.name";
      await compile(
        `const log = ${logged};\nclass A { @log m() { return 1; } accessor x = 1; }\nnew A().m();`,
      );
      await compile("{ using u = { [Symbol.dispose]() {} }; }");
      await compile("const pick = <T,>(a: T, b: NoInfer<T>): T => a;\npick('a', 'a')");
      await compile(
        "enum Level { Low = 1, High }\nnamespace Units { export const kg = 1; }\nLevel.High + Units.kg",
      );
      const h =
        "const React = { createElement: (tag: string, props: object | null, ...rest: unknown[]) => [tag, props, rest] };";
      await compile(h);
      assert.match(await compile("<b id='x'>hi {1 + 1}</b>"), /createElement\("b"/);
    });

    it("gives the result of a cell behind a `using` at its top level, and disposes before the next one", async () => {
      const lines = [
        "const log: string[] = []; const open = (name: string) => ({ name, [Symbol.dispose]() { log.push(name); }, async [Symbol.asyncDispose]() { log.push('late ' + name); } });",
        "using first = open('a'); using second = open('b');\nconst text = first.name + second.name;\n[text, log.length]",
      ];
      assert.deepEqual(await runCells(...lines), ["ab", 0]);
      assert.deepEqual(await runCells(...lines, "log"), ["b", "a"]);
      const awaited = "await using both = open('c');\nboth.name";
      assert.equal(await runCells(lines[0]!, awaited), "c");
      assert.deepEqual(await runCells(lines[0]!, awaited, "log"), ["late c"]);
      // Declarations are assignments there.
      assert.equal(await runCells(lines[0]!, "using u = open('d');\nconst n = 5;"), undefined);
      assert.equal(await runCells(lines[0]!, "using u = open('d');\nlet n = 5;\nn = 6;"), 6);
      await assert.rejects(
        runCells(lines[0]!, "using u = open('d');\nthrow new RangeError(u.name);"),
        /RangeError: d/,
      );
    });

    it("makes an enum anew when a later cell declares it with other members", async () => {
      const cells = ["enum Level { Low = 1, High }", "enum Level { Middle = 5 }\nLevel", "Level"];
      assert.deepEqual(await runCells(...cells), { 5: "Middle", Middle: 5 });
      assert.deepEqual(await runCells(...cells, "export enum Level { Last }\nLevel"), { 0: "Last", Last: 0 });
    });

    it("gives what a cell would become, and keeps nothing of it, when asked for a preview", async () => {
      for (const code of ["let seen: number = 1;\nseen;", `${"// long\n".repeat(600)}let seen = 1;`]) {
        const preview = await language.preview(code);
        assert.match(preview?.js ?? "", /^\(async function .*\$cell_scope\.seen = 1/s);
        assert.equal(preview?.maps.length, 2);
      }
      assert.equal((await errors("seen"))[0]?.code, 2304);
      assert.equal(await language.preview("let = ;"), undefined);
    });

    it("looks up imports from the notebook's folder again when it is reset in another one", async () => {
      const home = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
      const away = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
      await writeFile(path.join(home, "place.ts"), "export const place = 'home' as const;");
      await writeFile(path.join(away, "place.ts"), "export const place = 'away' as const;");
      const local = start(home);
      const placeIs = async (name: string): Promise<boolean> =>
        (
          await local.compile({
            code: `import { place } from "./place.ts";\nconst p: "${name}" = place;`,
            name: "cell",
          })
        ).ok;
      try {
        await local.setFolder(away);
        assert.deepEqual([await placeIs("away"), await placeIs("home")], [true, false]);
        await local.reset();
        assert.deepEqual([await placeIs("away"), await placeIs("home")], [false, true]);
      } finally {
        await local.close();
        await Promise.all([home, away].map((folder) => rm(folder, { recursive: true })));
      }
    });

    it("checks no types of a cell that begins with @ts-nocheck, and those of later cells", async () => {
      const plain = "function f(a) { return a; }\nlet o = {}; o.x = 1;";
      assert.deepEqual(
        (await errors(plain)).map(({ code }) => code),
        [7006, 2339],
      );
      await accepts(`// @ts-nocheck\n${plain}`, `/* Old code. */\n// @ts-nocheck\n${plain}`, "f('x'); f(1);");
      assert.equal((await errors("f()"))[0]?.code, 2554);
      assert.equal((await errors(`// @ts-nocheck\n${plain} (`))[0]?.code, 1109);
    });

    it("takes compiler options from a comment when it has one, for this cell and later ones", async () => {
      const loose = "function twice(n) { return 2 * n; }";
      assert.equal((await errors(loose))[0]?.code, 7006);
      await accepts(
        '// @tsconfig { "noImplicitAny": false }\n' + loose,
        "function thrice(n) { return 3 * n; }",
      );
      assert.match(
        (await errors("// @tsconfig {strict: false}"))[0]?.message ?? "",
        /JSON object on one line/,
      );
      await accepts('// @tsconfig { "strict": true }');
      assert.equal((await errors(loose))[0]?.code, 7006);
    });

    it("sees the new types of a local module when its file has changed", async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
      const local = start(folder);
      const check = async (code: string): Promise<string[]> => {
        const result = await local.compile({ code, name: "cell" });
        return result.ok ? [] : result.errors.map(({ message }) => message);
      };
      try {
        await writeFile(path.join(folder, "data.json"), '{ "dose": 5 }');
        await writeFile(
          path.join(folder, "helper.ts"),
          "export const size = 1;\nexport interface Row { a: number }",
        );
        assert.deepEqual(
          await check('import { size, type Row } from "./helper.ts"; import data from "./data.json";'),
          [],
        );
        assert.deepEqual(await check("const n: number = size + data.dose; const row: Row = { a: n };"), []);
        await writeFile(
          path.join(folder, "helper.ts"),
          "export const size = 'large';\nexport interface Row { a: string }",
        );
        await utimes(path.join(folder, "helper.ts"), 1, 1);
        assert.match((await check("const m: number = size;"))[0] ?? "", /'string' is not assignable|"large"/);
        await mkdir(path.join(folder, "node_modules/late"), { recursive: true });
        assert.match((await check('import late from "late";'))[0] ?? "", /Cannot find module 'late'/);
        await writeFile(
          path.join(folder, "node_modules/late/index.d.ts"),
          "declare const late: number; export default late;",
        );
        await writeFile(
          path.join(folder, "node_modules/late/package.json"),
          '{ "name": "late", "types": "index.d.ts" }',
        );
        assert.deepEqual(await check('import late from "late"; const l: number = late;'), []);
      } finally {
        await local.close();
        await rm(folder, { recursive: true });
      }
    });

    it("takes compiler options of the notebook folder's tsconfig.json when it has one", async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
      const options = { noImplicitAny: false, noUnusedLocals: true, noUncheckedIndexedAccess: true };
      await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
      const local = start(folder);
      try {
        // What a cell declares is for later cells, whatever the file says.
        assert.ok((await local.compile({ code: "function twice(n) { return 2 * n; }", name: "cell" })).ok);
        assert.ok(!(await local.compile({ code: "const n: number = [1][0];", name: "cell" })).ok);
      } finally {
        await local.close();
        await rm(folder, { recursive: true });
      }
    });

    it("tells complete, incomplete and invalid code apart when asked", async () => {
      const status = async (code: string): Promise<string> => (await language.isComplete(code)).status;
      assert.equal(await status("1 + 1"), "complete");
      assert.equal(await status("await fetch('x')"), "complete");
      assert.equal(await status(""), "complete");
      assert.deepEqual(await language.isComplete("if (a) {"), { status: "incomplete", indent: "  " });
      assert.equal(await status("foo("), "incomplete");
      assert.equal(await status("const a ="), "incomplete");
      for (const code of [
        "xs.map(({ a, b }) =>",
        "const f = ([a], { b }): number => // later",
        "async x =>",
      ]) {
        assert.equal(await status(code), "incomplete", code);
      }
      assert.equal(await status("const = 5; x => x"), "invalid");
      assert.equal(await status("`abc"), "incomplete");
      assert.equal(await status("/* abc"), "incomplete");
      assert.equal(await status("const = 5;"), "invalid");
      assert.equal(await status("}"), "invalid");
    });
  });
}

const compiler = findNativeCompiler();
assert.ok(compiler, "npm has a native TypeScript compiler for this platform");
testCellLanguage("startCellLanguage() with the native compiler", (folder) => startCellLanguage(folder));
testCellLanguage("startWorkerLanguage()", (folder) => startWorkerLanguage(folder, true), 7);

describe("completion by the native compiler", () => {
  it("says of what kind the names of earlier cells are", async () => {
    const language = startCellLanguage(repositoryRoot);
    try {
      for (const code of [
        "type vPair = [1, 2]; namespace vSpace { export const a = 1; }",
        "enum vKind { A }",
      ]) {
        assert.ok((await language.compile({ code, name: "cell" })).ok);
      }
      const { entries } = await language.complete("v", 1);
      assert.deepEqual(
        entries.slice(0, 3).map(({ name, kind, signature }) => [name, kind, signature]),
        [
          ["vKind", "enum", "enum vKind"],
          ["vPair", "class", "type vPair = [1, 2]"],
          ["vSpace", "module", "namespace vSpace"],
        ],
      );
    } finally {
      await language.close();
    }
  });
});

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
