/** The words of generated cells: the source's own texts, by cell and part, and the fixed phrases around them. */

/** A text of a source: the cell that it belongs to, and which part of that cell it is. */
export interface TextPart {
  /** The id of the cell in the course notebook. */
  cell: string;
  /** "title", "goal-1", the name of a fact such as "needs", "prompt", "hint-1"; "text" for a cell that is nothing else. */
  part: string;
  english: string;
}

/** What a language says where the generator writes by itself. */
export interface Wording {
  /** The text to show for a part. */
  textOf(part: TextPart): string;
  /** What stands between a notebook's title and its goals; nothing when left out. */
  titleNote?: string;
  /** The line above the goals. */
  goals: string;
  /** The name of a fact of the header, such as "reading". */
  fact(key: string): string;
  /** How an exercise is called, by its letter. */
  exercise(letter: string): string;
  /** How hard and how important from 1 to 5, how long, and for how many points. */
  effort(task: { difficulty: number; importance: number; minutes: number; points: number }): string;
  hint(number: number): string;
  /** Where an exercise is solved: `tested` by a machine, or read by a person. */
  pointer(notebook: string, tested: boolean): string;
}

/** A level from 1 to 5 as dots. */
export const dots = (count: number): string => "●".repeat(count) + "○".repeat(5 - count);

/** The words of the sources. */
export const englishWording: Wording = {
  textOf: ({ english }) => english,
  goals: "After this notebook you can:",
  fact: (key) => key,
  exercise: (letter) => `Exercise ${letter}`,
  effort: ({ difficulty, importance, minutes, points }) =>
    `difficulty ${dots(difficulty)} · importance ${dots(importance)} · ` +
    `${minutes} minutes · ${points} ${points === 1 ? "point" : "points"}`,
  hint: (number) => `Hint ${number}`,
  pointer: (notebook, tested) =>
    `Solve it in [exercises/${notebook}.ipynb](../exercises/${notebook}.ipynb); ` +
    (tested ? "the tests there run at once." : "a person reads what you write there."),
};
