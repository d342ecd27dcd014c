/** Splits a cell's lines at the solution and hidden-test markers. */
import { GraderError } from "../errors.ts";
import type { Region } from "./types.ts";

const marker = /^(\s*)\/\/ (BEGIN|END) (SOLUTION|HIDDEN TESTS)\b:?\s*(.*)$/;

/**
 * Splits lines into public, solution and hidden regions.
 * Throws `E_PERCENT` when a marker is nested, unmatched, or of a kind that `allowed` does not name.
 */
export function splitRegions(
  lines: readonly string[],
  allowed: Region["kind"],
  where: (line: number) => string,
): Region[] {
  const regions: Region[] = [];
  let current: Region = { kind: "public", lines: [], indent: "", note: "" };
  const close = () => {
    if (current.lines.length > 0 || current.kind !== "public") regions.push(current);
  };
  lines.forEach((line, index) => {
    const match = marker.exec(line);
    if (!match) {
      current.lines.push(line);
      return;
    }
    const [, indent = "", edge, name, note = ""] = match;
    const kind = name === "SOLUTION" ? "solution" : "hidden";
    const fits = edge === "BEGIN" ? current.kind === "public" && kind === allowed : current.kind === kind;
    if (!fits) {
      throw new GraderError(
        "E_PERCENT",
        `Cannot read ${where(index)}: "${line.trim()}" does not belong here; solutions belong in exercise ` +
          "cells, hidden tests in tests cells, and each BEGIN needs one END before the next",
      );
    }
    close();
    current =
      edge === "BEGIN"
        ? { kind, lines: [], indent, note: note.trim() }
        : { kind: "public", lines: [], indent: "", note: "" };
  });
  if (current.kind !== "public") {
    throw new GraderError(
      "E_PERCENT",
      `Cannot read ${where(lines.length - 1)}: the ${current.kind} region has no END before the cell ends`,
    );
  }
  close();
  return regions;
}

/** The lines of a cell with its markers, as the source has them. */
export function joinRegions(regions: readonly Region[]): string {
  return regions
    .flatMap(({ kind, lines, indent, note }) => {
      if (kind === "public") return lines;
      const name = kind === "solution" ? "SOLUTION" : "HIDDEN TESTS";
      const begin = `${indent}// BEGIN ${name}${note === "" ? "" : `: ${note}`}`;
      return [begin, ...lines, `${indent}// END ${name}`];
    })
    .join("\n");
}
