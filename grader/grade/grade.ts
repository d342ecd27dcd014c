/** Grades one submission, fail-closed: points are given only where a test is seen to have run to its end. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { KernelError } from "../../kernel/client/index.ts";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import type { Manifest, TestItem } from "./manifest.ts";
import { planSubmission } from "./plan.ts";
import { openSession } from "./session.ts";
import type { GradingSession, StepResult } from "./session.ts";
import { readWritten } from "./written.ts";
import type { WrittenAnswer } from "./written.ts";

/** The mark of one tests cell. */
export interface ItemGrade {
  id: string;
  exercise: string;
  title: string;
  points: number;
  maxPoints: number;
  status: "passed" | "failed" | "timeout" | "crashed";
  /** Why points are missing, without anything of the hidden tests; empty when none are. */
  reason: string;
}

/** The mark of one submission. */
export interface GradeReport {
  assignment: string;
  points: number;
  maxPoints: number;
  /** Always false in this version: a submission runs with this user's rights, files and network. */
  sandboxed: false;
  items: ItemGrade[];
  /** What a person has to read; its points are not counted above. */
  written: WrittenAnswer[];
  tampering: string[];
  /** Why the submission could not be graded at all; undefined when it was. */
  error?: string;
}

/** Options of `gradeSubmission`. */
export interface GradeOptions {
  /** The longest that a cell may take (default 30). */
  timeoutSeconds?: number;
  /** Called before each step with its number from 1 and the count of all steps. */
  onStep?: (step: number, count: number) => void;
}

interface SubmittedCell {
  code: string;
  answer: string | undefined;
}

/** Grades the text of a submitted notebook against a manifest, in a kernel and a folder of its own. */
export async function gradeSubmission(
  text: string,
  manifest: Manifest,
  options: GradeOptions = {},
): Promise<GradeReport> {
  const { timeoutSeconds = 30, onStep } = options;
  let notebook;
  try {
    notebook = parseNotebook(text);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return reportOf(manifest, new Map(), readWritten(undefined, manifest), [], error.message);
  }
  const plan = planSubmission(notebook, manifest);
  const cwd = await mkdtemp(path.join(tmpdir(), "residency-grade-"));
  // The checks are loaded before any code of the submission can change what they are made of.
  const session = openSession({ cwd, timeoutSeconds, prelude: `{\n${manifest.checks}}` });
  try {
    await writeFile(path.join(cwd, `${manifest.assignment}.ipynb`), text);
    const grades = new Map<string, ItemGrade>();
    const ran: SubmittedCell[] = [];
    const answerErrors = new Map<string, string>();
    for (const [index, step] of plan.steps.entries()) {
      onStep?.(index + 1, plan.steps.length);
      if (step.kind === "submitted") {
        const result = await session.run(step.code);
        if (step.answer !== undefined) {
          const error = result.status === "ok" ? undefined : describe(result, timeoutSeconds);
          if (error === undefined) answerErrors.delete(step.answer);
          else answerErrors.set(step.answer, error);
        }
        if (result.stateLost) await replay(session, ran);
        else if (result.status !== "timeout") ran.push(step);
      } else {
        const { grade, stateLost } = await gradeItem(session, step.item, manifest.checks, timeoutSeconds);
        const answerError = answerErrors.get(step.item.exercise);
        const explained = grade.status !== "passed" && answerError !== undefined;
        grades.set(grade.id, explained ? { ...grade, reason: `your answer's cell: ${answerError}` } : grade);
        if (stateLost) await replay(session, ran);
      }
    }
    return reportOf(manifest, grades, readWritten(notebook, manifest), plan.tampering);
  } finally {
    await session.close();
    await rm(cwd, { recursive: true, force: true });
  }
}

/** Runs the visible tests alone, whose messages a student may read, then all tests up to a secret end. */
async function gradeItem(
  session: GradingSession,
  item: TestItem,
  checks: string,
  timeoutSeconds: number,
): Promise<{ grade: ItemGrade; stateLost: boolean }> {
  const { id, exercise, title, points: maxPoints } = item;
  const fail = (result: StepResult, reason: string) => {
    const status: ItemGrade["status"] =
      result.status === "timeout" ? "timeout" : result.status === "died" ? "crashed" : "failed";
    return {
      grade: { id, exercise, title, points: 0, maxPoints, status, reason },
      stateLost: result.stateLost,
    };
  };
  const visible = await session.run(`{\n${checks}${item.visible}\n}`);
  if (visible.status !== "ok") return fail(visible, describe(visible, timeoutSeconds));
  // A submission cannot know this value, so it cannot end a test early and look as if it had passed.
  const token = randomBytes(16).toString("hex");
  const full = await session.run(`{\n${checks}${item.full}\n}\n"${token}";`);
  if (full.status !== "ok") {
    const notes = item.hiddenNotes.length > 0 ? ` (${item.hiddenNotes.join("; ")})` : "";
    const what =
      full.status === "error" ? "a hidden test failed" : `hidden tests: ${describe(full, timeoutSeconds)}`;
    return fail(full, what + notes);
  }
  if (full.results.length !== 1 || full.results[0]?.includes(token) !== true) {
    return fail({ ...full, status: "error" }, "the tests did not run to their end");
  }
  return {
    grade: { id, exercise, title, points: maxPoints, maxPoints, status: "passed", reason: "" },
    stateLost: false,
  };
}

/** Brings a fresh kernel to where the last one was; a cell that ends this one too stays out for good. */
async function replay(session: GradingSession, ran: SubmittedCell[]): Promise<void> {
  for (let index = 0; index < ran.length; index += 1) {
    const result = await session.run(ran[index]!.code);
    if (!result.stateLost) continue;
    ran.splice(index, 1);
    index = -1;
  }
}

function describe({ status, ename, evalue }: StepResult, timeoutSeconds: number): string {
  if (status === "timeout") return `time limit of ${timeoutSeconds} s passed`;
  if (status === "died") return `the kernel ended: ${evalue}`;
  return `${ename}: ${evalue}`;
}

/** The report; an item without a grade gets 0 points, whatever the reason. */
function reportOf(
  manifest: Manifest,
  grades: ReadonlyMap<string, ItemGrade>,
  written: WrittenAnswer[],
  tampering: string[],
  error?: string,
): GradeReport {
  const items = manifest.items.map(
    ({ id, exercise, title, points }): ItemGrade =>
      grades.get(id) ?? {
        ...{ id, exercise, title, points: 0, maxPoints: points },
        status: "failed",
        reason: error ?? "the tests did not run",
      },
  );
  return {
    assignment: manifest.assignment,
    points: items.reduce((sum, item) => sum + item.points, 0),
    maxPoints: items.reduce((sum, item) => sum + item.maxPoints, 0),
    sandboxed: false,
    items,
    written,
    tampering,
    ...(error === undefined ? {} : { error }),
  };
}
