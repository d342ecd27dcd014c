/** What a process and those below it have taken of the machine. */
import { readFileSync } from "node:fs";
import { descendants } from "./process-table.ts";

/** Processor time and memory of a process with all below it. */
export interface ProcessUsage {
  /** Seconds of processor time, over all threads, those of children that have ended and were collected among them. */
  cpuSeconds: number;
  /** The largest resident memory of each process that runs, together; pages that two of them share count twice. */
  peakBytes: number;
}

/** Linux counts times in this part of a second for programs, whatever its own clock does. */
const ticksPerSecond = 100;

/**
 * What a process and those below it have used so far, but for some of them; undefined where the system has no `/proc`, and for
 * one that has ended.
 */
export function usageOfTree(pid: number, without: ReadonlySet<number> = new Set()): ProcessUsage | undefined {
  if (process.platform !== "linux") return undefined;
  const root = usageOf(pid);
  if (root === undefined) return undefined;
  const below = descendants(pid).filter((entry) => !without.has(entry.pid));
  const all = [root, ...below.flatMap((entry) => usageOf(entry.pid) ?? [])];
  return {
    cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakBytes: all.reduce((sum, { peakBytes }) => sum + peakBytes, 0),
  };
}

function usageOf(pid: number): ProcessUsage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Behind the program's name, which may hold anything: user and system time, and the same of collected children.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    // One that has ended and waits to be collected has no memory any more.
    return { cpuSeconds: ticks / ticksPerSecond, peakBytes: Number(peak ?? 0) * 1024 };
  } catch {
    return undefined;
  }
}
