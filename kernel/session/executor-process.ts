/** The executor as the kernel sees it: always there, and replaced when it dies. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Duplex, Readable, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { getHeapStatistics } from "node:v8";
import { KernelError } from "../errors.ts";
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
  /** How many have ended one after another without one cell coming to its end. */
  inARow: number;
  /** Whether a fresh one runs already; otherwise the next cell starts one. */
  replaced: boolean;
}

/** How a run ended: as the executor says, or with its death. */
export type RunOutcome = Outcome | ({ status: "died" } & ExecutorEnd);

/** Who hears the executor. */
export interface ExecutorListeners {
  /** Called with everything but the end of a cell. */
  onMessage: (message: Exclude<FromExecutor, { type: "done" | "interrupt-settled" }>) => void;
  /** Called with what child processes and native code wrote past JavaScript. */
  onOutput: (name: "stdout" | "stderr", text: string) => void;
  /** Called when the process has died, before the cells that ran in it end. */
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

/** How many may end in a row before the next one waits for a cell: what ends them at their start would do so for ever. */
const maxDeaths = 3;

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

function startFailure(error: unknown, folder: string): string {
  const why = error instanceof Error ? error.message : String(error);
  // Node names its own file where it is the folder that is missing.
  const gone = existsSync(folder) ? "" : `; its folder ${folder} is not there any more`;
  return `could not be started: ${why}${gone}`;
}

/** Starts an executor for a notebook in `folder`. */
export function startExecutor(folder: string): ExecutorProcess {
  let listeners: ExecutorListeners | undefined;
  /** None when the last one could not be started, or none more is started unasked. */
  let child: ChildProcess | undefined;
  let deaths = 0;
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
  const replace = (ended: ChildProcess | undefined, how: string): void => {
    if (closed || child !== ended) return;
    deaths += 1;
    const end: ExecutorEnd = {
      how,
      interrupted: interrupting !== undefined,
      inARow: deaths,
      replaced: deaths < maxDeaths,
    };
    const cells = [...running.keys()];
    handled.clear();
    settle(interrupts);
    child = undefined;
    if (end.replaced) start();
    listeners?.onReplaced(end, cells);
    for (const cell of cells) finish(cell, { status: "died", ...end });
    calmDown();
  };
  const start = (): void => {
    const env = { ...process.env };
    // Colours are for terminals; a notebook would show their codes.
    delete env["FORCE_COLOR"];
    let started: ChildProcess;
    try {
      started = fork(main, [], {
        cwd: folder,
        env,
        execArgv,
        serialization: "advanced",
        stdio: ["ignore", "pipe", "pipe", "ipc", "pipe", "pipe"],
      });
    } catch (error) {
      process.nextTick(replace, undefined, startFailure(error, folder));
      return;
    }
    child = started;
    started.on("error", (error) => {
      if (started.pid === undefined) setImmediate(replace, started, startFailure(error, folder));
      else listeners?.onOutput("stderr", `the executor: ${error.message}\n`);
    });
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
        deaths = 0;
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
      if (started.pid === undefined) return;
      const end = signal === null ? `ended with exit code ${String(code)}` : `ended with signal ${signal}`;
      replace(started, reason === undefined ? end : `${end}, since ${reason}`);
    });
  };
  /** A process that has just died takes nothing; whoever waits hears of its end. */
  const post = (message: ToExecutor): void => void child?.send(message, () => undefined);
  const wake = (): void => {
    if (!child) start();
  };
  const kill = (): void => {
    // A child that has been collected has given its number back.
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
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
      wake();
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
      wake();
      handled.add(message.request);
      post(message);
    },
    greetClient() {
      post({ type: "new-client" });
    },
    interrupt() {
      if (!child) return;
      interrupts += 1;
      const request: InterruptRequest = { interrupt: interrupts, cells: [...running.keys()] };
      (child.stdio[interruptFd] as Writable | null | undefined)?.write(`${JSON.stringify(request)}\n`);
      if (running.size > 0 || handled.size > 0) interrupting ??= setTimeout(kill, interruptTimeoutMs);
    },
    debugPipe() {
      wake();
      const pipe = (child?.stdio as (Duplex | null)[] | undefined)?.[debugFd];
      if (!pipe) throw new KernelError("E_DEBUG", "the process that runs cells could not be started");
      return pipe;
    },
    close() {
      closed = true;
      kill();
    },
  };
}
