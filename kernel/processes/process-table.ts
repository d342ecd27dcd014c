/** The system's table of processes: who descends from whom, read without a wait so that dying processes can use it. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/** A process, told apart from a later one with the same number by its start. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  /** The process group; a child that was started as `detached` has one of its own. */
  group: number;
  /** When it started, in the system's own notation. */
  started: string;
  /** Whether its thread waits, for its children among other things; always true where the system does not tell. */
  asleep: boolean;
}

/** One process, or undefined when it has ended or cannot be seen. */
export function findProcess(pid: number): ProcessEntry | undefined {
  if (process.platform === "linux") return readStat(pid);
  return listWithPs(["-p", String(pid)])[0];
}

/** The processes below `pid`, parents before their children, siblings in the order of their start. */
export function descendants(pid: number): ProcessEntry[] {
  if (process.platform === "linux")
    return children(pid).flatMap((child) => [child, ...descendants(child.pid)]);
  const all = listWithPs(["-A"]).sort((a, b) => a.pid - b.pid);
  const below = (parent: number): ProcessEntry[] =>
    all.filter((entry) => entry.parent === parent).flatMap((entry) => [entry, ...below(entry.pid)]);
  return below(pid);
}

/** Whether the process of an entry is still there; one that has ended and waits to be collected is not. */
export function isRunning(entry: ProcessEntry): boolean {
  return findProcess(entry.pid)?.started === entry.started;
}

/** The children of all threads of a process; the kernel lists them in the order of their start. */
function children(pid: number): ProcessEntry[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" "))
      .flatMap((child) => (child === "" ? [] : (readStat(Number(child)) ?? [])));
  } catch {
    // The process has ended meanwhile.
    return [];
  }
}

function readStat(pid: number): ProcessEntry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The program's name stands in parentheses and may hold anything, parentheses and spaces too.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state = "", parent, group] = fields;
    if (state === "Z" || state === "X") return undefined;
    return {
      pid,
      parent: Number(parent),
      group: Number(group),
      started: fields[19] ?? "",
      asleep: state !== "R",
    };
  } catch {
    return undefined;
  }
}

function listWithPs(selection: string[]): ProcessEntry[] {
  if (process.platform === "win32") return [];
  let text: string;
  try {
    const columns = ["-o", "pid=,ppid=,pgid=,stat=,lstart="];
    text = execFileSync("ps", [...selection, ...columns], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const [pid, parent, group, state, ...started] = line.trim().split(/\s+/);
    if (state === undefined || state.startsWith("Z")) return [];
    const entry = { pid: Number(pid), parent: Number(parent), group: Number(group) };
    return { ...entry, started: started.join(" "), asleep: true };
  });
}
