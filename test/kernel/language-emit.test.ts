/** What cells become: JavaScript that runs, previews, compiler options, modules of the notebook's folder, completeness. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import vm from "node:vm";
import { testCellLanguages } from "./cell-languages.ts";

testCellLanguages(({ start, language, errors, accepts, runCells }) => {
  it("gives JavaScript that runs when the syntax is newer than Node's", async () => {
    const compile = async (code: string): Promise<string> => {
      const result = await language().compile({ code, name: "cell" });
      assert.ok(result.ok, JSON.stringify(result));
      new vm.Script(result.js);
      return result.js;
    };
    const logged = "(value: unknown, context: ClassMethodDecoratorContext) => void context.name";
    await compile(`const log = ${logged};\nclass A { @log m() { return 1; } accessor x = 1; }\nnew A().m();`);
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
      const preview = await language().preview(code);
      assert.match(preview?.js ?? "", /^\(async function .*\$cell_scope\.seen = 1/s);
      assert.equal(preview?.maps.length, 2);
    }
    assert.equal((await errors("seen"))[0]?.code, 2304);
    assert.equal(await language().preview("let = ;"), undefined);
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
    assert.match((await errors("// @tsconfig {strict: false}"))[0]?.message ?? "", /JSON object on one line/);
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
    const status = async (code: string): Promise<string> => (await language().isComplete(code)).status;
    assert.equal(await status("1 + 1"), "complete");
    assert.equal(await status("await fetch('x')"), "complete");
    assert.equal(await status(""), "complete");
    assert.deepEqual(await language().isComplete("if (a) {"), { status: "incomplete", indent: "  " });
    assert.equal(await status("foo("), "incomplete");
    assert.equal(await status("const a ="), "incomplete");
    for (const code of ["xs.map(({ a, b }) =>", "const f = ([a], { b }): number => // later", "async x =>"]) {
      assert.equal(await status(code), "incomplete", code);
    }
    assert.equal(await status("const = 5; x => x"), "invalid");
    assert.equal(await status("`abc"), "incomplete");
    assert.equal(await status("/* abc"), "incomplete");
    assert.equal(await status("const = 5;"), "invalid");
    assert.equal(await status("}"), "invalid");
  });
});
