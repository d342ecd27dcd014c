/** The texts of generated cells: the title, a task with its hints, and code with or without its solution. */
import { joinRegions } from "../percent/index.ts";
import type { ExerciseCell, NotebookSource, Region, WrittenCell } from "../percent/index.ts";
import type { Wording } from "./wording.ts";

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
export function titleText({ name, header }: NotebookSource, cell: string, wording: Wording): string {
  const number = /^(?:\d+|[A-Z])(?=-)/.exec(name)?.[0]; // a notebook outside of the sequence has a letter
  const textOf = (part: string, english: string): string => wording.textOf({ cell, part, english });
  const title = textOf("title", header.title ?? "");
  const goals = header.goals.map((goal, index) => `- ${textOf(`goal-${index + 1}`, goal)}`);
  const facts = [...header.facts]
    .map(([key, value]) => `**${wording.fact(key)}** ${textOf(key, value)}`)
    .join(" · ");
  return [
    `# ${number === undefined ? "" : `${number} · `}${title}`,
    ...(wording.titleNote === undefined ? [] : [wording.titleNote]),
    ...(goals.length > 0 ? [wording.goals, goals.join("\n")] : []),
    ...(facts === "" ? [] : [facts]),
  ].join("\n\n");
}

/** The task in front of an exercise: how hard, how important, how long, how many points, then prompt and hints. */
export function taskText(
  cell: ExerciseCell | WrittenCell,
  letter: string,
  points: number,
  wording: Wording,
): string {
  const textOf = (part: string, english: string): string => wording.textOf({ cell: cell.id, part, english });
  const hints = cell.hints.map(
    (hint, index) =>
      `<details>\n<summary>${wording.hint(index + 1)}</summary>\n\n${textOf(`hint-${index + 1}`, hint)}\n\n</details>`,
  );
  const { difficulty, importance, minutes } = cell;
  return [
    `### ${wording.exercise(letter)} · ${textOf("title", cell.title)}`,
    wording.effort({ difficulty, importance, minutes, points }),
    textOf("prompt", cell.prompt),
    ...hints,
  ].join("\n\n");
}

/** What the course notebook says in place of an exercise's code. */
export function pointerText(
  cell: ExerciseCell | WrittenCell,
  letter: string,
  name: string,
  wording: Wording,
): string {
  const textOf = (part: string, english: string): string => wording.textOf({ cell: cell.id, part, english });
  return (
    `### ${wording.exercise(letter)} · ${textOf("title", cell.title)}\n\n${textOf("prompt", cell.prompt)}\n\n` +
    `*${wording.pointer(name, cell.kind === "exercise")}*`
  );
}
