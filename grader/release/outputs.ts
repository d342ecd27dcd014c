/** Saved outputs of the course notebooks: taken off to compare cells, and compared with those of a fresh run. */
import type { CodeCell, Notebook, Output } from "../../kernel/notebook/index.ts";

/** Marks a code cell whose outputs differ from run to run or from machine to machine. */
export const variesTag = "output-varies";

/** The notebook as it was generated, before it was run. */
export function withoutOutputs(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, execution_count: null, outputs: [] } : cell,
  );
  return { ...notebook, cells };
}

/** The notebook with the outputs of an earlier or English state of it, where every code cell is as it was there; else as it is. */
export function withOutputsOf(notebook: Notebook, saved: Notebook): Notebook {
  const from = saved.cells.filter((cell) => cell.cell_type === "code");
  const sources = (cells: Notebook["cells"]): string =>
    JSON.stringify(cells.filter((cell) => cell.cell_type === "code").map(({ source }) => source));
  // One that has changed may have changed what those behind it put out.
  if (sources(notebook.cells) !== sources(saved.cells)) return notebook;
  let place = 0;
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== "code") return cell;
    const { execution_count, outputs } = from[place++]!;
    return { ...cell, execution_count, outputs };
  });
  return { ...notebook, cells };
}

/** Whether every code cell was run. */
export function hasOutputs(notebook: Notebook): boolean {
  return notebook.cells.every((cell) => cell.cell_type !== "code" || cell.execution_count !== null);
}

/** How far a printed number may be from the saved one: sums in another order differ this much after some steps of training. */
export const numberTolerance = { relative: 0.02, absolute: 0.005 } as const;

const isClose = (saved: number, fresh: number): boolean =>
  Math.abs(saved - fresh) <= numberTolerance.absolute + numberTolerance.relative * Math.abs(saved);

/**
 * What differs between saved outputs and those of a fresh run of the same cells: kinds of output, words, and numbers outside of
 * {@link numberTolerance}; of a cell that varies, and of figures, the kinds only; of lines of progress nothing. Empty when nothing does.
 */
export function compareOutputs(saved: Notebook, fresh: Notebook): string[] {
  return saved.cells.flatMap((cell, index) => {
    const other = fresh.cells[index];
    if (cell.cell_type !== "code" || other?.cell_type !== "code") return [];
    const problem = differenceOf(cell, other);
    return problem === undefined ? [] : [`cell "${cell.id}": ${problem}`];
  });
}

/** A line of progress; it is there only where the work takes long enough to be told of. */
const isProgress = (output: Output): boolean =>
  "data" in output && "application/vnd.residency.progress+json" in output.data;

function differenceOf(savedCell: CodeCell, freshCell: CodeCell): string | undefined {
  const [saved, fresh] = [savedCell, freshCell].map((cell) => ({
    ...cell,
    outputs: cell.outputs.filter((output) => !isProgress(output)),
  })) as [CodeCell, CodeCell];
  const kinds = (cell: CodeCell): string => cell.outputs.map(kindOf).join(", ") || "nothing";
  if (kinds(saved) !== kinds(fresh)) return `saved ${kinds(saved)}, a fresh run gives ${kinds(fresh)}`;
  const tags = saved.metadata["tags"];
  if (Array.isArray(tags) && tags.includes(variesTag)) return undefined;
  for (const [index, output] of saved.outputs.entries()) {
    const [before, now] = [textOf(output), textOf(fresh.outputs[index]!)];
    const problem = textDifference(before, now);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function kindOf(output: Output): string {
  if (output.output_type === "stream") return output.name;
  return "data" in output ? `${output.output_type} of ${Object.keys(output.data).sort().join("+")}` : "error";
}

function textOf(output: Output): string {
  if (output.output_type === "stream") return output.text;
  const text = "data" in output ? output.data["text/plain"] : undefined;
  return typeof text === "string" ? text : "";
}

const numberPattern = /-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?/g;

function textDifference(saved: string, fresh: string): string | undefined {
  const words = (text: string): string => text.replaceAll(numberPattern, "#").replaceAll(/\s+/g, " ").trim();
  const numbers = (text: string): number[] =>
    [...text.matchAll(numberPattern)].map(([digits]) => Number(digits.replaceAll(",", "")));
  if (words(saved) !== words(fresh))
    return `saved "${excerpt(saved)}", a fresh run gives "${excerpt(fresh)}"`;
  const now = numbers(fresh);
  const index = numbers(saved).findIndex((value, place) => !isClose(value, now[place]!));
  return index < 0
    ? undefined
    : `saved the number ${numbers(saved)[index]!}, a fresh run gives ${now[index]!}`;
}

const excerpt = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
