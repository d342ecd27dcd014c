/** What this process has used of the machine's memory. */
import { readFileSync } from "node:fs";

/**
 * The largest resident memory of this process so far, in MiB, as the operating system counts it.
 *
 * @example
 * peakRssMb() > 10; // → true
 */
export function peakRssMb(): number {
  // On Linux, what getrusage says is handed on from the process that started this one; the high-water mark of the memory is not.
  const mark = process.platform === "linux" ? /VmHWM:\s+(\d+) kB/.exec(readStatus())?.[1] : undefined;
  return Number(mark ?? process.resourceUsage().maxRSS) / 1024; // both in KiB
}

function readStatus(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return ""; // A system without /proc.
  }
}
