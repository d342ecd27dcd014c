/** Releases: metadata that nbgrader accepts, no solution in a student's notebook, files in step with their sources. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  answerStub,
  assertNoLeak,
  buildNotebook,
  cellChecksum,
  nbgraderMetadata,
  parsePercent,
  readManifest,
  readWritten,
  releaseFolder,
  releaseSource,
  writtenStub,
} from "../../grader/index.ts";
import { parseNotebook, serializeNotebook } from "../../kernel/notebook/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const notebookName = "03-next-token-prediction";

/** Its graded cells: five exercises with a cell of tests each, and one with two. */
const gradeIds = [
  "setup",
  ...["shift", "cross-entropy", "first-loss", "gradient-check", "batch-loss"].flatMap((id) => [
    `${id}-task`,
    id,
    `${id}-tests`,
  ]),
  ...["gradient-task", "gradient", "gradient-by-hand", "gradient-measured"],
];

describe("cellChecksum", () => {
  // Expected values: hashlib.md5 over the strings that nbgrader 0.9.5's compute_checksum concatenates.
  it("equals nbgrader's for a tests cell with whole points", () => {
    const metadata = nbgraderMetadata("tests", "test-sq", "code", "assert(sq(2) === 4);", 2);
    assert.equal(metadata.checksum, "5d02b0ca91ac8945652fdeef6343c52f");
  });

  it("equals nbgrader's for an answer, which is never locked and has no points", () => {
    assert.equal(
      nbgraderMetadata("answer", "sq", "code", "const é = 1;").checksum,
      "4b3e08d906dffea8600339178df2467f",
    );
  });

  it("equals nbgrader's for read-only text", () => {
    assert.equal(
      nbgraderMetadata("read-only", "task_1", "markdown", "# Text\n\nmore").checksum,
      "176a140df4d37140344931f122262ca0",
    );
  });

  it("depends on half points", () => {
    const metadata = nbgraderMetadata("tests", "t", "code", "x", 0.5);
    assert.equal(metadata.checksum, "12cb32f69584a30312977b3e8d31c654");
    assert.equal(cellChecksum("x", metadata), metadata.checksum);
  });
});

describe("a written question in a release", () => {
  const text = `// %% written id=why title="Why?" difficulty=1 importance=1 minutes=5 points=2
/* Say why. */
// BEGIN SOLUTION
/* Since it is so. */
// END SOLUTION
`;
  const notebook = (folder: string) =>
    parseNotebook(releaseSource("98-why", text).get(`${folder}/98-why.ipynb`)!);

  it("is a manually graded text cell for nbgrader, empty in the sheet and answered in the solution", () => {
    const [task, answer] = notebook("exercises").cells;
    assert.match(task!.source, /Exercise A · Why\?.*2 points.*Say why\./s);
    assert.equal(answer!.source, writtenStub);
    assert.deepEqual(answer!.metadata["nbgrader"], {
      ...{ schema_version: 3, grade: true, solution: true, locked: false, task: false },
      ...{ grade_id: "why", points: 2, cell_type: "markdown" },
      checksum: createHash("md5").update(`${writtenStub}markdownTrueTrueFalsewhy2.0`).digest("hex"),
    });
    assert.equal(notebook("solutions").cells[1]!.source, "Since it is so.");
    assert.match(notebook("notebooks").cells[0]!.source, /a person reads what you write there/);
  });

  it("is handed on to a person: answered or not, and without points of its own", () => {
    const manifest = readManifest("98-why", notebook("solutions"));
    const submission = notebook("exercises");
    const { title, status, maxPoints } = readWritten(submission, manifest)[0]!;
    assert.deepEqual({ title, status, maxPoints }, { title: "Why?", status: "unanswered", maxPoints: 2 });
    submission.cells[1]!.source = "Because of *this*.";
    const [read] = readWritten(submission, manifest);
    assert.deepEqual([read!.status, read!.text], ["to be read", "Because of *this*."]);
  });
});

