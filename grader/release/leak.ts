/** Proves that nothing of a solution or a hidden test is left in what students get. */
import { GraderError } from "../errors.ts";

/**
 * Throws `E_RELEASE` when any string of the generated notebook holds a line that the source marks as solution or
 * hidden test. It scans the raw source by itself, so that a fault of the parser cannot hide a leak. Lines that also
 * stand in the public part, and lines without a name or number in them, tell nothing and are left out.
 */
export function assertNoLeak(name: string, sourceText: string, notebook: unknown): void {
  const { secret, open } = scan(sourceText);
  const published = allStrings(notebook);
  for (const line of secret) {
    if (!/\w{3}/.test(line) || open.includes(line)) continue;
    const leaked = published.find((text) => text.includes(line));
    if (leaked === undefined) continue;
    throw new GraderError(
      "E_RELEASE",
      `Cannot release ${name}: the student's notebook would hold the solution line "${line}"; ` +
        "check the BEGIN and END markers around it",
    );
  }
}

function scan(sourceText: string): { secret: string[]; open: string } {
  const secret: string[] = [];
  const open: string[] = [];
  let hidden = false;
  let mutant = false;
  for (const line of sourceText.split(/\r?\n/)) {
    if (/^\/\/ %%/.test(line)) mutant = /^\/\/ %% mutant\b/.test(line);
    // A mutant's lines are in no notebook, and those that it has in common with the solution stay secret.
    if (mutant) continue;
    if (/\/\/ BEGIN (SOLUTION|HIDDEN TESTS)/.test(line)) hidden = true;
    else if (/\/\/ END (SOLUTION|HIDDEN TESTS)/.test(line)) hidden = false;
    else if (hidden) secret.push(line.trim());
    else open.push(line.trim());
  }
  return { secret, open: open.join("\n") };
}

function allStrings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return [value.join(""), ...value.flatMap(allStrings)];
  if (typeof value === "object" && value !== null) return Object.entries(value).flatMap(allStrings);
  return [];
}
