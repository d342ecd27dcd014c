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
import type { GradeReport, NotebookSource } from "../../grader/index.ts";
import { serializeNotebook } from "../../kernel/notebook/index.ts";
import { notebookOf } from "../support/notebooks.ts";
import { repositoryRoot } from "../support/paths.ts";

/** An assignment with one exercise of one point for each name; the answer to each is twice its argument. */
function assignmentOf(names: readonly string[]): NotebookSource {
  const setup = '// %% setup id=setup\nimport { checkEqual } from "residency/exercise";\n';
  const exercises = names.map(
    (name) => `
// %% exercise id=${name} title="${name}" difficulty=1 importance=1 minutes=1
/* Double it. */
function ${name}(value: number): number {
  // BEGIN SOLUTION
  return value * 2;
  // END SOLUTION
}
// %% tests points=1
checkEqual("twice 2", ${name}(2), 4);
// BEGIN HIDDEN TESTS: negative numbers
checkEqual("twice -3", ${name}(-3), -6);
// END HIDDEN TESTS
`,
  );
  return parsePercent("90-tiny", setup + exercises.join(""));
}

/** Grades an assignment whose answers have these bodies; `first` is a cell in front of all others. */
function grade(bodies: Record<string, string>, first?: string): Promise<GradeReport> {
  const source = assignmentOf(Object.keys(bodies));
  const notebook = buildNotebook(source, "exercise");
  for (const cell of notebook.cells) {
    const body = bodies[cell.id];
    if (body !== undefined) cell.source = `function ${cell.id}(value: number): number { ${body} }`;
  }
  if (first !== undefined) notebook.cells.unshift(...notebookOf(first).cells);
  const manifest = readManifest("90-tiny", buildNotebook(source, "solution"));
  return gradeSubmission(serializeNotebook(notebook), manifest, { timeoutSeconds: 5 });
}

describe("gradeSubmission", function () {
  this.timeout(60_000);
  this.slow(10_000);

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

  it("grades each exercise by itself when others fail, hang, exit or kill the kernel", async () => {
    const report = await grade({
      correct: "return value + value;",
      partly: "return Math.abs(value) * 2;",
      mistyped: 'return "4";',
      endless: "for (;;);",
      exiting: "process.exit(0);",
      killing: "process.kill(process.pid, 'SIGKILL'); return 4;",
      throwing: "throw new Error('lost');",
      last: "return 2 * value;",
    });
    const marks = report.items.map(({ exercise, points, status }) => `${exercise}: ${points} ${status}`);
    assert.deepEqual(marks, [
      "correct: 1 passed",
      "partly: 0 failed",
      "mistyped: 0 failed",
      "endless: 0 timeout",
      "exiting: 0 failed",
      "killing: 0 crashed",
      "throwing: 0 failed",
      "last: 1 passed",
    ]);
    const reasons = new Map(report.items.map(({ exercise, reason }) => [exercise, reason]));
    assert.equal(reasons.get("correct"), "");
    assert.equal(reasons.get("partly"), "a hidden test failed (negative numbers)");
    assert.match(
      reasons.get("mistyped") ?? "",
      /your answer's cell: TypeScriptError: .*not assignable to type 'number'/,
    );
    assert.equal(reasons.get("endless"), "time limit of 5 s passed");
    assert.match(reasons.get("killing") ?? "", /the kernel ended/);
    assert.equal(reasons.get("throwing"), "Error: lost");
    assert.deepEqual([report.points, report.maxPoints, report.sandboxed], [2, 8, false]);
    assert.doesNotMatch(feedbackText(report), /-3|-6/);
  });

  it("gives no points when a submission replaces the checks or what they are made of", async () => {
    const first =
      "let checkEqual = (..._: unknown[]) => {}; const fake = checkEqual;\n" +
      "setInterval(() => { checkEqual = fake; }, 0).unref();\n" +
      "Object.is = () => true; Array.isArray = (() => true) as never; JSON.stringify = () => '';";
    const report = await grade({ spoof: "checkEqual = () => {}; return 7;", wrong: "return 7;" }, first);
    assert.deepEqual(
      report.items.map(({ points, status }) => `${points} ${status}`),
      ["0 failed", "0 failed"],
    );
  });

  it("reports a file that is no notebook and gives it no points", async () => {
    const report = await gradeSubmission(
      '{"nbformat": 3}',
      readManifest("90-tiny", buildNotebook(assignmentOf(["a", "b", "c"]), "solution")),
    );
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
