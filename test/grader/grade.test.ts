/** Grading in real kernels: full points for solutions, none for what did not run to its end, and a reason each time. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  buildNotebook,
  feedbackText,
  findManifest,
  gradeSubmission,
  parsePercent,
  readManifest,
} from "../../grader/index.ts";
import type { GradeReport } from "../../grader/index.ts";
import { serializeNotebook } from "../../kernel/notebook/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { tinySource } from "./tiny-source.ts";

const source = parsePercent("90-tiny", tinySource);
const manifest = readManifest("90-tiny", buildNotebook(source, "solution"));

/** Grades the tiny assignment with the given code as the cells of its answers, and code to run before all else. */
function grade(answers: Record<string, string>, options: { first?: string; timeoutSeconds?: number } = {}) {
  const notebook = buildNotebook(source, "exercise");
  for (const cell of notebook.cells) {
    const answer = answers[cell.id];
    if (answer !== undefined) cell.source = answer;
  }
  if (options.first !== undefined) {
    notebook.cells.unshift({
      ...{ cell_type: "code", id: "first", metadata: {}, execution_count: null, outputs: [] },
      source: options.first,
    });
  }
  return gradeSubmission(serializeNotebook(notebook), manifest, {
    timeoutSeconds: options.timeoutSeconds ?? 10,
  });
}

const twice = "function twice(value: number): number { return value + value; }";
const half = "function half(value: number): number { return value / 2; }";
const marks = (report: GradeReport) => report.items.map(({ points, status }) => `${points} ${status}`);

describe("gradeSubmission", function () {
  this.timeout(60_000);
  this.slow(5000);

  for (const name of ["03-next-token-prediction"]) {
    it(`gives full points to the solution of ${name}`, async () => {
      const solutions = path.join(repositoryRoot, "solutions");
      const text = await readFile(path.join(solutions, `${name}.ipynb`), "utf8");
      const report = await gradeSubmission(text, await findManifest(solutions, `${name}.ipynb`));
      assert.deepEqual(
        report.items.filter((item) => item.status !== "passed"),
        [],
      );
      assert.equal(report.points, report.maxPoints);
      assert.ok(report.points > 0);
    });

    it(`gives no points to the untouched exercises of ${name}`, async () => {
      const text = await readFile(path.join(repositoryRoot, `exercises/${name}.ipynb`), "utf8");
      const report = await gradeSubmission(
        text,
        await findManifest(path.join(repositoryRoot, "solutions"), name),
      );
      assert.equal(report.points, 0);
      for (const item of report.items) assert.match(item.reason, /Write your answer here/);
      assert.deepEqual(report.tampering, []);
    });
  }

  it("gives full points to other right answers and says that it is not sandboxed", async () => {
    const report = await grade({ twice, half });
    assert.deepEqual(marks(report), ["2 passed", "1 passed"]);
    assert.equal(report.sandboxed, false);
  });

  it("gives no points when a hidden test fails, and tells only its note", async () => {
    const report = await grade({
      twice: "function twice(value: number): number { return Math.abs(value) * 2; }",
      half,
    });
    assert.deepEqual(marks(report), ["0 failed", "1 passed"]);
    assert.equal(report.items[0]?.reason, "a hidden test failed (negative numbers)");
    assert.doesNotMatch(feedbackText(report), /-3|-6/);
  });

  it("gives the type error of an answer as the reason", async () => {
    const report = await grade({ twice: 'function twice(value: number): number { return "4"; }', half });
    assert.deepEqual(marks(report), ["0 failed", "1 passed"]);
    assert.match(
      report.items[0]?.reason ?? "",
      /your answer's cell: TypeScriptError: .*not assignable to type 'number'/,
    );
  });

  it("ends an endless answer at the time limit and still grades the others", async () => {
    const report = await grade(
      { twice: "function twice(value: number): number { for (;;); }", half },
      { timeoutSeconds: 2 },
    );
    assert.deepEqual(marks(report), ["0 timeout", "1 passed"]);
    assert.equal(report.items[0]?.reason, "time limit of 2 s passed");
  });

  it("gives no points to an answer that ends the process, and still grades the others", async () => {
    const killer =
      "function twice(value: number): number { process.kill(process.pid, 'SIGKILL'); return value; }";
    const report = await grade({ twice: killer, half });
    assert.deepEqual(marks(report), ["0 crashed", "1 passed"]);
    assert.match(report.items[0]?.reason ?? "", /the kernel ended/);
  });

  it("gives no points to an answer that exits with success", async () => {
    const report = await grade({ twice: "function twice(value: number): number { process.exit(0); }", half });
    assert.equal(report.items[0]?.points, 0);
    assert.equal(report.items[1]?.points, 1);
  });

  it("gives no points when a submission replaces the checks or what they are made of", async () => {
    const first =
      "let check = (..._: unknown[]) => {}; let checkEqual = check; setInterval(() => { check = checkEqual; }, 0).unref();\n" +
      "Object.is = () => true; Array.isArray = (() => true) as never; JSON.stringify = () => '';";
    const wrong = "function twice(value: number): number { check = () => {}; return 7; }";
    const report = await grade(
      { twice: wrong, half: "function half(value: number): number { return 7; }" },
      { first },
    );
    assert.deepEqual(marks(report), ["0 failed", "0 failed"]);
  });

  it("reports a file that is no notebook and gives it no points", async () => {
    const report = await gradeSubmission('{"nbformat": 3}', manifest);
    assert.equal(report.points, 0);
    assert.equal(report.maxPoints, 3);
    assert.match(report.error ?? "", /nbformat/);
  });
});

describe("findManifest", () => {
  it("accepts a browser's renamed download and refuses unknown names", async () => {
    const solutions = path.join(repositoryRoot, "solutions");
    const found = await findManifest(solutions, "x/03-next-token-prediction (1).ipynb");
    assert.equal(found.assignment, "03-next-token-prediction");
    await assert.rejects(
      findManifest(solutions, "99-other.ipynb"),
      /has no solution of that name; it has: .*03-next/,
    );
  });
});
