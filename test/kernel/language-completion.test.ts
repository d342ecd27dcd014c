/** Completion and documentation in cells. */
import assert from "node:assert/strict";
import { startCellLanguage } from "../../kernel/language/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { testCellLanguages } from "./cell-languages.ts";

testCellLanguages(({ language, errors, accepts }) => {
  it("completes members and names of earlier cells when asked at a cursor", async () => {
    await accepts("const sample = { alpha: 1, beta: 2 };");
    const members = await language().complete("sample.al", 9);
    assert.deepEqual([members.start, members.end], [7, 9]);
    assert.deepEqual(
      members.entries.map((entry) => entry.name),
      ["alpha"],
    );
    assert.ok((await language().complete("sam", 3)).entries.some((entry) => entry.name === "sample"));
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
      const { start, end, entries } = await language().complete(code, code.length);
      assert.deepEqual([start, end], [code.length, code.length], code);
      assert.deepEqual(entries.map((entry) => entry.name).sort(), expected, code);
    }
    const inner = "items.map((one) => {\n  sample";
    assert.match((await language().inspect(inner, inner.length))?.signature ?? "", /sample: \{/);
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
      const { entries } = await language().complete(code, code.length);
      assert.deepEqual(
        entries.map((entry) => entry.name),
        expected,
        code,
      );
    }
    const edited = "let dose = { renewed: 2 }; dose.";
    assert.match(
      (await language().inspect(edited, edited.length - 2))?.signature ?? "",
      /^let dose: .*renewed/s,
    );
  });

  it("documents a name when asked at a cursor", async () => {
    await accepts("/** Doubles. */\nfunction double(n: number) { return 2 * n; }");
    const found = await language().inspect("double(2)", 3);
    assert.match(found?.signature ?? "", /^(?:function )?double\(n: number\): number$/);
    assert.equal(found?.documentation, "Doubles.");
    assert.equal(await language().inspect("   ", 1), undefined);
  });

  it("counts in UTF-16 when the code has characters beyond it", async () => {
    const [error] = await errors("const smile = '😀'; const n: number = smile;");
    assert.deepEqual([error?.column, error?.length], [27, 1]);
  });
});

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
