/** Planning a submission: the manifest's tests win over whatever a submission's cells have become. */
import assert from "node:assert/strict";
import { buildNotebook, parsePercent, planSubmission, readManifest } from "../../grader/index.ts";
import type { Step } from "../../grader/index.ts";
import type { Notebook } from "../../kernel/notebook/index.ts";
import { tinySource } from "./tiny-source.ts";

const source = parsePercent("90-tiny", tinySource);
const manifest = readManifest("90-tiny", buildNotebook(source, "solution"));

/** A fresh exercise sheet, changed by `change`. */
function submission(change: (notebook: Notebook) => void = () => undefined): Notebook {
  const notebook = buildNotebook(source, "exercise");
  change(notebook);
  return notebook;
}

const names = (steps: Step[]) =>
  steps.map((step) => (step.kind === "test" ? `test ${step.item.id}` : (step.answer ?? "code")));
const cellOf = (notebook: Notebook, id: string) => notebook.cells.find((cell) => cell.id === id)!;

describe("readManifest", () => {
  it("takes tests, points, notes and checks from the solution notebook", () => {
    assert.deepEqual(
      manifest.items.map(({ id, exercise, title, points, hiddenNotes }) => ({
        id,
        exercise,
        title,
        points,
        hiddenNotes,
      })),
      [
        {
          id: "twice-tests",
          exercise: "twice",
          title: "Twice",
          points: 2,
          hiddenNotes: ["negative numbers"],
        },
        { id: "half-tests", exercise: "half", title: "Half", points: 1, hiddenNotes: [] },
      ],
    );
    assert.doesNotMatch(manifest.items[0]?.visible ?? "", /-3/);
    assert.match(manifest.items[0]?.full ?? "", /-3/);
    assert.equal(manifest.checks, 'const { checkEqual: check } = await import("residency/exercise");\n');
  });

  it("refuses a solution notebook without tests", () => {
    const empty = { ...buildNotebook(source, "solution"), cells: [] };
    assert.throws(() => readManifest("90-tiny", empty), { code: "E_ASSIGNMENT" });
  });

  it("refuses a setup cell that is more than imports", () => {
    const notebook = buildNotebook(source, "solution");
    cellOf(notebook, "setup").source += "\nlet check2 = check;";
    assert.throws(() => readManifest("90-tiny", notebook), /more than imports of names: let check2/);
  });
});

describe("planSubmission", () => {
  it("runs answers and the manifest's tests in order, with nothing to report, when nothing was changed", () => {
    assert.deepEqual(planSubmission(submission(), manifest), {
      steps: planSubmission(submission(), manifest).steps,
      tampering: [],
    });
    assert.deepEqual(names(planSubmission(submission(), manifest).steps), [
      "code",
      "twice",
      "test twice-tests",
      "half",
      "test half-tests",
    ]);
  });

  it("restores an edited tests cell and says so", () => {
    const { steps, tampering } = planSubmission(
      submission((notebook) => (cellOf(notebook, "twice-tests").source = "1;")),
      manifest,
    );
    assert.deepEqual(tampering, ['locked cell "twice-tests" was edited; the original ran']);
    assert.ok(steps.some((step) => step.kind === "test" && step.item.full.includes("-3")));
  });

  it("says so when a submission holds the hidden tests", () => {
    const { tampering } = planSubmission(buildNotebook(source, "solution"), manifest);
    assert.deepEqual(tampering, [
      'tests cell "twice-tests" holds the hidden tests, which students are not given',
    ]);
  });

  it("runs a deleted tests cell at the end and says so", () => {
    const { steps, tampering } = planSubmission(
      submission((notebook) => (notebook.cells = notebook.cells.filter((cell) => cell.id !== "twice-tests"))),
      manifest,
    );
    assert.deepEqual(names(steps).slice(-2), ["test half-tests", "test twice-tests"]);
    assert.deepEqual(tampering, ['tests cell "twice-tests" is missing; the original ran at the end']);
  });

  it("counts a duplicated tests cell once, and points of the manifest alone", () => {
    const { steps, tampering } = planSubmission(
      submission((notebook) => {
        const cell = cellOf(notebook, "half-tests");
        cell.metadata = { nbgrader: { ...(cell.metadata["nbgrader"] as object), points: 100 } };
        notebook.cells.push({ ...cell, id: "copy" });
      }),
      manifest,
    );
    assert.equal(names(steps).filter((name) => name === "test half-tests").length, 1);
    assert.equal(tampering.length, 2);
    assert.match(tampering.join("\n"), /points or flags of cell "half-tests"/);
    assert.match(tampering.join("\n"), /"half-tests" appears more than once/);
  });

  it("never runs a locked cell of the submission", () => {
    const { steps } = planSubmission(
      submission((notebook) => (cellOf(notebook, "setup").source = "const check = () => undefined;")),
      manifest,
    );
    assert.ok(!steps.some((step) => step.kind === "submitted" && step.code.includes("const check")));
  });

  it("reports a missing answer", () => {
    const { tampering } = planSubmission(
      submission((notebook) => (notebook.cells = notebook.cells.filter((cell) => cell.id !== "half"))),
      manifest,
    );
    assert.deepEqual(tampering, ['answer cell "half" is missing']);
  });
});
