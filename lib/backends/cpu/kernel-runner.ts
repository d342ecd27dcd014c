/** What runs the kernels: the seam between tensors and threads. */
import type { KernelName } from "./job-block.ts";

/** A kernel and what it works on. */
export interface Job {
  kernel: KernelName;
  chunks: number;
  /** At most 32. */
  integers: readonly number[];
  /** At most 16. */
  floats?: readonly number[] | undefined;
}

/** Runs kernels over addresses in the shared memory. */
export interface KernelRunner {
  /** Threads that work on one job, the calling one among them. */
  readonly threads: number;
  /** Runs all chunks of a kernel and returns when they are done. At most 32 integers and 16 floats. */
  run(kernel: KernelName, chunks: number, integers: readonly number[], floats?: readonly number[]): void;
  /**
   * Runs jobs none of which needs what another writes, and returns when all are done. The threads go on from one to the next without
   * waiting for each other.
   */
  runTogether(jobs: readonly Job[]): void;
  /** Waits for threads that are still at a job which an interrupt has cut off: they write into memory that may be free by now. */
  settle(): void;
  /** Resolves when every helping thread has started. */
  ready(): Promise<void>;
  /** Ends the helping threads. */
  dispose(): Promise<void>;
}

/** How `total` equal parts are cut into chunks: about `pieces` of them, none smaller than `least`. */
export interface Chunking {
  /** Parts a chunk. */
  block: number;
  chunks: number;
}

/**
 * Cuts work into chunks whose number does not depend on the threads, so that sums over chunks are the same on every
 * machine.
 */
export function chunked(total: number, least: number, pieces = 32): Chunking {
  const block = Math.max(1, least, Math.ceil(total / pieces));
  return { block, chunks: Math.ceil(total / block) };
}
