/** Runs kernels on all threads: publishes jobs, works on them too, and waits for the chunks of the others. */
import { ResidencyError } from "../../errors.ts";
import {
  claimBytes,
  firstFreeByte,
  jobBlock,
  jobLayout,
  kernelNames,
  mostJobs,
  type KernelName,
} from "./job-block.ts";
import { type KernelExports } from "./kernel-module.ts";
import type { Job, KernelRunner } from "./kernel-runner.ts";
import type { SharedMemory } from "./shared-memory.ts";

/** The helping threads, as a platform starts them. */
export interface HelpingThreads {
  /** Resolves when every one has started. */
  started: Promise<unknown>;
  /** Told what has ended one, if anything has. */
  cause(): unknown;
  /** Whether the thread of this number, from 0, is known to have been ended from outside. */
  hasEnded(helper: number): boolean;
  dispose(): Promise<void>;
}

/** What runs the jobs. */
export interface JobRunnerOptions {
  kernels: KernelExports;
  memory: SharedMemory;
  /** All threads, the calling one among them. */
  threads: number;
  helpers: HelpingThreads;
  /**
   * Sleeps while a word has a value, for 10 milliseconds at most, and says whether they have passed; a thread that may not
   * sleep, such as a page's, looks again at once.
   */
  sleep: (words: Int32Array, index: number, value: number) => boolean;
}

/** How often the publisher looks whether the others are ready before it sleeps between two looks. */
const looksBeforeSleep = 20_000;

/** In how many looks of 10 milliseconds a thread has to be missing: one that is about to end may still leave the job. */
const lossesBelieved = 5;

const kernelNumbers = new Map<KernelName, number>(kernelNames.map((name, index) => [name, index]));

/** What a helping thread that ends by an error does: the publisher waits for its chunk and has to hear that there will be none. */
export function reportFailure(memory: WebAssembly.Memory, index: number): void {
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, jobBlock.failed >> 2, 1);
  Atomics.store(words, (jobBlock.inside >> 2) + index, 0);
  Atomics.sub(words, jobBlock.active >> 2, 1);
  Atomics.notify(words, jobBlock.active >> 2);
}

/** Marks that a thread is gone, so that the next job says so. */
export function markFailed(memory: WebAssembly.Memory): void {
  Atomics.store(new Int32Array(memory.buffer), jobBlock.failed >> 2, 1);
}

/** Whether a thread is known to be gone. */
export function hasFailed(memory: WebAssembly.Memory): boolean {
  return Atomics.load(new Int32Array(memory.buffer), jobBlock.failed >> 2) === 1;
}

/** The runner over threads that a platform has started; jobs do not wait for those that still start. */
export function createJobRunner({
  kernels,
  memory,
  threads,
  helpers,
  sleep,
}: JobRunnerOptions): KernelRunner {
  // The jobs lie in the first page, so these views stay good when the memory grows.
  const words = new Int32Array(memory.memory.buffer, 0, firstFreeByte >> 2);
  const unsigned = new Uint32Array(memory.memory.buffer, 0, firstFreeByte >> 2);
  const floats = new Float32Array(memory.memory.buffer, 0, firstFreeByte >> 2);
  const at = {
    open: jobBlock.open >> 2,
    generation: jobBlock.generation >> 2,
    active: jobBlock.active >> 2,
    ranges: jobBlock.ranges >> 2,
    count: jobBlock.count >> 2,
    failed: jobBlock.failed >> 2,
    inside: jobBlock.inside >> 2,
    claims: jobBlock.claims >> 2,
  };
  // Only who waits for the threads hears of it; all others hear of it at the next job.
  helpers.started.catch(() => undefined);

  let lost: Error | undefined;
  const fail = (): never => {
    throw new ResidencyError(
      "E_BACKEND",
      "Cannot go on: a thread of the backend has failed, so that results may be incomplete; start the process again, with " +
        `a smaller RESIDENCY_THREADS than ${threads} if that does not help`,
      { cause: helpers.cause() ?? lost },
    );
  };
  /** Whether a thread that is inside the job has ended. */
  const isOneLost = (): boolean => {
    for (let helper = 0; helper < threads - 1; helper++) {
      if (Atomics.load(words, at.inside + helper + 1) === 1 && helpers.hasEnded(helper)) return true;
    }
    return false;
  };
  /** No thread claims chunks any more, and none is still at one. */
  const close = (): void => {
    if (Atomics.load(words, at.failed) === 1) fail();
    Atomics.store(words, at.open, 0);
    let losses = 0;
    for (let looks = 0; ; looks++) {
      const active = Atomics.load(words, at.active);
      if (active === 0) break;
      if (looks < looksBeforeSleep) continue;
      losses = sleep(words, at.active, active) && isOneLost() ? losses + 1 : 0;
      if (losses === lossesBelieved) {
        lost = new Error("a thread has ended in the middle of a job");
        markFailed(memory.memory);
      }
      if (losses >= lossesBelieved) fail();
    }
    if (Atomics.load(words, at.failed) === 1) fail();
  };

  const place = (job: Job, number: number): void => {
    const start = jobBlock.jobs + number * jobLayout.bytes;
    words[(start + jobLayout.kernel) >> 2] = kernelNumbers.get(job.kernel)!;
    words[(start + jobLayout.chunks) >> 2] = job.chunks;
    const { integers, floats: numbers = [] } = job;
    // Loops, since `set` of an array takes longer than a small kernel.
    for (let i = 0; i < integers.length; i++)
      unsigned[((start + jobLayout.integers) >> 2) + i] = integers[i]!;
    for (let i = 0; i < numbers.length; i++) floats[((start + jobLayout.floats) >> 2) + i] = numbers[i]!;
  };

  const runAll = (jobs: readonly Job[]): void => {
    // An interrupt may have cut off jobs, or the wait for their end: other threads may still be reading their arguments.
    close();
    let [chunks, most] = [0, 0];
    for (let number = 0; number < jobs.length; number++) {
      place(jobs[number]!, number);
      chunks += jobs[number]!.chunks;
      most = Math.max(most, jobs[number]!.chunks);
    }
    if (chunks === 1 || threads === 1) {
      kernels.workAlone(jobs.length);
      return;
    }
    words[at.count] = jobs.length;
    // Each thread begins with a range of its own (assembly/job.ts).
    const ranges = Math.min(threads, most);
    words[at.ranges] = ranges;
    for (let range = 0; range < ranges; range++) words[at.claims + range * (claimBytes >> 2)] = 0;
    Atomics.store(words, at.open, 1);
    Atomics.add(words, at.generation, 1);
    Atomics.notify(words, at.generation, chunks - 1);
    try {
      kernels.work();
    } catch (error) {
      close();
      const names = [...new Set(jobs.map((job) => job.kernel))].join(", ");
      throw new ResidencyError("E_BACKEND", `Cannot run the kernel ${names}: ${String(error)}`, {
        cause: error,
      });
    }
    close();
  };

  return {
    threads,
    run(kernel, chunks, integers, floatArguments) {
      if (chunks > 0) runAll([{ kernel, chunks, integers, floats: floatArguments }]);
    },
    runTogether(jobs) {
      const some = jobs.filter((job) => job.chunks > 0);
      for (let from = 0; from < some.length; from += mostJobs) runAll(some.slice(from, from + mostJobs));
    },
    settle() {
      if (Atomics.load(words, at.open) === 1 || Atomics.load(words, at.active) > 0) close();
    },
    async ready() {
      await helpers.started;
    },
    dispose: () => helpers.dispose(),
  };
}
