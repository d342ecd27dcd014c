/** Translations of the course: how they are read, checked, built into notebooks and added to. */
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  addTranslations,
  buildNotebook,
  buildTranslation,
  folderTexts,
  languageWording,
  parsePercent,
  parseTranslation,
  planSubmission,
  readManifest,
  releaseFolder,
  releaseTranslation,
  serializeTranslation,
  textHash,
  translatedTexts,
  translationDifferences,
  translationTask,
} from "../../grader/index.ts";
import type { Translation, TranslationEntry } from "../../grader/index.ts";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import type { Notebook } from "../../kernel/notebook/index.ts";

const sourceText = `/**
 * title: Tiny
 * goal: double a number
 * needs: nothing
 */

// %% [markdown]
/*
## First
Press \`a\` 2 times.
*/

// %% [markdown]
// See [the other](../notebooks/91-other.ipynb#a) and [a page](../docs/kernel.md).

// %% setup id=setup
import { checkEqual } from "residency/exercise";

// %% exercise id=twice title="Twice" difficulty=1 importance=1 minutes=1 hint="Add it to itself."
/*
Double it.
*/
function twice(value: number): number {
  // BEGIN SOLUTION
  return value * 2;
  // END SOLUTION
}

// %% tests points=2
checkEqual("twice of 2", twice(2), 4);
`;
const source = parsePercent("90-tiny", sourceText);

const entryOf = (english: string, text: string) => ({ hash: textHash(english), text });
const first = "## First\nPress `a` 2 times.";
const translation: Translation = new Map([
  ["90-tiny/90-tiny-1/title", entryOf("Tiny", "아주 작은 것")],
  ["90-tiny/first-1", entryOf(first, "## 처음\n`a`를 2번 누르세요.")],
  ["90-tiny/twice/prompt", entryOf("Double it twice.", "두 번 두 배로 하세요.")],
]);

