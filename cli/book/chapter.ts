/** A course notebook as a chapter of the book: its title, goals and sections. */
import type { Cell, Notebook } from "../../kernel/notebook/index.ts";
import { firstHeading, plainText } from "../report/index.ts";

/** A heading and the cells below it. */
export interface Section {
  /** The address within the page: the id of the cell that the heading stands in. */
  id: string;
  title: string;
  cells: Cell[];
}

/** A notebook of the course. */
export interface Chapter {
  /** The file's name without its end, such as `03-next-token-prediction`. */
  name: string;
  title: string;
  /** What a reader can do afterwards, one line each. */
  goals: string[];
  sections: Section[];
}

const headingOf = (cell: Cell): string | undefined =>
  cell.cell_type === "markdown"
    ? (firstHeading(cell.source, 2) ?? firstHeading(cell.source, 3) ?? firstHeading(cell.source, 1))
    : undefined;

/** Cuts a notebook at its headings; the first section is the one below the notebook's title. */
export function toChapter(name: string, { cells }: Notebook): Chapter {
  const sections: Section[] = [];
  for (const [index, cell] of cells.entries()) {
    const title = headingOf(cell);
    if (index === 0 || title !== undefined) sections.push({ id: cell.id, title: title ?? name, cells: [] });
    sections.at(-1)?.cells.push(cell);
  }
  const first = cells[0]?.cell_type === "markdown" ? cells[0].source : "";
  const goals = [...first.matchAll(/^[-*] (.+(?:\n {2}.+)*)$/gm)].map(([, goal = ""]) => plainText(goal));
  return { name, title: firstHeading(first, 1) ?? name, goals, sections };
}

/** The words of a section that a reader may look for: its text, its code and what its code printed. */
export function wordsOf({ cells }: Section): string {
  return cells
    .map((cell) => (cell.cell_type === "markdown" ? plainText(cell.source) : cell.source))
    .join("\n");
}
