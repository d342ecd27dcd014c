/** Errors of cells as tracebacks: stacks in the cells' own lines, frames of libraries folded away. */
import { fileURLToPath } from "node:url";
import { TraceMap, originalPositionFor } from "@jridgewell/trace-mapping";
import type { ErrorDescription } from "../executor/messages.ts";
import { codeFrame } from "../language/code-frame.ts";
import type { CellDiagnostic } from "../language/language-service.ts";
import type { ErrorContent, MimeBundle } from "../protocol/index.ts";

/** What is known of a cell that has run. */
export interface CellRecord {
  name: string;
  code: string;
  /** Source maps, outermost first. */
  maps: readonly string[];
}

/** Finds a cell by its number. */
export type FindCell = (cell: number) => CellRecord | undefined;

const cellPlace = /residency-cell:(\d+):(\d+):(\d+)/;
const isFrame = (line: string): boolean => /^\s+at /.test(line);
const packageFolder = fileURLToPath(new URL("../../", import.meta.url));
const kernelFolder = fileURLToPath(new URL("../", import.meta.url));

/** An error that a cell threw, as the protocol wants it. */
export function errorContent(error: ErrorDescription, findCell: FindCell): ErrorContent {
  const { name: ename, message: evalue } = error;
  const lines = error.stack.split("\n");
  const firstFrame = lines.findIndex(isFrame);
  const head =
    error.stack === "" ? `${ename}: ${evalue}` : lines.slice(0, Math.max(firstFrame, 0)).join("\n");
  const frames = firstFrame < 0 ? [] : mapFrames(lines.slice(firstFrame), findCell);
  const traceback = [head || `${ename}: ${evalue}`, ...frames];
  const frame = firstCodeFrame(lines, findCell);
  if (frame !== undefined) traceback.push("", ...frame.split("\n"));
  return { ename, evalue, traceback };
}

/** What TypeScript has to say about a cell, as an error of the protocol. */
export function diagnosticsContent(
  errors: readonly CellDiagnostic[],
  cell: Omit<CellRecord, "maps">,
): ErrorContent {
  const traceback = errors
    .slice(0, maxDiagnostics)
    .flatMap((error) => [
      `TypeScriptError: ${error.message} (TS${error.code})`,
      `    at ${cell.name}:${error.line}:${error.column}`,
      "",
      ...codeFrame(cell.code, error).split("\n"),
      "",
    ]);
  if (errors.length > maxDiagnostics) traceback.push(`… and ${errors.length - maxDiagnostics} more errors`);
  return { ename: "TypeScriptError", evalue: errors[0]?.message ?? "", traceback };
}

const maxDiagnostics = 10;

/** What a cell printed or gave as its result, with the stacks of errors in it told like those of thrown errors. */
export function mapStacks(text: string, findCell: FindCell): string {
  return cellPlace.test(text) ? mapFrames(text.split("\n"), findCell).join("\n") : text;
}

/** A bundle whose text tells stacks like `mapStacks`. */
export function mapBundleStacks(bundle: MimeBundle, findCell: FindCell): MimeBundle {
  const text = bundle["text/plain"];
  return typeof text === "string" ? { ...bundle, "text/plain": mapStacks(text, findCell) } : bundle;
}

function mapFrames(lines: readonly string[], findCell: FindCell): string[] {
  const result: string[] = [];
  let folded = 0;
  let repeated = 0;
  const endRepetition = (): void => {
    const last = result.at(-1) ?? "";
    if (repeated > 0) result.push(repeated === 1 ? last : `    … ${repeated} more times`);
    repeated = 0;
  };
  for (const line of lines) {
    const mapped = isFrame(line) ? mapFrame(line, findCell) : line;
    if (mapped === undefined) {
      folded += Number(!line.includes(kernelFolder) && !/\(?node:|<anonymous>/.test(line));
      // An inspected error goes on behind its last frame.
      const tail = /(?: \{|,)$/.exec(line)?.[0] ?? "";
      if (tail !== "" && result.length > 0) {
        endRepetition();
        result.push(`${result.pop() ?? ""}${tail}`);
      }
      continue;
    }
    if (folded === 0 && isFrame(line) && mapped === result.at(-1)) {
      repeated += 1;
      continue;
    }
    endRepetition();
    if (folded > 0) result.push(`    … ${folded} frame${folded === 1 ? "" : "s"} of packages`);
    folded = 0;
    result.push(mapped);
  }
  endRepetition();
  return result;
}

/** A frame in the cell's own place, or undefined for a frame that only a library's author wants. */
function mapFrame(line: string, findCell: FindCell): string | undefined {
  if (cellPlace.test(line)) {
    const place = placeOf(line, findCell);
    return place && line.replace(cellPlace, `${place.cell.name}:${place.line}:${place.column}`);
  }
  const isLibrary = /\(?node:|<anonymous>|\/node_modules\//.test(line) || line.includes(packageFolder);
  return isLibrary ? undefined : line;
}

function placeOf(
  line: string,
  findCell: FindCell,
): { cell: CellRecord; line: number; column: number } | undefined {
  const [, number, row, column] = cellPlace.exec(line) ?? [];
  const cell = number === undefined ? undefined : findCell(Number(number));
  if (!cell) return undefined;
  // Trace maps count columns from 0, stacks from 1.
  let place = { line: Number(row), column: Number(column) - 1 };
  for (const map of cell.maps) {
    const original = originalPositionFor(new TraceMap(map), place);
    if (original.line === null) return undefined;
    place = { line: original.line, column: original.column };
  }
  return { cell, line: place.line, column: place.column + 1 };
}

function firstCodeFrame(lines: readonly string[], findCell: FindCell): string | undefined {
  for (const line of lines) {
    const place = isFrame(line) ? placeOf(line, findCell) : undefined;
    if (place) return codeFrame(place.cell.code, place);
  }
  return undefined;
}
