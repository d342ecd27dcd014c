/** The thread that stops the executor's main thread, however busy that is. */
import { writeSync } from "node:fs";
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { killWithChildren } from "../processes/index.ts";
import { createBlockingChildStopper } from "./child-processes.ts";
import type { BackgroundMessage } from "./child-processes.ts";
import { serveDebugPipe } from "./debug-session.ts";
import { watchMemory } from "./memory-limit.ts";
import { interruptFd } from "./messages.ts";
import type { InterruptMessage, InterruptRequest } from "./messages.ts";

/** How long the main thread has to answer at first, between its callbacks, and then after each termination. */
const [firstAnswerTimeoutMs, answerTimeoutMs] = [15, 60];
const giveUpMs = 2000;

const session = new Session();
session.connectToMainThread();
const debugging = serveDebugPipe();

let terminations = 0;
/** Whether V8 refuses to terminate, since it waits for the end of a termination that never comes. */
let isTerminationLost = false;
/** Set to keep terminations out of the hooks of promises, which lose them while a debugger is attached. */
const suspended = workerData as Int32Array;
/** Ends by its time limit, and with that what V8 takes for under way. */
const tooLong = {
  expression: "for (const end = Date.now() + 100; Date.now() < end;);",
  timeout: 1,
  silent: true,
  disableBreaks: true,
};
let answered: InterruptMessage | undefined;
let wake: () => void = () => undefined;
const background = new Set<number>();
parentPort?.on("message", (message: InterruptMessage | BackgroundMessage) => {
  if ("request" in message) answer(message);
  else if (message.step === "started") background.add(message.pid);
  else background.delete(message.pid);
});
function answer(message: InterruptMessage): void {
  answered = message;
  wake();
}

/** Whether the main thread, which answers only between callbacks, has taken the step, now or when asked before. */
async function ask(
  step: InterruptMessage["step"],
  request: InterruptRequest,
  timeoutMs = answerTimeoutMs,
): Promise<boolean> {
  parentPort?.postMessage({ step, request } satisfies InterruptMessage);
  const isAnswered = (): boolean =>
    answered?.step === step && answered.request.interrupt === request.interrupt;
  if (isAnswered()) return true;
  await Promise.race([sleep(timeoutMs), new Promise<void>((resolve) => (wake = resolve))]);
  return isAnswered();
}

async function interrupt(request: InterruptRequest): Promise<void> {
  const deadline = performance.now() + giveUpMs;
  const stopBlockingChild = createBlockingChildStopper(background);
  let timeoutMs = firstAnswerTimeoutMs;
  isTerminationLost = false;
  // Stopping a cell rejects what it waits for, at which a debugger may want to stop.
  await skipPauses(true);
  // A thread that stands at a breakpoint answers nothing.
  while (performance.now() < deadline && (debugging.paused() || !(await ask("stop", request, timeoutMs)))) {
    timeoutMs = answerTimeoutMs;
    terminate();
    if (debugging.paused()) await release();
    else stopBlockingChild();
  }
  // A termination that is still under way would end a callback of the next cell.
  while (performance.now() < deadline && terminations > 0) await sleep(1);
  // Before the next cell may run, which may have a breakpoint.
  await skipPauses(false);
  while (performance.now() < deadline && !(await ask("settled", request))) {
    // What the cell left behind has met a breakpoint at the last moment.
    if (debugging.paused()) await release();
  }
}

/** Resolves when the main thread knows, or is too busy to hear of it; it hears of it before it ends a pause. */
async function skipPauses(skip: boolean): Promise<void> {
  await Promise.race([debugging.skipPauses(skip), sleep(answerTimeoutMs)]);
}

/** Ends what the main thread runs. */
function terminate(): void {
  if (isTerminationLost && !debugging.paused()) session.post("Runtime.evaluate", tooLong);
  isTerminationLost = false;
  terminations += 1;
  session.post("Runtime.terminateExecution", (error) => {
    terminations -= 1;
    if (!error) return;
    isTerminationLost = true;
    Atomics.store(suspended, 0, 1);
    wake();
  });
}

/** Ends the pause at a breakpoint, and with it the code that stands there. */
async function release(): Promise<void> {
  debugging.resume();
  await sleep(1);
}

let running: Promise<void> = Promise.resolve();
/** Interrupts that came while another was under way, as one. */
let next: InterruptRequest | undefined;
const pipe = new Socket({ fd: interruptFd, readable: true, writable: false });
createInterface({ input: pipe }).on("line", (line) => {
  const { interrupt: number, cells } = JSON.parse(line) as InterruptRequest;
  next = { interrupt: number, cells: [...new Set([...(next?.cells ?? []), ...cells])] };
  running = running.then(async () => {
    const request = next;
    next = undefined;
    if (request) await interrupt(request);
  });
});
watchMemory((why) => {
  // The kernel hears the reason on the pipe's way back, before it sees the end.
  writeSync(interruptFd, why);
  killWithChildren(process.pid);
});
// The kernel is gone, and the main thread may be too busy to notice.
pipe.on("close", () => killWithChildren(process.pid));
