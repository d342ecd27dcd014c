/** A few lines of code with a mark under the place that a message is about. */

/** A place in code; line and column count from 1. */
export interface CodePlace {
  line: number;
  column: number;
  length?: number;
}

const linesBefore = 2;
const maxWidth = 160;

/** The line with up to two lines before it, numbered, and carets under the place. */
export function codeFrame(code: string, place: CodePlace): string {
  const lines = code.split(/\r\n|\n|\r/);
  const first = Math.max(1, place.line - linesBefore);
  const gutter = String(place.line).length;
  const frame: string[] = [];
  // A line of a megabyte is cut around the place.
  const from = place.column > maxWidth ? place.column - maxWidth / 2 : 1;
  for (let line = first; line <= Math.min(place.line, lines.length); line++) {
    const mark = line === place.line ? ">" : " ";
    const text = (lines[line - 1] ?? "").slice(from - 1, from - 1 + maxWidth).replaceAll("\t", " ");
    frame.push(`${mark} ${String(line).padStart(gutter)} | ${text}`.trimEnd());
  }
  const carets = "^".repeat(Math.max(1, Math.min(place.length ?? 1, maxWidth)));
  frame.push(`  ${" ".repeat(gutter)} | ${" ".repeat(place.column - from)}${carets}`);
  return frame.join("\n");
}
