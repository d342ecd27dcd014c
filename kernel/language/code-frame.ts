/** A few lines of code with a mark under the place that a message is about. */

/** A place in code; line and column count from 1. */
export interface CodePlace {
  line: number;
  column: number;
  length?: number;
}

const linesBefore = 2;
/** Wider lines would wrap in a notebook, and the carets would stand under nothing. */
const maxWidth = 80;

/** The line with up to two lines before it, numbered, and carets under the place. */
export function codeFrame(code: string, place: CodePlace): string {
  const lines = code.split(/\r\n|\n|\r/);
  const first = Math.max(1, place.line - linesBefore);
  const gutter = String(place.line).length;
  const frame: string[] = [];
  // A long line is cut around the place.
  const from = place.column + (place.length ?? 1) > maxWidth ? Math.max(1, place.column - maxWidth / 2) : 1;
  for (let line = first; line <= Math.min(place.line, lines.length); line++) {
    const mark = line === place.line ? ">" : " ";
    const whole = lines[line - 1] ?? "";
    const end = from - 1 + maxWidth;
    const text = `${whole.slice(from - 1, end)}${whole.length > end ? "…" : ""}`.replaceAll("\t", " ");
    frame.push(`${mark} ${String(line).padStart(gutter)} | ${text}`.trimEnd());
  }
  const visible = Math.min(place.length ?? 1, maxWidth - (place.column - from));
  const carets = "^".repeat(Math.max(1, visible));
  frame.push(`  ${" ".repeat(gutter)} | ${" ".repeat(place.column - from)}${carets}`);
  return frame.join("\n");
}
