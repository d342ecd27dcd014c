/** What both compilers' judgements of unfinished code share. */
import type { Completeness } from "./language-service.ts";

/**
 * The code to parse in place of `text`: an arrow function at its end gets the beginning of a body. Without one, parsers read
 * its parameters again, as a value, and say that they are wrong.
 */
export function withArrowBody(text: string): string {
  return /=>\s*(?:\/\/.*)?$/.test(text) ? `${text}\n{` : text;
}

/** The answer for code that wants another line, with that line's indent. */
export function incomplete(text: string): Completeness {
  const lastLine = text.slice(text.lastIndexOf("\n") + 1);
  const indent = /^\s*/.exec(lastLine)?.[0] ?? "";
  return { status: "incomplete", indent: /[{([]$/.test(lastLine) ? `${indent}  ` : indent };
}
