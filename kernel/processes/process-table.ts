/** The system's table of processes: who descends from whom, read without a wait so that dying processes can use it. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";

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
  if (process.platform !== "linux") return below(pid, listWithPs(["-A"]));
  try {
    return children(pid).flatMap((child) => [child, ...descendants(child.pid)]);
  } catch {
    return below(pid, listProc());
  }
}

/** Whether the process of an entry is still there; one that has ended and waits to be collected is not. */
export function isRunning(entry: ProcessEntry): boolean {
  try {
    process.kill(entry.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return findProcess(entry.pid)?.started === entry.started;
}

function below(parent: number, all: readonly ProcessEntry[]): ProcessEntry[] {
  return all.filter((entry) => entry.parent === parent).flatMap((entry) => [entry, ...below(entry.pid, all)]);
}

/**
 * The children of all threads of a process; Linux lists them in the order of their start.
 *
 * @throws Error where this Linux was built without such lists.
 */
function children(pid: number): ProcessEntry[] {
  const task = `/proc/${pid}/task`;
  if (!existsSync(task)) return [];
  return readdirSync(task)
    .flatMap((thread) => {
      const list = `${task}/${thread}/children`;
      try {
        return readFileSync(list, "latin1").split(" ");
      } catch (error) {
        // The thread may have ended meanwhile.
        if (existsSync(`${task}/${thread}`)) throw error;
        return [];
      }
    })
    .flatMap((child) => (child === "" ? [] : (readStat(Number(child)) ?? [])));
}

/** Every process, read from `/proc`, in the order of their start. */
export function listProc(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
    .sort((a, b) => Number(a.started) - Number(b.started) || a.pid - b.pid);
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

/** Processes as `ps` tells them, itself left out, in the order of their start as far as it tells. */
export function listWithPs(selection: readonly string[]): ProcessEntry[] {
  if (process.platform === "win32") return [];
  const { stdout, pid: own } = spawnSync("ps", [...selection, "-o", "pid=,ppid=,pgid=,stat=,lstart="], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    // The months' names must be those that a date is read from.
    env: { ...process.env, LC_ALL: "C" },
  });
  const entries = (stdout as string | null)?.split("\n").flatMap((line) => {
    const [pid, parent, group, state, ...started] = line.trim().split(/\s+/);
    if (state === undefined || state.startsWith("Z") || Number(pid) === own) return [];
    const entry = { pid: Number(pid), parent: Number(parent), group: Number(group) };
    return { ...entry, started: started.join(" "), asleep: true };
  });
  return (entries ?? []).sort((a, b) => Date.parse(a.started) - Date.parse(b.started) || a.pid - b.pid);
}
