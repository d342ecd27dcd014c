/** The job that all threads share: its arguments, and the claiming of its chunks. */

import { thread } from "./scratch";

/** Where the job lies in the shared memory; JavaScript writes it (job-block.ts states the same numbers). */
const open: usize = 1024; // 1 while chunks may be claimed
const generation: usize = 1088; // counts jobs; sleeping threads wait on it
const active: usize = 1152; // threads that are inside the job
const ranges: usize = 1216; // runs of chunks, each of which has a thread that begins with it
const chunks: usize = 1280;
const kernel: usize = 1284;
// 1288: set by the host when a thread has failed
const integers: usize = 1344; // 32 arguments of 4 bytes
const floats: usize = 1472; // 16 arguments of 4 bytes
const inside: usize = 2048; // a word for each thread: 1 while it is inside the job
const claims: usize = 32768; // for each range, in a cache line of its own, the next of its chunks

/** Integer argument or address i of the job. */
export function int(i: i32): i32 {
  return load<i32>(integers + ((<usize>i) << 2));
}

/** Address i of the job. */
export function ptr(i: i32): usize {
  return <usize>load<u32>(integers + ((<usize>i) << 2));
}

/** Float argument i of the job. */
export function float(i: i32): f32 {
  return load<f32>(floats + ((<usize>i) << 2));
}

export function kernelNumber(): i32 {
  return load<i32>(kernel);
}

/** The range that this thread claims from, counted from its own. */
let rangesDone: i32 = 0;

/** Before the first claim of a job. */
export function startClaims(): void {
  rangesDone = 0;
}

/**
 * Claims a chunk; -1 when none is left. A thread begins with a range of its own, the same one in each job, since what it wrote last is in its
 * core's cache, and then helps with the others.
 */
export function claim(): i32 {
  const count = load<i32>(ranges);
  const all = load<i32>(chunks);
  for (; rangesDone < count; rangesDone++) {
    const range = (<i32>thread() + rangesDone) % count;
    const chunk = atomic.add<i32>(claims + (range << 6), 1);
    if (chunk < rangeStart(range + 1, all, count)) return chunk;
  }
  return -1;
}

/** The first chunk of a range; job-runner.ts computes the same. */
function rangeStart(range: i32, all: i32, count: i32): i32 {
  return <i32>((<i64>range * all) / count);
}

/** Enters the job if it is still open. A thread that entered has to leave. */
export function enter(): bool {
  atomic.add<i32>(active, 1);
  if (atomic.load<i32>(open) == 1) {
    atomic.store<i32>(inside + (thread() << 2), 1);
    return true;
  }
  atomic.sub<i32>(active, 1);
  return false;
}

/** The publisher of the job may sleep until the last thread has left. */
export function leave(): void {
  atomic.store<i32>(inside + (thread() << 2), 0);
  if (atomic.sub<i32>(active, 1) == 1) atomic.notify(active, 1);
}

/** The number of the newest job. */
export function currentGeneration(): i32 {
  return atomic.load<i32>(generation);
}

/** Sleeps until there is a newer job than `seen`, after a short time of looking, since jobs often follow each other. */
export function waitForJob(seen: i32, spins: i32): i32 {
  for (let i = 0; i < spins; i++) {
    if (atomic.load<i32>(generation) != seen) return atomic.load<i32>(generation);
  }
  while (atomic.load<i32>(generation) == seen) atomic.wait<i32>(generation, seen, -1);
  return atomic.load<i32>(generation);
}
