/** Parses a notebook source: a TypeScript module in percent format, which the compiler checks like any other. */
import { GraderError } from "../errors.ts";
import { numberOption, one, parseMarker } from "./options.ts";
import type { CellMarker } from "./options.ts";
import { splitRegions } from "./regions.ts";
import type { NotebookSource, Region, SourceCell, SourceHeader } from "./types.ts";

const idPattern = /^[a-z0-9][a-z0-9-]{0,59}$/;

/**
 * Parses the text of `notebooks/<name>.nb.ts`: a header comment, then cells that start with `// %%`.
 * Throws `E_PERCENT` with file and line when the format is broken.
 *
 * @example
 * parsePercent("demo", "// %% [markdown]\n// # Demo\n// %%\nconst x = 1;\nx\n").cells.length; // 2
 */
export function parsePercent(name: string, text: string): NotebookSource {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const starts = lines.flatMap((line, index) => (/^\/\/ %%(\s|$)/.test(line) ? [index] : []));
  const header = parseHeader(lines.slice(0, starts[0] ?? lines.length));
  const cells: SourceCell[] = [];
  const seen = new Set<string>();
  let exercise: string | undefined;
  starts.forEach((start, ordinal) => {
    const where = (offset: number) => `${name}.nb.ts:${start + 1 + offset}`;
    const marker = parseMarker(lines[start]!.slice("// %%".length), where(0));
    const body = trimBlankLines(lines.slice(start + 1, starts[ordinal + 1] ?? lines.length));
    const cell = parseCell(marker, body, start + 1, exercise, where);
    if (cell.kind === "exercise") exercise = cell.id;
    if (cell.id !== undefined && (!idPattern.test(cell.id) || seen.has(cell.id))) {
      throw new GraderError(
        "E_PERCENT",
        `Cannot read ${where(0)}: the id "${cell.id}" is used twice or is not in the form ${idPattern.source}`,
      );
    }
    if (cell.id !== undefined) seen.add(cell.id);
    cells.push(cell);
  });
  return { name, header, cells };
}

function parseCell(
  marker: CellMarker,
  body: string[],
  line: number,
  exercise: string | undefined,
  where: (offset: number) => string,
): SourceCell {
  const id = one(marker.values, "id");
  const base = { line, id, title: marker.title };
  // Positions inside the body are off by trimmed blank lines at most; the cell's own line is named.
  const regions = (code: string[], allowed: "public" | "solution" | "hidden") =>
    splitRegions(code, allowed, (offset) => where(offset + 1));
  switch (marker.kind) {
    case "markdown":
      return { ...base, kind: "markdown", text: uncomment(body, where(0)) };
    case "code": {
      const output = one(marker.values, "output");
      if (output !== undefined && output !== "varies") {
        throw new GraderError(
          "E_PERCENT",
          `Cannot read ${where(0)}: output=${output}; it can only be output=varies`,
        );
      }
      return { ...base, kind: "code", varies: output === "varies", regions: regions(body, "public") };
    }
    case "setup":
      return { ...base, kind: "setup", regions: regions(body, "public") };
    case "exercise": {
      const { code, ...task } = parseTask(marker, body, where(0));
      return { ...base, kind: "exercise", ...task, regions: regions(code, "solution") };
    }
    case "written": {
      const { code, ...task } = parseTask(marker, body, where(0));
      const points = numberOption(marker, "points", 0, 1000, where(0));
      return {
        ...base,
        kind: "written",
        ...task,
        points,
        answer: modelAnswer(regions(code, "solution"), where(0)),
      };
    }
    case "tests":
      if (exercise === undefined) {
        throw new GraderError("E_PERCENT", `Cannot read ${where(0)}: tests need an exercise before them`);
      }
      return {
        ...base,
        kind: "tests",
        id: id ?? `${exercise}-tests`,
        exercise,
        points: numberOption(marker, "points", 0, 1000, where(0)),
        regions: regions(body, "hidden"),
      };
    case "mutant":
      return { ...base, kind: "mutant", ...parseMutant(marker, body, exercise, where(0)) };
  }
}

