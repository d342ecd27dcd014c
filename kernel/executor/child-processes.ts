/** The child processes that cells start: an interrupt of a cell ends them too. */
import { ChildProcess } from "node:child_process";
import { descendants, endTree, findProcess, isRunning, processTree, signalAll } from "../processes/index.ts";
import type { ProcessEntry } from "../processes/index.ts";
import { currentCell } from "./cell-context.ts";

/** What the main thread tells the interrupt thread about a program that it does not wait for. */
export interface BackgroundMessage {
  step: "started" | "ended";
  pid: number;
}

/** Makes an interrupt of a cell end the asynchronous child processes of that cell; hands on which ones there are. */
export function trackChildProcesses(tell: (message: BackgroundMessage) => void): void {
  type Prototype = { spawn: (this: ChildProcess, options: object) => number };
  const prototype = ChildProcess.prototype as unknown as Prototype;
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const result = spawn.call(this, options);
    const { pid } = this;
    if (pid === undefined) return result;
    tell({ step: "started", pid });
    const { signal } = currentCell().controller;
    const stop = (): void => {
      // A program that was started as `detached` is meant to go on.
      if (findProcess(pid)?.group === findProcess(process.pid)?.group) void endTree(pid);
    };
    signal.addEventListener("abort", stop, { once: true });
    this.once("exit", () => {
      signal.removeEventListener("abort", stop);
      tell({ step: "ended", pid });
    });
    return result;
  };
}

/** How long a child may go on after SIGINT while the main thread waits for it. */
const blockingGraceMs = 250;

/**
 * Signals the child process that the main thread waits for, as in `execFileSync`: SIGINT first, SIGKILL later.
 *
 * While the main thread waits it starts nothing else, so it waits for the youngest child that is not in `background`.
 * Meant to be called by another thread, again and again while the main one is silent.
 */
export function createBlockingChildStopper(background: ReadonlySet<number>): () => void {
  let stopping: { child: ProcessEntry; since: number } | undefined;
  return () => {
    if (!findProcess(process.pid)?.asleep) return;
    const child = descendants(process.pid)
      .filter(({ pid, parent }) => parent === process.pid && !background.has(pid))
      .at(-1);
    if (!child) return;
    if (stopping?.child.pid !== child.pid || !isRunning(stopping.child)) {
      stopping = { child, since: performance.now() };
      signalAll(processTree(child.pid), "SIGINT");
    } else if (performance.now() - stopping.since > blockingGraceMs) {
      signalAll(processTree(child.pid), "SIGKILL");
    }
  };
}
