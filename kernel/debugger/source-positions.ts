/** Places in a cell's TypeScript and in the script that runs, and how one is found from the other. */
import { LEAST_UPPER_BOUND, TraceMap, originalPositionFor } from "@jridgewell/trace-mapping";
import { breakPlaces } from "./break-places.ts";
import type { ScriptPlace } from "./break-places.ts";

/** A place in a cell; both numbers count from 1. */
export interface CellPlace {
  line: number;
  column: number;
}

/** The two directions between a cell and its script. */
export interface SourcePositions {
  /** The place in the cell, or undefined for code that only the script has. */
  toCell(place: ScriptPlace): CellPlace | undefined;
  /** Where the script must stop so that a line of the cell, or the next line that has code, is about to run. */
  toScript(line: number): { script: ScriptPlace; line: number } | undefined;
}

/**
 * The positions of a compiled cell.
 *
 * @param maps source maps from the script to the cell, outermost first, as JSON.
 */
export function createSourcePositions(js: string, maps: readonly string[]): SourcePositions {
  const traces = maps.map((map) => new TraceMap(map));
  let stops: { script: ScriptPlace; cell: CellPlace }[] | undefined;

  const toCell = ({ lineNumber, columnNumber }: ScriptPlace): CellPlace | undefined => {
    let place = { line: lineNumber + 1, column: columnNumber };
    for (const trace of traces) {
      // What the transformation puts in front of a statement belongs to the statement.
      const exact = originalPositionFor(trace, place);
      const original =
        exact.line === null ? originalPositionFor(trace, { ...place, bias: LEAST_UPPER_BOUND }) : exact;
      if (original.line === null) return undefined;
      place = { line: original.line, column: original.column };
    }
    return { line: place.line, column: place.column + 1 };
  };
  const findStops = (): { script: ScriptPlace; cell: CellPlace }[] =>
    breakPlaces(js)
      .map((script) => ({ script, cell: toCell(script) }))
      .filter((stop): stop is { script: ScriptPlace; cell: CellPlace } => stop.cell !== undefined)
      .sort((a, b) => a.cell.line - b.cell.line || a.cell.column - b.cell.column);

  return {
    toCell,
    toScript(line) {
      stops ??= findStops();
      const stop = stops.find((one) => one.cell.line >= line);
      return stop && { script: stop.script, line: stop.cell.line };
    },
  };
}
