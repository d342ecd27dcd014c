/** The jobs that all threads share: their arguments, and the claiming of their chunks. */

import { thread } from "./scratch";

/** Where the jobs lie in the shared memory; JavaScript writes them (job-block.ts states the same numbers). */
const open: usize = 1024; // 1 while chunks may be claimed
const generation: usize = 1088; // counts publications; sleeping threads wait on it
const active: usize = 1152; // threads that are inside
const ranges: usize = 1216; // parts of each job's chunks, each of which has a thread that begins with it
const count: usize = 1280; // jobs that are published together
// 1288: set by the host when a thread has failed
const inside: usize = 2048; // a word for each thread: 1 while it is inside
const claims: usize = 32768; // for each range, in a cache line of its own, how many of its chunks were claimed
const jobs: usize = 49152; // one behind the other

/** What each job holds, from its start on. */
const kernel: usize = 0;
const chunks: usize = 4;
const integers: usize = 8; // 32 arguments of 4 bytes
const floats: usize = 136; // 16 arguments of 4 bytes
const jobBytes: usize = 256;

/** The job that this thread is at. */
let job: usize = jobs;

/** Integer argument or address i of the job. */
export function int(i: i32): i32 {
  return load<i32>(job + ((<usize>i) << 2), integers);
}

/** Address i of the job. */
export function ptr(i: i32): usize {
  return <usize>load<u32>(job + ((<usize>i) << 2), integers);
}

/** Float argument i of the job. */
export function float(i: i32): f32 {
  return load<f32>(job + ((<usize>i) << 2), floats);
}

export function kernelNumber(): i32 {
  return load<i32>(job, kernel);
}

/** Goes to a job of those that are published or put there; its number of chunks. */
export function select(number: i32): i32 {
  job = jobs + <usize>number * jobBytes;
  return load<i32>(job, chunks);
}

/** The range that this thread claims from, counted from its own. */
let rangesDone: i32 = 0;

/** Before the first claim of a publication. */
export function startClaims(): void {
  rangesDone = 0;
}

/**
 * Claims a chunk and goes to its job; -1 when none is left. A thread begins with a range of its own, the same one in each job, since what it
 * wrote last is in its core's cache, and then helps with the others. A range holds its part of each job, one behind the other.
 */
export function claim(): i32 {
  const parts = load<i32>(ranges);
  const published = load<i32>(count);
  for (; rangesDone < parts; rangesDone++) {
    const range = (<i32>thread() + rangesDone) % parts;
    let nth = atomic.add<i32>(claims + (range << 6), 1);
    for (let number = 0; number < published; number++) {
      const all = select(number);
      const first = rangeStart(range, all, parts);
      const own = rangeStart(range + 1, all, parts) - first;
      if (nth < own) return first + nth;
      nth -= own;
    }
  }
  return -1;
}

/** The first of a job's chunks that belong to a range. */
function rangeStart(range: i32, all: i32, parts: i32): i32 {
  return <i32>((<i64>range * all) / parts);
}

/** Enters the published jobs if they are still open. A thread that entered has to leave. */
export function enter(): bool {
  atomic.add<i32>(active, 1);
  if (atomic.load<i32>(open) == 1) {
    atomic.store<i32>(inside + (thread() << 2), 1);
    return true;
  }
  atomic.sub<i32>(active, 1);
  return false;
}

/** The publisher may sleep until the last thread has left. */
export function leave(): void {
  atomic.store<i32>(inside + (thread() << 2), 0);
  if (atomic.sub<i32>(active, 1) == 1) atomic.notify(active, 1);
}

/** The number of the newest publication. */
export function currentGeneration(): i32 {
  return atomic.load<i32>(generation);
}

/** Sleeps until there is a newer publication than `seen`, after a short time of looking, since they often follow each other. */
export function waitForJob(seen: i32, spins: i32): i32 {
  for (let i = 0; i < spins; i++) {
    if (atomic.load<i32>(generation) != seen) return atomic.load<i32>(generation);
  }
  while (atomic.load<i32>(generation) == seen) atomic.wait<i32>(generation, seen, -1);
  return atomic.load<i32>(generation);
}
