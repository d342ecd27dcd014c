/** The texts of generated cells: the title, a task with its hints, and code with or without its solution. */
import { joinRegions } from "../percent/index.ts";
import type { ExerciseCell, NotebookSource, Region, WrittenCell } from "../percent/index.ts";

/** What stands where a solution was; it type-checks in a function of any return type and fails clearly when run. */
export const answerStub = [
  "// Write your answer here.",
  'throw new Error("Write your answer here");',
] as const;

/** What stands where a written answer will be. */
export const writtenStub = "*Write your answer here.*";

/** Code as a student gets it: solutions replaced by the stub, or by what stands behind their marker; hidden tests left out. */
export function publicCode(regions: readonly Region[]): string {
  return regions
    .flatMap(({ kind, lines, indent, note }) => {
      if (kind === "public") return lines;
      const stub = note === "" ? answerStub : [answerStub[0], note];
      return kind === "solution" ? stub.map((line) => indent + line) : [];
    })
    .join("\n")
    .trimEnd();
}

/** Code as an instructor has it, markers included, so that a reader and the grader see what is hidden. */
export function fullCode(regions: readonly Region[]): string {
  return joinRegions(regions);
}

/** The first cell: number and title, goals, and the facts of the header in one line. */
export function titleText({ name, header }: NotebookSource): string {
  const number = /^(?:\d+|[A-Z])(?=-)/.exec(name)?.[0]; // a notebook outside of the sequence has a letter
  const goals = header.goals.map((goal) => `- ${goal}`);
  const facts = [...header.facts].map(([key, value]) => `**${key}** ${value}`).join(" · ");
  return [
    `# ${number === undefined ? "" : `${number} · `}${header.title ?? ""}`,
    ...(goals.length > 0 ? ["After this notebook you can:", goals.join("\n")] : []),
    ...(facts === "" ? [] : [facts]),
  ].join("\n\n");
}

/** The task in front of an exercise: how hard, how important, how long, how many points, then prompt and hints. */
export function taskText(cell: ExerciseCell | WrittenCell, letter: string, points: number): string {
  const dots = (count: number) => "●".repeat(count) + "○".repeat(5 - count);
  const hints = cell.hints.map(
    (hint, index) => `<details>\n<summary>Hint ${index + 1}</summary>\n\n${hint}\n\n</details>`,
  );
  return [
    `### Exercise ${letter} · ${cell.title}`,
    `difficulty ${dots(cell.difficulty)} · importance ${dots(cell.importance)} · ` +
      `${cell.minutes} minutes · ${points} ${points === 1 ? "point" : "points"}`,
    cell.prompt,
    ...hints,
  ].join("\n\n");
}

/** What the course notebook says in place of an exercise's code. */
export function pointerText(cell: ExerciseCell | WrittenCell, letter: string, name: string): string {
  const after =
    cell.kind === "exercise" ? "the tests there run at once" : "a person reads what you write there";
  return (
    `### Exercise ${letter} · ${cell.title}\n\n${cell.prompt}\n\n` +
    `*Solve it in [exercises/${name}.ipynb](../exercises/${name}.ipynb); ${after}.*`
  );
}
