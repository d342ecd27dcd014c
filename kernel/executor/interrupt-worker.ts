/** The thread that stops the executor's main thread, however busy that is. */
import { writeSync } from "node:fs";
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { killWithChildren } from "../processes/index.ts";
import { createBlockingChildStopper } from "./child-processes.ts";
import type { BackgroundMessage } from "./child-processes.ts";
import { serveDebugPipe } from "./debug-session.ts";
import { watchMemory } from "./memory-limit.ts";
import { interruptFd } from "./messages.ts";
import type { InterruptMessage } from "./messages.ts";

/** How long the main thread has to answer at first, between its callbacks, and then after each termination. */
const [firstAnswerTimeoutMs, answerTimeoutMs] = [15, 60];
const giveUpMs = 2000;

const session = new Session();
session.connectToMainThread();
const debugging = serveDebugPipe();

let serial = 0;
let terminations = 0;
let answered: InterruptMessage | undefined;
let wake: () => void = () => undefined;
const background = new Set<number>();
parentPort?.on("message", (message: InterruptMessage | BackgroundMessage) => {
  if ("serial" in message) answer(message);
  else if (message.step === "started") background.add(message.pid);
  else background.delete(message.pid);
});
function answer(message: InterruptMessage): void {
  answered = message;
  wake();
}

/** Whether the main thread, which answers only between callbacks, took the step in time. */
async function ask(
  step: InterruptMessage["step"],
  cells: readonly number[],
  timeoutMs = answerTimeoutMs,
): Promise<boolean> {
  serial += 1;
  const message: InterruptMessage = { step, serial, cells };
  parentPort?.postMessage(message);
  await Promise.race([sleep(timeoutMs), new Promise<void>((resolve) => (wake = resolve))]);
  return answered?.serial === serial;
}

async function interrupt(cells: readonly number[]): Promise<void> {
  const deadline = performance.now() + giveUpMs;
  const stopBlockingChild = createBlockingChildStopper(background);
  let timeoutMs = firstAnswerTimeoutMs;
  void debugging.skipPauses(true);
  // A thread that stands at a breakpoint answers nothing.
  while (performance.now() < deadline && (debugging.paused() || !(await ask("stop", cells, timeoutMs)))) {
    timeoutMs = answerTimeoutMs;
    terminations += 1;
    session.post("Runtime.terminateExecution", () => (terminations -= 1));
    if (debugging.paused()) await release();
    else stopBlockingChild();
  }
  // A termination that is still under way would end a callback of the next cell.
  while (performance.now() < deadline && terminations > 0) await sleep(1);
  // Before the next cell may run, which may have a breakpoint.
  await debugging.skipPauses(false);
  while (performance.now() < deadline && !(await ask("settled", cells)));
}

/** Ends the pause at a breakpoint, and with it the code that stands there. */
async function release(): Promise<void> {
  debugging.resume();
  await sleep(1);
}

let running: Promise<void> = Promise.resolve();
const pipe = new Socket({ fd: interruptFd, readable: true, writable: false });
pipe.setEncoding("latin1").on("data", (text: string) => {
  const cells = JSON.parse(text.trim().split("\n").at(-1) ?? "[]") as number[];
  running = running.then(() => interrupt(cells));
});
watchMemory((why) => {
  // The kernel hears the reason on the pipe's way back, before it sees the end.
  writeSync(interruptFd, why);
  killWithChildren(process.pid);
});
// The kernel is gone, and the main thread may be too busy to notice.
pipe.on("close", () => killWithChildren(process.pid));
