/** The executor as the kernel sees it: always there, and replaced when it dies. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { Duplex, Readable, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { getHeapStatistics } from "node:v8";
import { debugFd, interruptFd } from "../executor/messages.ts";
import { killWithChildren } from "../processes/index.ts";
import type {
  CodeOutcome,
  FromExecutor,
  InterruptRequest,
  Outcome,
  ToExecutor,
} from "../executor/messages.ts";

/** How an executor ended. */
export interface ExecutorEnd {
  /** What goes on behind "the process that runs cells": "ended with signal SIGKILL". */
  how: string;
  /** Whether it was ended for not heeding an interrupt. */
  interrupted: boolean;
}

/** How a run ended: as the executor says, or with its death. */
export type RunOutcome = Outcome | ({ status: "died" } & ExecutorEnd);

/** Who hears the executor. */
export interface ExecutorListeners {
  /** Called with everything but the end of a cell. */
  onMessage: (message: Exclude<FromExecutor, { type: "done" | "interrupt-settled" }>) => void;
  /** Called with what child processes and native code wrote past JavaScript. */
  onOutput: (name: "stdout" | "stderr", text: string) => void;
  /** Called when the process has died and a fresh one has taken its place, before the cells that ran in it end. */
  onReplaced: (end: ExecutorEnd, cells: readonly number[]) => void;
}

/** The process that runs cells. */
export interface ExecutorProcess {
  /** Names those who hear it; before the first `run` it says nothing that matters. */
  listen(listeners: ExecutorListeners): void;
  /** Resolves when no interrupt is under way, which could end the callback that starts the next cell. */
  settled(): Promise<void>;
  run(request: Omit<ToExecutor & { type: "run" }, "type">): Promise<RunOutcome>;
  answerInput(cell: number, value: string): void;
  /** Says how code ended that a cell had run beside it. */
  answerEvaluation(request: number, outcome: CodeOutcome): void;
  /** Hands a comm message to its handlers; "comm-done" says that they are done. */
  handleComm(message: ToExecutor & { type: "comm" }): void;
  /** Says that a front end has come. */
  greetClient(): void;
  /**
   * Stops the running cells and the handlers of comms, or a callback that keeps the thread; the executor is replaced when
   * a cell or a handler takes too long.
   */
  interrupt(): void;
  /** The pipe to the debugger's session; it closes when the process ends. */
  debugPipe(): Duplex;
  close(): void;
}

/** How long an interrupted cell may go on before its process is replaced. */
const interruptTimeoutMs = 2500;

/** How long the pipes of a dead executor are read on. */
const lastWordsMs = 200;

const main = fileURLToPath(new URL("../executor/main.js", import.meta.url));
const execArgv = [
  // Lets cells resolve modules from the notebook's folder.
  "--experimental-import-meta-resolve",
  // Without it Node aborts when an interrupt ends a timer's callback.
  "--no-force-async-hooks-checks",
  // Warnings go to the kernel's log, not into a cell's output.
  "--no-warnings",
];

/** The executor's heap has the same limit as the kernel's: both get the same options of Node. */
function heapReason(): string {
  const limit = Math.round(getHeapStatistics().heap_size_limit / 1024 ** 2);
  return `JavaScript's heap was full; the limit is ${limit} MB, which NODE_OPTIONS=--max-old-space-size=MB changes`;
}

