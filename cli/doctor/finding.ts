/** What a check of `residency doctor` says. */

/** A check's outcome. */
export interface Finding {
  /** What was looked at. */
  title: string;
  /** "warning": something is missing that some uses need; "failure": the package does not work as it is. */
  status: "ok" | "warning" | "failure";
  /** What was found, in a line. */
  found: string;
  /** What to do about it; none where nothing is to be done. */
  advice?: string;
}

/** Looks at one part of the machine; what it throws counts as a failure. */
export interface Check {
  title: string;
  run(): Promise<Finding[]> | Finding[];
}

/** The first line of what was thrown. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? "";
}
