/** `residency grade`: grades submitted notebooks against the solutions. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { feedbackText, findManifest, gradeSubmission, writeAtomically } from "../../grader/index.ts";
import type { GradeReport } from "../../grader/index.ts";
import { createLiveTerminal, formatTable, singleLine } from "../terminal/index.ts";

const help = `Usage: residency grade SUBMISSION.ipynb… [--solutions DIR] [--output DIR] [--timeout SECONDS] [--json]

Runs each submission in a fresh kernel. Tests and points come from the solution notebook of the same name, hidden
tests included; points are given only for tests that are seen to run to their end.

  --solutions DIR    the solution notebooks (default: solutions)
  --output DIR       write DIR/NAME.json and DIR/NAME.feedback.md for each submission
  --timeout SECONDS  the longest that one cell may take (default: 30)
  --json             print the reports as JSON on standard output

Submissions are NOT sandboxed in this version: they run with your rights. Grade in a container or virtual machine
what you would not run yourself. Exit code: 0 when every submission was graded, whatever its points; 1 otherwise.
`;

interface Graded {
  submission: string;
  report: GradeReport;
}

/** Runs the command. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      solutions: { type: "string", default: "solutions" },
      output: { type: "string", short: "o" },
      timeout: { type: "string", default: "30" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const timeoutSeconds = Number(values.timeout);
  if (positionals.length === 0 || !(timeoutSeconds > 0)) {
    process.stderr.write(
      `residency grade: name a submission; --timeout is a number of seconds above 0\n\n${help}`,
    );
    return 2;
  }
  process.stderr.write(
    "residency grade: submissions are not sandboxed in this version; they run with your rights\n",
  );
  const terminal = createLiveTerminal(process.stderr);
  const graded: Graded[] = [];
  for (const [index, submission] of positionals.entries()) {
    const manifest = await findManifest(values.solutions, submission);
    const report = await gradeSubmission(await readFile(submission, "utf8"), manifest, {
      timeoutSeconds,
      onStep(step, count) {
        const text = `  ${index + 1}/${positionals.length}  ${submission}  cell ${step} of ${count}`;
        terminal.status(text, text);
      },
    });
    terminal.clear();
    graded.push({ submission, report });
    if (values.output === undefined) continue;
    const target = path.join(values.output, outputName(submission));
    await writeAtomically(`${target}.json`, `${JSON.stringify({ submission, ...report }, undefined, 2)}\n`);
    await writeAtomically(`${target}.feedback.md`, feedbackText(report));
  }
  if (values.json) {
    const reports = graded.map(({ submission, report }) => ({ submission, ...report }));
    process.stdout.write(`${JSON.stringify(reports, undefined, 2)}\n`);
  } else {
    process.stdout.write(`${tableOf(graded)}\n`);
  }
  return graded.some(({ report }) => report.error !== undefined) ? 1 : 0;
}

function tableOf(graded: readonly Graded[]): string {
  const blocks = graded.map(({ submission, report }) => {
    const rows = report.items.map((item) => [
      item.title,
      `${item.points}/${item.maxPoints}`,
      item.status,
      singleLine(item.reason).slice(0, 100),
    ]);
    const written = report.written.map(({ title, maxPoints, status }) => [
      title,
      `–/${maxPoints}`,
      status,
      "",
    ]);
    const total = [
      "total",
      `${report.points}/${report.maxPoints}`,
      "",
      singleLine(report.error ?? "").slice(0, 100),
    ];
    const table = formatTable(["exercise", "points", "status", "reason"], [...rows, ...written, total]);
    const tampering = report.tampering.map((text) => `! ${singleLine(text)}\n`).join("");
    return `${submission}\n${table}\n${tampering}`;
  });
  return blocks.join("\n").trimEnd();
}

/** Submissions of one name lie in a folder for each student, so the folders are part of the name. */
function outputName(submission: string): string {
  const relative = path.relative(process.cwd(), path.resolve(submission)).replace(/\.ipynb$/, "");
  return relative
    .split(path.sep)
    .filter((part) => part !== "..")
    .join("__");
}
