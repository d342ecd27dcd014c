/** `check("03.2")`: runs the visible tests of one exercise in the notebook that holds the answer, and answers kindly. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runBeside } from "../../kernel/executor/index.ts";
import type { CodeOutcome } from "../../kernel/executor/index.ts";
import { GraderError } from "../errors.ts";

/** The sheets that this package came with, which a student's own file cannot change. */
const sheetFolder = fileURLToPath(new URL("../../../exercises/", import.meta.url));

/** One exercise of a sheet, as its number names it. */
interface CheckedExercise {
  letter: string;
  title: string;
  points: number;
  /** Its visible tests as one block, with the checks that they use; undefined where a person reads the answer. */
  tests: string | undefined;
}

/**
 * Runs the visible tests of an exercise, named by notebook and place: `"03.2"`, or `"03.B"` as the sheet has it. A wrong answer
 * is no error: what is missing is printed.
 *
 * @throws GraderError E_EXERCISE when the course has no such exercise; KernelError E_KERNEL_START outside a kernel.
 * @example
 * await check("03.1"); // prints "✓ inputs and targets of the sentence", …
 */
export async function check(exercise: string): Promise<void> {
  const { letter, title, points, tests } = await findExercise(exercise);
  if (tests === undefined) {
    console.log(`Exercise ${letter} · ${title}: a person reads your answer; there is nothing to run.`);
    return;
  }
  const outcome = await runBeside(tests);
  console.log(
    outcome.status === "ok"
      ? `Exercise ${letter} · ${title}: all visible tests pass. The hidden ones decide about its ${points} ${points === 1 ? "point" : "points"}.`
      : kindAnswer(letter, outcome),
  );
}

/** What a student reads when the tests do not pass, by what stopped them. */
export function kindAnswer(letter: string, { ename, evalue }: CodeOutcome & { status: "error" }): string {
  const unknown = /^Cannot find name '([^']+)'/.exec(evalue)?.[1];
  const sheet = `Exercise ${letter}`;
  if (unknown !== undefined)
    return `There is no "${unknown}" yet. Run the cell with your answer to ${sheet} first, then check again.`;
  if (evalue === "Write your answer here")
    return `${sheet} waits for you: put your code where the cell says "Write your answer here", run it, then check again.`;
  if (ename === "CheckError")
    return `✗ ${evalue}\nNot yet. The line above says what came and what was expected; the hints of ${sheet} are folded under its task.`;
  if (ename === "TypeScriptError")
    return `✗ The types do not fit: ${evalue}\nNothing was run. Compare the signature that ${sheet} asks for with yours.`;
  if (ename === "KeyboardInterrupt") return `The tests of ${sheet} were stopped before their end.`;
  return `✗ ${ename}: ${evalue}\nYour code stopped before the tests could compare anything. Call it once in a cell of your own to see where.`;
}

async function findExercise(name: string): Promise<CheckedExercise> {
  const [, notebook = "", place = ""] = /^([0-9]{2}|S)\.([0-9]{1,2}|[A-Za-z])$/.exec(name) ?? [];
  const files = (await readdir(sheetFolder).catch(() => [])).filter((file) => file.endsWith(".ipynb")).sort();
  const file = files.find((each) => notebook !== "" && each.startsWith(`${notebook}-`));
  if (file === undefined) {
    const numbers = files.map((each) => each.split("-")[0]).join(", ");
    throw new GraderError(
      "E_EXERCISE",
      `Cannot check "${name}": give a notebook and an exercise in it, as in "03.1" or "03.A"; notebooks with exercises: ${numbers}`,
    );
  }
  // Read here and not with the module: only who checks by name needs the notebook reader.
  const { readManifest } = await import("../grade/manifest.ts");
  const { parseNotebook } = await import("../../kernel/notebook/index.ts");
  const sheet = parseNotebook(await readFile(path.join(sheetFolder, file), "utf8"));
  const { items, written, order: ids, checks } = readManifest(path.basename(file, ".ipynb"), sheet);
  const index = /\d/.test(place) ? Number(place) - 1 : place.toUpperCase().charCodeAt(0) - 65;
  const own = items.filter((item) => item.exercise === ids[index]);
  const letter = String.fromCharCode(65 + index);
  const question = written.find(({ id }) => id === ids[index]);
  if (question) return { letter, title: question.title, points: question.points, tests: undefined };
  if (own.length === 0) {
    throw new GraderError(
      "E_EXERCISE",
      `Cannot check "${name}": notebook ${notebook} has ${ids.length} exercises, ${notebook}.1 to ${notebook}.${ids.length}`,
    );
  }
  return {
    letter,
    title: own[0]!.title,
    points: own.reduce((sum, item) => sum + item.points, 0),
    tests: `{\n${checks}${own.map((item) => item.visible).join("\n")}\n}`,
  };
}
