/** Tests of the rewriting of cells: each snippet is run as cells over one scope. */
import assert from "node:assert/strict";
import vm from "node:vm";
import { transformCell } from "../../kernel/language/index.ts";

type Bindings = [string, string][];
type CellFunction = (
  scope: Record<string, unknown>,
  importModule: (name: string, options: unknown, bindings?: Bindings) => Promise<unknown>,
  meta: object,
) => Promise<{ value: unknown } | undefined>;

/** Runs cells in order over one scope and gives the last result. */
async function run(...cells: string[]): Promise<unknown> {
  const scope = Object.create(null) as Record<string, unknown>;
  const names = new Set<string>();
  let result: { value: unknown } | undefined;
  for (const code of cells) {
    const cell = transformCell(code, names);
    for (const name of cell.names) names.add(name);
    const compiled = vm.runInThisContext(cell.js) as CellFunction;
    const importModule = (name: string, _: unknown, bindings: Bindings = []): Promise<unknown> => {
      for (const [local, exported] of bindings) scope[local] = `${name}#${exported}`;
      return Promise.resolve(name);
    };
    result = await compiled.call(undefined, scope, importModule, { url: "file:///cell.js" });
  }
  return result?.value;
}

describe("transformCell", () => {
  const cases: [name: string, cells: string[], expected: unknown][] = [
    ["gives the last expression", ["1;\n2 + 3;"], 5],
    ["gives nothing for a declaration", ["const a = 1;"], undefined],
    ["gives an object in parentheses", ["({ a: 1 });"], { a: 1 }],
    ["gives the last expression before an empty export", ["5;\nexport {};"], 5],
    ["gives a sequence", ["(1, 2);"], 2],
    ["carries variables", ["let a = 1;", "a += 1;", "a;"], 2],
    ["lets a later cell declare a name anew", ["const a = 1;", "const a = 'x';", "a;"], "x"],
    ["shows closures the newest value", ["let a = 1; const f = () => a;", "const a = 2;", "f();"], 2],
    [
      "shows closures the newest function",
      ["function g() { return 1; } function f() { return g(); }", "function g() { return 2; }", "f();"],
      2,
    ],
    ["hoists functions", ["const a = f(); function f() { return 7; }\na;"], 7],
    ["keeps recursion", ["function fact(n) { return n < 2 ? 1 : n * fact(n - 1); }\nfact(5);"], 120],
    [
      "hoists generators and async functions",
      ["async function f() { return 1; }\nfunction* g() { yield 2; }\n[await f(), ...g()];"],
      [1, 2],
    ],
    ["awaits at the top level", ["const a = await Promise.resolve(3);\na;"], 3],
    ["loops with for await", ["let s = 0; for await (const x of [Promise.resolve(1), 2]) s += x;\ns;"], 3],
    [
      "takes objects apart",
      ["const { a, b: { c = 5 }, ...rest } = { a: 1, b: {}, d: 2 };\n[a, c, rest];"],
      [1, 5, { d: 2 }],
    ],
    ["takes lists apart", ["const [a, , b = a, ...c] = [1, 2, undefined, 4];\n[a, b, c];"], [1, 1, [4]]],
    ["declares several names at once", ["let a = 1, { b } = { b: 2 }, c;\n[a, b, c];"], [1, 2, undefined]],
    ["forgets an old value when a name is declared without one", ["let a = 1;", "let a;", "a;"], undefined],
    [
      "assigns by taking apart",
      ["let a, b;", "[a, b] = [1, 2]; ({ a, b = 3 } = { a: b });\n[a, b];"],
      [2, 3],
    ],
    ["expands shorthand properties", ["const a = 1;", "({ a, f() { return a; } }).f();"], 1],
    ["leaves shadowed parameters alone", ["const a = 1;", "((a) => a)(2);"], 2],
    ["leaves shadowed block variables alone", ["const a = 1;", "let r = a; { const a = 2; r += a; }\nr;"], 3],
    [
      "leaves shadowed var alone",
      ["const a = 1;", "(function () { if (true) { var a = 5; } return a; })();"],
      5,
    ],
    [
      "leaves shadowed catch variables alone",
      ["const e = 1;", "let r; try { throw 2; } catch (e) { r = e; }\nr;"],
      2,
    ],
    [
      "leaves shadowed loop variables alone",
      ["const i = 9;", "let s = 0; for (let i = 0; i < 3; i++) s += i;\n[s, i];"],
      [3, 9],
    ],
    [
      "leaves property names alone",
      ["const a = 1;", "const o = { a: 2, b: { a: 3 } };\n[o.a, o.b.a, o?.a];"],
      [2, 3, 2],
    ],
    ["leaves labels alone", ["const a = 1;", "let n = 0; a: for (;;) { for (;;) { n++; break a; } }\nn;"], 1],
    ["uses default parameters", ["const a = 4;", "((b = a, { c = a } = {}) => [b, c])();"], [4, 4]],
    ["uses computed keys", ["const a = 'k';", "({ [a]: 1, [`${a}2`]: 2 });"], { k: 1, k2: 2 }],
    [
      "uses class bodies",
      [
        "const a = 1;",
        "class C { x = a; static y = a; static { C.z = a + 1; } [`m${a}`]() { return a; } }\n[new C().x, C.y, C.z, new C().m1()];",
      ],
      [1, 1, 2, 1],
    ],
    [
      "lets classes extend classes of other cells",
      ["class A { n() { return 1; } }", "class B extends A { n() { return super.n() + 1; } }\nnew B().n();"],
      2,
    ],
    ["keeps private fields", ["class A { #x = 1; get x() { return this.#x; } }\nnew A().x;"], 1],
    [
      "calls functions without the scope as this",
      ["function f() { return this; }\nf() === undefined;"],
      true,
    ],
    ["calls optional functions", ["const f = undefined;\nf?.();"], undefined],
    ["tags templates", ["const tag = (s, ...v) => s.raw.join('-') + v;\ntag`a${1}b`;"], "a-b1"],
    [
      "names functions after their variables",
      ["const f = () => 1; const C = class {};\n[f.name, C.name];"],
      ["f", "C"],
    ],
    [
      "hoists var out of blocks and loops",
      ["for (var i = 0; i < 2; i++) { var last = i; }", "[i, last];"],
      [2, 1],
    ],
    ["loops over lists with var", ["for (var x of [1, 2]); for (var k in { p: 1 });\n[x, k];"], [2, "p"]],
    [
      "runs enums as TypeScript prints them",
      ["var E;\n(function (E) { E[E['A'] = 1] = 'A'; })(E || (E = {}));", "E.A;"],
      1,
    ],
    ["switches", ["const a = 1;", "let r = 0; switch (a) { case 1: { const a = 5; r = a; } }\nr;"], 5],
    [
      "imports names",
      ["import d, { x as y, 'z-z' as z } from 'm'; import * as n from 'k';", "[d, y, z, n];"],
      ["m#default", "m#x", "m#z-z", "k#*"],
    ],
    ["imports when asked", ["await import('m');"], "m"],
    ["has import.meta", ["import.meta.url;"], "file:///cell.js"],
    [
      "unwraps exports",
      ["export const a = 1; export function f() { return a; } export { a as b };", "f();"],
      1,
    ],
    ["takes a default export as a value", ["export default class {}"], undefined],
    [
      "is strict",
      ["let strict = false; try { undeclaredName = 1; } catch { strict = true; }\nstrict;"],
      true,
    ],
    ["leaves globals alone", ["typeof JSON.parse;"], "function"],
    [
      "takes names of Object.prototype",
      ["const toString = 1, constructor = 2;", "[toString, constructor];"],
      [1, 2],
    ],
  ];
  for (const [name, cells, expected] of cases) {
    it(`${name} when a cell has them`, async () => {
      assert.deepEqual(await run(...cells), expected);
    });
  }

  it("throws SyntaxError when the code is no module", () => {
    assert.throws(() => transformCell("const = 1;", new Set()), SyntaxError);
  });
});
