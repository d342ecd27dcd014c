/** `npm run bench -- --check`: the same weights and batches here and in PyTorch, and how far the losses are apart. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CheckedLosses } from "./check-losses.ts";
import { runJob, type JobOptions } from "./job.ts";
import { readJsonLines } from "./json-lines.ts";
import { torchScript } from "./torch.ts";
import type { TrainingWorkload, WorkloadShape } from "./workload.ts";

const smallShape: Omit<WorkloadShape, "name"> = {
  layers: 2,
  heads: 4,
  kv_heads: 2,
  hidden: 64,
  ffn: 160,
  vocab: 512,
  seq: 48,
  batch: 3,
};

/** What is checked where no workload is named: small, with shared key/value heads. */
export const smallWorkloads: readonly TrainingWorkload[] = [
  { name: "check-full", kind: "full", ...smallShape },
  { name: "check-lora", kind: "lora", lora_r: 4, ...smallShape },
];

/** Float32 sums in another order differ by less over five steps; another formula differs by more. */
export const lossTolerance = 1e-4;

/** The outcome of one check; the names are those of the printed JSON. */
export interface LossCheck {
  workload: string;
  engines: [string, string];
  losses: [number[], number[]];
  largest_relative_difference: number;
  agrees: boolean;
}

/**
 * The largest of |a - b| / |b| over two traces.
 *
 * @throws RangeError when they have not the same length.
 */
export function largestRelativeDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`Cannot compare ${a.length} losses with ${b.length}`);
  }
  return Math.max(...a.map((value, index) => Math.abs(value - b[index]!) / Math.abs(b[index]!)));
}

async function only(lines: AsyncGenerator<Record<string, unknown>, void>): Promise<CheckedLosses> {
  const found: Record<string, unknown>[] = [];
  for await (const line of lines) found.push(line);
  if (found.length !== 1)
    throw new Error(`Cannot check the losses: ${found.length} lines came instead of one`);
  return found[0] as unknown as CheckedLosses;
}

/** Trains a workload five steps here and in PyTorch, from one file of weights and batches. */
export async function checkLosses(
  workload: TrainingWorkload,
  { python, ...options }: JobOptions & { python: string },
): Promise<LossCheck> {
  const folder = await mkdtemp(path.join(tmpdir(), "residency-check-"));
  try {
    const file = path.join(folder, "check.safetensors");
    const ours = await only(runJob({ task: "check", workload, file }, options));
    const theirs = await only(
      readJsonLines(python, [
        torchScript,
        "--check",
        file,
        "--steps",
        String(ours.losses.length),
        "--threads",
        String(options.threads),
      ]),
    );
    const difference = largestRelativeDifference(ours.losses, theirs.losses);
    return {
      workload: workload.name,
      engines: [ours.engine, theirs.engine],
      losses: [ours.losses, theirs.losses],
      largest_relative_difference: difference,
      agrees: difference <= lossTolerance,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
