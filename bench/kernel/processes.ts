/** Linux processes: who is whose child, how much memory they hold, and whether they are gone. */
import { readFileSync, readdirSync } from "node:fs";

/** A process and all that it started, directly or not. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? statOf(pid)?.parent : undefined;
    if (parent !== undefined) parents.set(pid, parent);
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}

/** Proportional set size in bytes, so that pages shared by processes count once; the resident size where that is hidden. */
export function memoryOf(pid: number): number {
  const rollup = read(`/proc/${pid}/smaps_rollup`);
  const pss = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(pss ?? rss ?? 0) * 1024;
}

/** Whether a process has ended; one that nobody has waited for yet has ended too. */
export function isGone(pid: number): boolean {
  const stat = statOf(pid);
  return stat === undefined || stat.state === "Z";
}

function statOf(pid: number): { state: string; parent: number } | undefined {
  // The name, in parentheses, may hold spaces.
  const [state = "", parent = ""] = /^\d+ \(.*\) (\S) (\d+)/s.exec(read(`/proc/${pid}/stat`))?.slice(1) ?? [];
  return state === "" ? undefined : { state, parent: Number(parent) };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
