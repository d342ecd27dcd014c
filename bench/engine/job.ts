/** What a child process is asked to do, and how one is started. */
import { fileURLToPath } from "node:url";
import { readJsonLines } from "./json-lines.ts";
import type { TrainingWorkload, Workload } from "./workload.ts";

/** One job of a child process. */
export type Job =
  | { task: "backend" }
  | { task: "workload"; workload: Workload; seconds: number }
  | { task: "check"; workload: TrainingWorkload; file: string }
  | { task: "operations"; workloads: readonly Workload[]; seconds: number; names: readonly string[] };

/** Where a job runs. */
export interface JobOptions {
  /** The library's own choice when left out. */
  backend?: string | undefined;
  threads: number;
}

/** Runs a job in a process of its own; what it prints, as it comes. */
export function runJob(
  job: Job,
  { backend, threads }: JobOptions,
): AsyncGenerator<Record<string, unknown>, void> {
  return readJsonLines(
    process.execPath,
    [fileURLToPath(new URL("child.js", import.meta.url)), JSON.stringify(job)],
    {
      RESIDENCY_THREADS: String(threads),
      ...(backend === undefined ? {} : { RESIDENCY_BACKEND: backend }),
    },
  );
}
