/** nbgrader's cell metadata, schema 3, and the checksum that goes with it. */
import { createHash } from "node:crypto";

/** `cell.metadata.nbgrader` of schema 3, as a release carries it. */
export interface NbgraderMetadata {
  schema_version: 3;
  grade: boolean;
  solution: boolean;
  locked: boolean;
  task: boolean;
  grade_id: string;
  /** Only where `grade` is true: what tests give, or a person at most. */
  points?: number;
  cell_type: "code" | "markdown" | "raw";
  checksum: string;
}

/** What an nbgrader cell is for; it decides the flags. */
export type GradedKind = "answer" | "tests" | "read-only" | "written";

const flags: Record<GradedKind, Pick<NbgraderMetadata, "grade" | "solution" | "locked">> = {
  answer: { grade: false, solution: true, locked: false },
  tests: { grade: true, solution: false, locked: true },
  "read-only": { grade: false, solution: false, locked: true },
  written: { grade: true, solution: true, locked: false },
};

/** The metadata of one cell, its checksum computed over `source`; `points` counts for what is graded alone. */
export function nbgraderMetadata(
  kind: GradedKind,
  gradeId: string,
  cellType: "code" | "markdown",
  source: string,
  points = 0,
): NbgraderMetadata {
  const metadata = {
    schema_version: 3 as const,
    ...flags[kind],
    task: false,
    grade_id: gradeId,
    cell_type: cellType,
    ...(flags[kind].grade ? { points } : {}),
  };
  return { ...metadata, checksum: cellChecksum(source, metadata) };
}

/** The md5 (hex) that nbgrader's `compute_checksum` gives for a cell, byte for byte. */
export function cellChecksum(source: string, metadata: Omit<NbgraderMetadata, "checksum">): string {
  const locked = metadata.solution ? false : metadata.grade || metadata.locked;
  const points = metadata.points ?? 0;
  return createHash("md5")
    .update(source)
    .update(metadata.cell_type)
    .update([metadata.grade, metadata.solution, locked].map((flag) => (flag ? "True" : "False")).join(""))
    .update(metadata.grade_id)
    .update(metadata.grade ? (Number.isInteger(points) ? `${points}.0` : String(points)) : "")
    .digest("hex");
}
