/** Ends processes together with everything that they have started. */
import { spawnSync } from "node:child_process";
import { descendants, findProcess, isRunning } from "./process-table.ts";
import type { ProcessEntry } from "./process-table.ts";

// The executor gives cells timers that an interrupt stops; these must go on then.
const setTimeoutOutside = setTimeout;

/** Reading the table is cheap on Linux, and a process of its own elsewhere. */
const pollMs = process.platform === "linux" ? 20 : 100;

/** Sends a signal to the processes that are still there. */
export function signalAll(entries: readonly ProcessEntry[], signal: NodeJS.Signals): void {
  for (const entry of entries) {
    try {
      if (isRunning(entry)) process.kill(entry.pid, signal);
    } catch {
      // It has ended between the two calls, or belongs to another user: nothing more can be done.
    }
  }
}

/** A process and everything below it. */
export function processTree(pid: number): ProcessEntry[] {
  const root = findProcess(pid);
  return root ? [root, ...descendants(pid)] : [];
}

/**
 * Asks a process and everything below it to end with `signal`, and kills what is left after `graceMs`.
 *
 * Resolves when all have been asked and, where that was needed, killed.
 */
export async function endTree(pid: number, signal: NodeJS.Signals = "SIGINT", graceMs = 1000): Promise<void> {
  if (process.platform === "win32") {
    // Windows has no signals; its own tool knows the tree.
    spawnSync("taskkill", ["/pid", String(pid), "/t", "/f"], { stdio: "ignore" });
    return;
  }
  let tree = processTree(pid);
  signalAll(tree, signal);
  const deadline = performance.now() + graceMs;
  while (tree.some(isRunning)) {
    const rest = deadline - performance.now();
    if (rest <= 0) {
      // Some may have started others since.
      signalAll(withDescendants(tree), "SIGKILL");
      return;
    }
    tree = withDescendants(tree);
    await new Promise((resolve) => setTimeoutOutside(resolve, Math.min(pollMs, rest)));
  }
}

/**
 * Kills everything that a process has started and that belongs to its process group, the process itself last.
 *
 * Programs that were started as `detached` are meant to outlive it and do.
 */
export function killWithChildren(pid: number): void {
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/pid", String(pid), "/t", "/f"], { stdio: "ignore" });
    return;
  }
  const root = findProcess(pid);
  if (!root) return;
  // A stopped process starts no others meanwhile.
  if (pid !== process.pid) signalAll([root], "SIGSTOP");
  signalAll(
    descendants(pid).filter((entry) => entry.group === root.group),
    "SIGKILL",
  );
  signalAll([root], "SIGKILL");
}

function withDescendants(tree: readonly ProcessEntry[]): ProcessEntry[] {
  const known = new Map(tree.map((entry) => [entry.pid, entry]));
  for (const entry of tree) {
    if (!isRunning(entry)) continue;
    for (const below of descendants(entry.pid)) known.set(below.pid, known.get(below.pid) ?? below);
  }
  return [...known.values()];
}