/** Starts an executor for a notebook in `folder`. */
export function startExecutor(folder: string): ExecutorProcess {
  let listeners: ExecutorListeners | undefined;
  let child: ChildProcess;
  const running = new Map<number, (outcome: RunOutcome) => void>();
  let interrupting: NodeJS.Timeout | undefined;
  let closed = false;
  const handled = new Set<number>();

  /** Interrupts so far, and the latest of which nothing is under way any more. */
  let interrupts = 0;
  let settledInterrupt = 0;
  const waiting = new Set<() => void>();
  const settle = (interrupt: number): void => {
    settledInterrupt = Math.max(settledInterrupt, interrupt);
    if (settledInterrupt < interrupts) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const calmDown = (): void => {
    if (running.size > 0 || handled.size > 0) return;
    clearTimeout(interrupting);
    interrupting = undefined;
  };
  const finish = (cell: number, outcome: RunOutcome): void => {
    const settle = running.get(cell);
    running.delete(cell);
    calmDown();
    settle?.(outcome);
  };
  const start = (): void => {
    const env = { ...process.env };
    // Colours are for terminals; a notebook would show their codes.
    delete env["FORCE_COLOR"];
    const started = fork(main, [], {
      cwd: folder,
      env,
      execArgv,
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe", "pipe"],
    });
    child = started;
    let reason: string | undefined;
    for (const name of ["stdout", "stderr"] as const) {
      started[name]?.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("JavaScript heap out of memory")) reason = heapReason();
        // What Node prints when an interrupt kills it explains nothing to the cell's author.
        const own = interrupting ? "" : text.replace("Waiting for the debugger to disconnect...\n", "");
        if (own !== "") listeners?.onOutput(name, own);
      });
    }
    (started.stdio[interruptFd] as Readable | null | undefined)
      ?.setEncoding("utf8")
      .on("data", (text: string) => (reason = text));
    // Writing an interrupt to a process that has just died is no error.
    for (const fd of [interruptFd, debugFd]) started.stdio[fd]?.on("error", () => undefined);
    started.on("message", (message: FromExecutor) => {
      if (message.type === "done") {
        finish(message.cell, message.outcome);
        return;
      }
      if (message.type === "interrupt-settled") {
        settle(message.interrupt);
        return;
      }
      if (message.type === "comm-done" && handled.delete(message.request)) calmDown();
      listeners?.onMessage(message);
    });
    // "close" and not "exit", so that the last words on stderr come first; but children that inherited the pipes keep
    // them open for as long as they live.
    started.once("exit", () => {
      setTimeout(
        () => [started.stdout, started.stderr].forEach((pipe) => pipe?.destroy()),
        lastWordsMs,
      ).unref();
    });
    started.once("close", (code, signal) => {
      if (closed) return;
      const last = signal === null ? `ended with exit code ${String(code)}` : `ended with signal ${signal}`;
      const how = reason === undefined ? last : `${last}, since ${reason}`;
      const end: ExecutorEnd = { how, interrupted: interrupting !== undefined };
      const cells = [...running.keys()];
      handled.clear();
      settle(interrupts);
      start();
      listeners?.onReplaced(end, cells);
      for (const cell of cells) finish(cell, { status: "died", ...end });
      calmDown();
    });
    started.on("error", (error) => listeners?.onOutput("stderr", `the executor: ${error.message}\n`));
  };
  /** A process that has just died takes nothing; whoever waits hears of its end. */
  const post = (message: ToExecutor): void => void child.send(message, () => undefined);
  const kill = (): void => {
    // A child that has been collected has given its number back.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      killWithChildren(child.pid);
    }
  };
  start();

  return {
    listen: (hearers) => void (listeners = hearers),
    async settled() {
      if (settledInterrupt === interrupts) return;
      await new Promise<void>((resolve) => {
        waiting.add(resolve);
        // The interrupt thread gives up before this, and the cell may try.
        setTimeout(resolve, interruptTimeoutMs).unref();
      });
    },
    async run(request) {
      const outcome = await new Promise<RunOutcome>((resolve) => {
        running.set(request.cell, resolve);
        post({ type: "run", ...request });
      });
      // What the cell's child processes wrote came through other pipes, which are read in the next turn.
      await nextTurn();
      await nextTurn();
      return outcome;
    },
    answerInput(cell, value) {
      post({ type: "input-reply", cell, value });
    },
    answerEvaluation(request, outcome) {
      post({ type: "evaluated", request, outcome });
    },
    handleComm(message) {
      handled.add(message.request);
      post(message);
    },
    greetClient() {
      post({ type: "new-client" });
    },
    interrupt() {
      interrupts += 1;
      const request: InterruptRequest = { interrupt: interrupts, cells: [...running.keys()] };
      (child.stdio[interruptFd] as Writable | null | undefined)?.write(`${JSON.stringify(request)}\n`);
      if (running.size > 0 || handled.size > 0) interrupting ??= setTimeout(kill, interruptTimeoutMs);
    },
    debugPipe: () => (child.stdio as unknown as Duplex[])[debugFd]!,
    close() {
      closed = true;
      kill();
    },
  };
}