/** What an exercise and a written question have in common, and the lines after the prompt. */
function parseTask(marker: CellMarker, body: readonly string[], where: string) {
  const id = one(marker.values, "id");
  if (id === undefined || marker.title === "") {
    throw new GraderError("E_PERCENT", `Cannot read ${where}: an exercise needs id=… and title="…"`);
  }
  return {
    ...splitPrompt(body, where),
    id,
    hints: marker.values.get("hint") ?? [],
    difficulty: numberOption(marker, "difficulty", 1, 5, where),
    importance: numberOption(marker, "importance", 1, 5, where),
    minutes: numberOption(marker, "minutes", 1, 240, where),
  };
}

/** The text of the one solution region that a written question has. */
function modelAnswer(regions: readonly Region[], where: string): string {
  const [region] = regions;
  if (regions.length !== 1 || region?.kind !== "solution") {
    throw new GraderError(
      "E_PERCENT",
      `Cannot read ${where}: a written question ends with what a good answer holds, a block comment between BEGIN SOLUTION and END SOLUTION`,
    );
  }
  return uncomment(trimBlankLines(region.lines), where);
}

/** A mutant holds code in a block comment, since the compiler reads the exercise's own solution. */
function parseMutant(
  marker: CellMarker,
  body: string[],
  exercise: string | undefined,
  where: string,
): { exercise: string; caught: string; lines: string[] } {
  const caught = one(marker.values, "caught");
  const [first, last] = [body[0]?.trim(), body.at(-1)?.trim()];
  if (exercise === undefined || caught === undefined || marker.title === "") {
    throw new GraderError(
      "E_PERCENT",
      `Cannot read ${where}: a mutant needs an exercise before it, a title, and caught="the check that fails"`,
    );
  }
  if (first !== "/*" || last !== "*/") {
    throw new GraderError(
      "E_PERCENT",
      `Cannot read ${where}: a mutant is the lines of a wrong solution in one block comment, /* and */ on lines of their own`,
    );
  }
  return { exercise, caught, lines: body.slice(1, -1) };
}

/** Reads `title: …`, `goal: …` and other `key: value` lines of the comment above the first cell. */
function parseHeader(lines: readonly string[]): SourceHeader {
  const header: SourceHeader = { title: undefined, goals: [], facts: new Map() };
  for (const line of lines) {
    const match = /^(?:\s*\*|\/\/)\s+([a-z][a-z -]*): (.+)$/.exec(line);
    if (!match) continue;
    const [, key = "", value = ""] = match;
    if (key === "title") header.title = value.trim();
    else if (key === "goal") header.goals.push(value.trim());
    else header.facts.set(key, value.trim());
  }
  return header;
}

/** An exercise starts with its prompt, a plain block comment; the code after it may start with a doc comment. */
function splitPrompt(body: readonly string[], where: string): { prompt: string; code: string[] } {
  const end = body.findIndex((line) => line.includes("*/"));
  if (!/^\/\*(?!\*)/.test(body[0] ?? "") || end < 0) {
    throw new GraderError(
      "E_PERCENT",
      `Cannot read ${where}: an exercise starts with its prompt in a block comment, /* … */`,
    );
  }
  return { prompt: uncomment(body.slice(0, end + 1), where), code: trimBlankLines(body.slice(end + 1)) };
}

/** Takes Markdown out of `// ` lines or out of one block comment. */
function uncomment(body: readonly string[], where: string): string {
  if (body[0]?.startsWith("/*")) {
    const text = body.join("\n").trim();
    if (!text.endsWith("*/") || text.indexOf("*/") !== text.length - 2) {
      throw new GraderError(
        "E_PERCENT",
        `Cannot read ${where}: text cells hold one comment and nothing else`,
      );
    }
    return trimBlankLines(text.slice(2, -2).split("\n")).join("\n").trim();
  }
  const lines = body.map((line) => {
    const match = /^\/\/ ?(.*)$/.exec(line);
    if (!match && line.trim() !== "") {
      throw new GraderError("E_PERCENT", `Cannot read ${where}: the text cell holds code: ${line.trim()}`);
    }
    return match?.[1] ?? "";
  });
  return trimBlankLines(lines).join("\n");
}

function trimBlankLines(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first < 0) return [];
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return lines.slice(first, last + 1);
}
