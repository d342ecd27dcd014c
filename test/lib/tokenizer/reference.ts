/** Reads the tokenizer fixtures, whose offsets count code points. */
import { readFileSync } from "node:fs";
import { fixture } from "../../support/paths.ts";

/** The tokenizers that have a folder of fixtures. */
export const tokenizerNames = [
  "bytelevel-gpt2",
  "bytelevel-whitespace-added",
  "llama2-bytefallback",
  "llama3-split",
  "qwen2-nfc",
  "unigram-t5",
  "wordpiece-bert",
] as const;

/** A fixture file, parsed. */
export function readFixture(...segments: string[]): unknown {
  return JSON.parse(readFileSync(fixture("tokenizers", ...segments), "utf8"));
}

/** Offsets in UTF-16 units as the reference counts them, in code points. */
export function inCodePoints(text: string, spans: readonly (readonly [number, number])[]): number[][] {
  const count = (end: number): number => Array.from(text.slice(0, end)).length;
  return spans.map(([start, end]) => [count(start), count(end)]);
}

/** The processor time that a function takes, in milliseconds, which other programs do not lengthen. */
export function processorTime(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