describe("buildTranslation", () => {
  const course = buildTranslation(source, "course", translation, "ko");
  const sheet = buildTranslation(source, "exercise", translation, "ko");

  it("shows translated texts, and English with a mark where one is missing or stale", () => {
    const [title, text, link, task] = course.cells;
    assert.match(title!.source, /^# 90 · 아주 작은 것\n/);
    assert.match(title!.source, /- double a number \*\[영어\]\*/);
    assert.match(title!.source, /\*\*준비\*\* nothing \*\[영어\]\*/);
    assert.equal(text!.source, "## 처음\n`a`를 2번 누르세요.");
    assert.equal(
      link!.source.split("\n").at(-1),
      "See [the other](../../notebooks/ko/91-other.ipynb#a) and [a page](../../docs/kernel.md).",
    );
    assert.match(
      task!.source,
      /### 연습 A · Twice \*\[영어\]\*\n\n> \*\*\[영어\]\*\* 원문이 바뀌어[^\n]*\n\nDouble it\./,
    );
    assert.match(task!.source, /\(\.\.\/\.\.\/exercises\/ko\/90-tiny\.ipynb\)/);
  });

  it("keeps ids of cells that stand under a translated heading", () => {
    const ids = ({ cells }: Notebook) => cells.map(({ id }) => id);
    assert.deepEqual(ids(course), ids(buildNotebook(source, "course")));
    assert.deepEqual(ids(sheet), ids(buildNotebook(source, "exercise")));
  });

  it("finds the translation of a text that has moved to another cell", () => {
    const moved = parsePercent(
      "90-tiny",
      sourceText.replace("// %% [markdown]\n/*\n## First", (found) =>
        found.replace(
          "// %% [markdown]",
          "// %% [markdown]\n// ## First\n// Something new.\n\n// %% [markdown]",
        ),
      ),
    );
    const states = translatedTexts(moved, translation)
      .filter(({ kind }) => kind === "text")
      .map(({ key, state }) => [key, state]);
    assert.deepEqual(states, [
      ["90-tiny/first-1", "stale"],
      ["90-tiny/first-2", "translated"],
      ["90-tiny/first-3", "missing"],
    ]);
  });

  it("leaves the note on machine translation out when every text is checked", () => {
    const checked: Translation = new Map(
      translatedTexts(source, new Map()).map(({ key, english }) => [
        key,
        { ...entryOf(english, english), checked: true },
      ]),
    );
    assert.match(sheet.cells[0]!.source, /기계 번역/);
    assert.doesNotMatch(buildTranslation(source, "exercise", checked, "ko").cells[0]!.source, /기계 번역/);
  });

  it("gives a sheet that is graded like the English one, and in which an edited test is still found", () => {
    const manifest = readManifest("90-tiny", buildNotebook(source, "solution"));
    assert.deepEqual(planSubmission(sheet, manifest).tampering, []);
    const edited = structuredClone(sheet);
    edited.cells.find(({ id }) => id === "twice-task")!.source += " 아니요.";
    edited.cells.find(({ id }) => id === "twice-tests")!.source = "";
    assert.deepEqual(planSubmission(edited, manifest).tampering, [
      'locked cell "twice-task" was edited; the original ran',
      'locked cell "twice-tests" was edited; the original ran',
    ]);
  });
});

describe("translationDifferences", () => {
  it("names numbers, code, links, tags and headings that are lost or new", () => {
    const english = "## A\n\nSee [b](c.md), `f(2)` and 3 <b>of</b> 1,024.";
    assert.deepEqual(
      translationDifferences(english, "## 가\n\n<b>1,024</b> 가운데 3, `f(2)`, [나](c.md)."),
      [],
    );
    assert.deepEqual(translationDifferences(english, "[나](d.md), `f(3)`, 1,024"), [
      'the code "`f(2)`" is missing',
      'the code "`f(3)`" is not in the English text',
      'the link "](c.md)" is missing',
      'the link "](d.md)" is not in the English text',
      'the tag "<b>" is missing',
      'the tag "</b>" is missing',
      'the heading "##" is missing',
      'the number "3" is missing',
    ]);
  });

  it("lets digits stand for a number that English spells out, and for no other", () => {
    assert.deepEqual(translationDifferences("A zero is fatal.", "0은 치명적입니다."), []);
    assert.deepEqual(translationDifferences("On the 3rd of August", "8월 3일에"), []);
    assert.deepEqual(translationDifferences("A zero is fatal.", "1은 치명적입니다."), [
      'the number "1" is not in the English text',
    ]);
  });
});

describe("parseTranslation", () => {
  it("reads what serializeTranslation writes: an entry a line, by notebook and place", () => {
    const json = serializeTranslation(
      new Map<string, TranslationEntry>([
        ["02-b/x-10", entryOf("a", "가")],
        ["02-b/x-2", { ...entryOf("b", "나\n다"), checked: true }],
        ["01-a/x/hint-1", entryOf("c", "라")],
      ]),
    );
    assert.deepEqual(
      json.split("\n").map((line) => line.split('"')[1]),
      [undefined, "01-a/x/hint-1", "02-b/x-2", "02-b/x-10", undefined, undefined],
    );
    assert.equal(serializeTranslation(parseTranslation("ko.json", json)), json);
  });

  it("refuses what is no translation, and says where", () => {
    const wrong = (json: string, why: RegExp) =>
      assert.throws(() => parseTranslation("ko.json", json), { code: "E_TRANSLATION", message: why });
    wrong("{", /ko\.json: it is no JSON/);
    wrong("[]", /an object from keys to entries/);
    wrong('{"a": {"hash": "0123456789abcdef", "text": "가"}}', /the key "a" is not in the form/);
    wrong('{"a/b": {"hash": "0123", "text": "가"}}', /the entry "a\/b" needs a hash/);
    wrong('{"a/b": {"hash": "0123456789abcdef", "text": ""}}', /the entry "a\/b" needs a hash/);
    assert.throws(() => languageWording("tlh"), { code: "E_TRANSLATION", message: /has words for ko/ });
  });
});

describe("a translator's work", () => {
  let root: string;
  const write = (name: string, text: string) => writeFile(path.join(root, "notebooks", name), text);
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "residency-translate-"));
    await mkdir(path.join(root, "notebooks"), { recursive: true });
    await write("90-tiny.nb.ts", sourceText);
    await releaseFolder(root);
  });
  afterEach(() => rm(root, { recursive: true }));

  it("is a list of texts, and the filled-in list becomes notebooks and counts", async () => {
    const tasks = (await folderTexts(root, "ko")).map(translationTask);
    assert.deepEqual(
      tasks.map(({ key, kind, state }) => [key.slice("90-tiny/".length), kind, state]),
      [
        ["90-tiny-1/title", "title", "missing"],
        ["90-tiny-1/goal-1", "goal", "missing"],
        ["90-tiny-1/needs", "fact", "missing"],
        ["first-1", "text", "missing"],
        ["first-2", "text", "missing"],
        ["twice/title", "title", "missing"],
        ["twice/prompt", "prompt", "missing"],
        ["twice/hint-1", "hint", "missing"],
      ],
    );
    const done = tasks.map((task) => ({
      ...task,
      text: task.kind === "text" ? task.english.replace("Press", "누르세요:") : "가",
    }));
    assert.equal((await addTranslations(root, "ko", done)).added.length, 8);
    const { cells, translated, staleCells, files } = await releaseTranslation(root, "ko");
    assert.deepEqual({ cells, translated, staleCells }, { cells: 4, translated: 4, staleCells: 0 });
    assert.deepEqual(files, ["notebooks/ko/90-tiny.ipynb", "exercises/ko/90-tiny.ipynb"]);

    await write("90-tiny.nb.ts", sourceText.replace("Double it.", "Double it, please."));
    const later = await releaseTranslation(root, "ko", { check: true });
    assert.deepEqual([later.translated, later.staleCells], [3, 1]);
    assert.deepEqual(later.stale, later.files);
    const [stale] = (await folderTexts(root, "ko")).filter(({ state }) => state !== "translated");
    assert.deepEqual([stale!.key, stale!.state, stale!.entry?.text], ["90-tiny/twice/prompt", "stale", "가"]);
  });

  it("refuses texts that do not fit, writes the others, and loses nothing", async () => {
    const tasks = (await folderTexts(root, "ko")).map(translationTask);
    const [title, goal] = tasks;
    const { added, refused } = await addTranslations(root, "ko", [
      { ...title, text: "작은 것" },
      { ...goal, hash: textHash("older"), text: "가" },
      { ...tasks.find(({ key }) => key.endsWith("first-1")), text: "## 처음\n누르세요." },
      { ...goal, key: "90-tiny/gone", text: "가" },
      { ...goal, text: " " },
    ]);
    assert.deepEqual(added, [title!.key]);
    assert.deepEqual(refused, [
      { key: goal!.key, reason: "the English text has changed; ask for it again" },
      { key: "90-tiny/first-1", reason: 'the code "`a`" is missing; the number "2" is missing' },
      { key: "90-tiny/gone", reason: "no notebook has this text" },
    ]);
    await assert.rejects(addTranslations(root, "ko", [{ key: "a" }]), { code: "E_TRANSLATION" });
    const json = await readFile(path.join(root, "notebooks/i18n/ko.json"), "utf8");
    assert.deepEqual([...parseTranslation("ko.json", json).keys()], [title!.key]);
  });

  it("shows the outputs that the English notebook has saved, and removes what has no source", async () => {
    await write(
      "91-run.nb.ts",
      "// %% [markdown]\n// # Run\n\n// %% a cell\nconst two = 2;\n\n// %% another\nconsole.log(two);\n",
    );
    await releaseFolder(root);
    await releaseTranslation(root, "ko");
    await cp(path.join(root, "notebooks/ko/91-run.ipynb"), path.join(root, "notebooks/ko/92-gone.ipynb"));
    const file = path.join(root, "notebooks/91-run.ipynb");
    const notebook = parseNotebook(await readFile(file, "utf8"));
    const last = notebook.cells.at(-1)!;
    assert.ok(last.cell_type === "code");
    last.execution_count = 2;
    last.outputs = [{ output_type: "stream", name: "stdout", text: "2\n" }];
    await writeFile(file, JSON.stringify(notebook));
    const { stale, orphans } = await releaseTranslation(root, "ko");
    assert.deepEqual([stale, orphans], [["notebooks/ko/91-run.ipynb"], ["notebooks/ko/92-gone.ipynb"]]);
    const other = parseNotebook(await readFile(path.join(root, "notebooks/ko/91-run.ipynb"), "utf8"));
    assert.deepEqual(other.cells.at(-1), last);
  });
});