describe("releaseSource", () => {
  let sourceText: string;
  let files: Map<string, string>;
  before(async () => {
    sourceText = await readFile(path.join(repositoryRoot, `notebooks/${notebookName}.nb.ts`), "utf8");
    files = releaseSource(notebookName, sourceText);
  });

  it("gives a course notebook, an exercise sheet and a solution", () => {
    assert.deepEqual(
      [...files.keys()],
      ["notebooks", "exercises", "solutions"].map((folder) => `${folder}/${notebookName}.ipynb`),
    );
  });

  it("gives a course notebook alone when there is no exercise", () => {
    assert.deepEqual(
      [...releaseSource("01-plain", "// %% [markdown]\n// # Plain\n// %%\n1;\n").keys()],
      ["notebooks/01-plain.ipynb"],
    );
  });

  it("begins with the notebook's number, or the letter of one outside of the sequence", () => {
    const titleOf = (name: string) => {
      const [file] = releaseSource(name, "/**\n * title: A session\n */\n\n// %%\n1;\n").values();
      return parseNotebook(file!).cells[0]!.source;
    };
    assert.equal(titleOf("07-a-session"), "# 07 · A session");
    assert.equal(titleOf("S-a-session"), "# S · A session");
    assert.equal(titleOf("Session"), "# A session");
  });

  it("gives the same bytes each time", () => {
    assert.deepEqual(releaseSource(notebookName, sourceText), files);
  });

  it("writes metadata that keeps nbgrader's schema 3", () => {
    const allowed = "cell_type checksum grade grade_id locked points schema_version solution task".split(" ");
    for (const edition of ["exercise", "solution"] as const) {
      const notebook = buildNotebook(parsePercent(notebookName, sourceText), edition);
      const seen = new Set<string>();
      for (const cell of notebook.cells) {
        if (!("nbgrader" in cell.metadata)) continue;
        const metadata = cell.metadata["nbgrader"] as unknown as ReturnType<typeof nbgraderMetadata>;
        assert.deepEqual(
          Object.keys(metadata).filter((key) => !allowed.includes(key)),
          [],
        );
        assert.equal(metadata.schema_version, 3);
        assert.match(metadata.grade_id, /^[a-zA-Z0-9_-]+$/);
        assert.ok(!seen.has(metadata.grade_id), metadata.grade_id);
        seen.add(metadata.grade_id);
        assert.equal(typeof metadata.points, metadata.grade ? "number" : "undefined");
        assert.equal(metadata.cell_type, cell.cell_type);
        assert.equal(metadata.checksum, cellChecksum(cell.source, metadata));
        assert.ok(metadata.grade !== metadata.solution || (!metadata.grade && metadata.locked));
      }
      assert.deepEqual([...seen], gradeIds);
    }
  });

  it("writes cell ids that nbformat 4.5 allows, each once", () => {
    for (const edition of ["course", "exercise", "solution"] as const) {
      const ids = buildNotebook(parsePercent(notebookName, sourceText), edition).cells.map((cell) => cell.id);
      assert.equal(new Set(ids).size, ids.length);
      for (const id of ids) assert.match(id, /^[a-zA-Z0-9_-]{1,64}$/);
    }
  });

  it("replaces solutions by the stub and drops hidden tests", () => {
    const sheet = files.get(`exercises/${notebookName}.ipynb`) ?? "";
    assert.equal(sheet.split(JSON.stringify(answerStub[1]).slice(1, -1)).length - 1, 6);
    assert.ok(!/hidden:|BEGIN|const largest/.test(sheet));
    assert.match(files.get(`solutions/${notebookName}.ipynb`) ?? "", /BEGIN HIDDEN TESTS/);
  });

  it("names the kernel that runs it", () => {
    for (const text of files.values()) {
      const { metadata } = JSON.parse(text) as { metadata: { kernelspec: unknown } };
      assert.deepEqual(metadata.kernelspec, {
        name: "residency",
        display_name: "TypeScript (Residency)",
        language: "typescript",
      });
    }
  });
});

describe("assertNoLeak", () => {
  const source = "// %%\nshown();\n// BEGIN SOLUTION\n  return secret(1);\n  shown();\n// END SOLUTION\n";
  it("refuses a solution line anywhere, outputs and metadata included", () => {
    for (const notebook of [
      { cells: [{ source: "x\nreturn secret(1);" }] },
      { cells: [{ source: ["return ", "secret(1);"] }] },
      { cells: [{ outputs: [{ text: "return secret(1);" }] }] },
      { cells: [{ metadata: { "return secret(1);": true } }] },
    ]) {
      assert.throws(
        () => assertNoLeak("x", source, notebook),
        /would hold the solution line "return secret\(1\);"/,
      );
    }
  });

  it("accepts lines that the public part shows too", () => {
    assertNoLeak("x", source, { cells: [{ source: "shown();" }] });
  });
});

