/** Proves a source's exercises: untouched they get nothing, solved everything, and each mutant fails at the check it names. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { serializeNotebook } from "../../kernel/notebook/index.ts";
import {
  gradeSubmission,
  openSession,
  readManifest,
  type GradingSession,
  type StepResult,
} from "../grade/index.ts";
import {
  joinRegions,
  type ExerciseCell,
  type MutantCell,
  type NotebookSource,
  type SourceCell,
} from "../percent/index.ts";
import { buildNotebook } from "../release/index.ts";
import { mutatedCode } from "./mutate.ts";

/** What is wrong with an exercise; `exercise` is empty when it concerns the whole sheet. */
export interface ProofFinding {
  exercise: string;
  problem: string;
}

/** The proof of one source. */
export interface Proof {
  name: string;
  exercises: number;
  points: number;
  mutants: number;
  /** Empty when everything is proven. */
  findings: ProofFinding[];
}

/** Options of `proveSource`. */
export interface ProveOptions {
  /** The longest that a cell may take (default 120). */
  timeoutSeconds?: number;
  /** Called before each step with its number from 1, the count of all steps and what it is about. */
  onStep?: (step: number, count: number, label: string) => void;
}

/** Runs a source's exercise sheet untouched, then its solution, and at each exercise its mutants. */
export async function proveSource(source: NotebookSource, options: ProveOptions = {}): Promise<Proof> {
  const { timeoutSeconds = 120, onStep } = options;
  const exercises = source.cells.filter((cell): cell is ExerciseCell => cell.kind === "exercise");
  const mutants = source.cells.filter((cell): cell is MutantCell => cell.kind === "mutant");
  const manifest = readManifest(source.name, buildNotebook(source, "solution"));
  const findings: ProofFinding[] = exercises.flatMap((exercise) => missingParts(exercise, mutants));
  const points = manifest.items.reduce((sum, item) => sum + item.points, 0);
  const runnable = source.cells.filter((cell) => !isText(cell));
  let step = 0;
  const tell = (label: string): void => onStep?.((step += 1), 1 + runnable.length, label);

  tell("the untouched sheet");
  const untouched = await gradeSubmission(serializeNotebook(buildNotebook(source, "exercise")), manifest, {
    timeoutSeconds,
  });
  for (const item of untouched.items) {
    if (item.points > 0)
      findings.push({ exercise: item.exercise, problem: `untouched it gets ${item.points} points` });
  }

  const cwd = await mkdtemp(path.join(tmpdir(), "residency-prove-"));
  const session = openSession({ cwd, timeoutSeconds, prelude: `{\n${manifest.checks}}` });
  const testsOf = (exercise: string): string =>
    manifest.items
      .filter((item) => item.exercise === exercise)
      .map((item) => item.full)
      .join("\n");
  const runTests = (exercise: string): Promise<StepResult> =>
    session.run(`{\n${manifest.checks}${testsOf(exercise)}\n}`);
  try {
    for (const cell of source.cells) {
      if (isText(cell)) continue;
      tell(cell.title);
      if (cell.kind === "code" || cell.kind === "exercise") {
        const problem = await problemOf(session, joinRegions(cell.regions));
        if (problem)
          findings.push({ exercise: cell.id ?? "", problem: `solved, line ${cell.line} fails: ${problem}` });
      } else if (cell.kind === "tests") {
        const problem = await problemOf(session, `{\n${manifest.checks}${joinRegions(cell.regions)}\n}`);
        if (problem)
          findings.push({ exercise: cell.exercise, problem: `solved, its tests fail: ${problem}` });
      } else {
        const exercise = exercises.find(({ id }) => id === cell.exercise)!;
        const answer = await session.run(mutatedCode(exercise, cell));
        const failure = answer.status === "ok" ? await runTests(exercise.id) : answer;
        const said = `${failure.ename}: ${failure.evalue}`;
        if (failure.status === "ok") {
          findings.push({ exercise: exercise.id, problem: `no test catches the mutant "${cell.title}"` });
        } else if (!said.includes(cell.caught)) {
          const problem = `the mutant "${cell.title}" is caught by other than "${cell.caught}": ${said}`;
          findings.push({ exercise: exercise.id, problem });
        }
        await session.run(joinRegions(exercise.regions));
      }
    }
  } finally {
    await session.close();
    await rm(cwd, { recursive: true, force: true });
  }
  return { name: source.name, exercises: exercises.length, points, mutants: mutants.length, findings };
}

type TextCell = Exclude<SourceCell, { kind: "code" | "exercise" | "tests" | "mutant" }>;

/** Whether nothing of a cell is to be run here; the imports of a setup cell run with the tests. */
function isText(cell: SourceCell): cell is TextCell {
  return cell.kind === "markdown" || cell.kind === "written" || cell.kind === "setup";
}

/** What an exercise must have before anything is run. */
function missingParts({ id, hints, regions }: ExerciseCell, mutants: readonly MutantCell[]): ProofFinding[] {
  const problems = [
    ...(hints.length === 0 ? ["it has no hint"] : []),
    ...(regions.some(({ kind }) => kind === "solution") ? [] : ["it has nothing for a student to write"]),
    ...(mutants.some(({ exercise }) => exercise === id)
      ? []
      : ["no mutant shows that its tests catch a wrong answer"]),
  ];
  return problems.map((problem) => ({ exercise: id, problem }));
}

async function problemOf(session: GradingSession, code: string): Promise<string | undefined> {
  const { status, ename, evalue } = await session.run(code);
  if (status === "ok") return undefined;
  return status === "error" ? `${ename}: ${evalue}` : status;
}
