/** How much the machine does beside the benchmark: other work makes figures wrong, so it is measured and waited for. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Seconds of processor time so far: of everybody, and of this process with the children that have ended. */
export interface ProcessorTime {
  /** Seconds on the clock. */
  at: number;
  everybody: number;
  own: number;
}

/** Linux counts in hundredths of a second on every machine that Node runs on. */
const ticksASecond = 100;

/**
 * Reads the two files of /proc.
 *
 * @param stat /proc/stat, whose first line has user, nice, system, idle, iowait, irq, softirq and steal
 * @param selfStat /proc/self/stat, whose fields 14 to 17 are the times of this process and of its ended children
 */
export function parseProcessorTime(stat: string, selfStat: string, at: number): ProcessorTime {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    /^cpu\s+(.*)$/m.exec(stat)?.[1]?.split(" ").map(Number) ?? [];
  // The program's name, in parentheses, may hold spaces; the state, field 3, follows it.
  const fields = selfStat.slice(selfStat.lastIndexOf(")") + 2).split(" ");
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  const everybody = user + nice + system + irq + softirq + steal;
  return { at, everybody: everybody / ticksASecond, own: own / ticksASecond };
}

/** The processor time now; undefined on systems without /proc. */
export function processorTime(): ProcessorTime | undefined {
  try {
    const [stat, selfStat] = [readFileSync("/proc/stat", "utf8"), readFileSync("/proc/self/stat", "utf8")];
    return parseProcessorTime(stat, selfStat, performance.now() / 1000);
  } catch {
    return undefined;
  }
}

/** The cores that others kept busy between two times; null where it is not known. */
export function otherCores(
  before: ProcessorTime | undefined,
  after: ProcessorTime | undefined,
): number | null {
  if (!before || !after) return null;
  const others = after.everybody - before.everybody - (after.own - before.own);
  return Math.max(0, others / (after.at - before.at));
}

/** With less than this many cores of other work the machine counts as quiet. */
const quietCores = 0.15;

const lookMilliseconds = 1000;

/** Waits until others leave the machine alone, at most this long; returns whether they did (or it cannot be known). */
export async function waitForQuiet(seconds: number): Promise<boolean> {
  const deadline = performance.now() + 1000 * seconds;
  while (performance.now() < deadline) {
    const before = processorTime();
    await sleep(lookMilliseconds);
    if ((otherCores(before, processorTime()) ?? 0) < quietCores) return true;
  }
  return false;
}