describe("folded answers in a release", () => {
  const built = (text: string): string =>
    buildNotebook(parsePercent("01-x", `// %% [markdown]\n/*\n${text}\n*/\n`), "course").cells[0]!.source;

  it("stand apart from their tags, so that their Markdown is read", () => {
    const text =
      "**1. Why?**\n\n<details><summary>First\nanswer</summary>No: *A* is\n`zero`.</details>\n" +
      "<details><summary>Second</summary>Yes.</details>\n\nBehind.";
    assert.equal(
      built(text),
      "**1. Why?**\n\n<details>\n<summary>First answer</summary>\n\nNo: *A* is\n`zero`.\n\n</details>\n\n" +
        "<details>\n<summary>Second</summary>\n\nYes.\n\n</details>\n\nBehind.",
    );
  });

  it("stay as they are where they stand apart already", () => {
    const text = "<details>\n<summary>Hint</summary>\n\nA *hint*.\n\n</details>\n\nText.";
    assert.equal(built(text), text);
  });
});

describe("releaseFolder", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "residency-release-"));
    await mkdir(path.join(root, "notebooks"));
    await writeFile(path.join(root, "notebooks/01-plain.nb.ts"), "// %% [markdown]\n// # Plain\n// %%\n1;\n");
  });
  afterEach(() => rm(root, { recursive: true }));

  it("writes what is missing, then finds nothing stale", async () => {
    assert.deepEqual((await releaseFolder(root)).stale, ["notebooks/01-plain.ipynb"]);
    assert.deepEqual(await releaseFolder(root, { check: true }), {
      files: ["notebooks/01-plain.ipynb"],
      stale: [],
      orphans: [],
    });
  });

  it("keeps saved outputs when a text changes, and none when code does", async () => {
    const source = path.join(root, "notebooks/01-plain.nb.ts");
    const target = path.join(root, "notebooks/01-plain.ipynb");
    const readTarget = async () => parseNotebook(await readFile(target, "utf8"));
    await releaseFolder(root);
    const run = await readTarget();
    const code = run.cells[1]!;
    assert.ok(code.cell_type === "code");
    code.outputs.push({ output_type: "stream", name: "stdout", text: "one\n" });
    code.execution_count = 1;
    await writeFile(target, serializeNotebook(run));
    await writeFile(source, "// %% [markdown]\n// # Another title\n// %% [markdown]\n// More.\n// %%\n1;\n");
    assert.deepEqual((await releaseFolder(root)).stale, ["notebooks/01-plain.ipynb"]);
    const { cells } = await readTarget();
    assert.match(cells[0]!.source, /Another title/);
    assert.ok(cells[2]?.cell_type === "code" && cells[2].execution_count === 1);
    assert.deepEqual(cells[2].outputs, code.outputs);
    await writeFile(source, "// %% [markdown]\n// # Another title\n// %%\n2;\n");
    await releaseFolder(root);
    const changed = (await readTarget()).cells[1];
    assert.ok(changed?.cell_type === "code" && changed.execution_count === null);
    assert.deepEqual(changed.outputs, []);
  });

  it("tells stale and left-over files under check and writes nothing", async () => {
    await releaseFolder(root);
    await writeFile(path.join(root, "notebooks/01-plain.ipynb"), "{}");
    await writeFile(path.join(root, "notebooks/02-gone.ipynb"), "{}");
    const result = await releaseFolder(root, { check: true });
    assert.deepEqual(result.stale, ["notebooks/01-plain.ipynb"]);
    assert.deepEqual(result.orphans, ["notebooks/02-gone.ipynb"]);
    assert.equal(await readFile(path.join(root, "notebooks/01-plain.ipynb"), "utf8"), "{}");
  });

  it("finds the project's own generated notebooks in step with their sources", async () => {
    const { stale, orphans, files } = await releaseFolder(repositoryRoot, { check: true });
    assert.deepEqual({ stale, orphans }, { stale: [], orphans: [] });
    assert.ok(files.length >= 3);
  });
});
