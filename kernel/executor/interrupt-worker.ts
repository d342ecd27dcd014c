/** The thread that stops the executor's main thread, however busy that is. */
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { interruptFd } from "./messages.ts";
import type { InterruptMessage } from "./messages.ts";

/** How long the main thread has to answer at first, between its callbacks, and then after each termination. */
const [firstAnswerTimeoutMs, answerTimeoutMs] = [15, 60];
const giveUpMs = 2000;

const session = new Session();
session.connectToMainThread();

let serial = 0;
let terminations = 0;
let answered: InterruptMessage | undefined;
let wake: () => void = () => undefined;
parentPort?.on("message", (message: InterruptMessage) => {
  answered = message;
  wake();
});

/** Whether the main thread, which answers only between callbacks, took the step in time. */
async function ask(
  step: InterruptMessage["step"],
  cell: number,
  timeoutMs = answerTimeoutMs,
): Promise<boolean> {
  serial += 1;
  const message: InterruptMessage = { step, serial, cell };
  parentPort?.postMessage(message);
  await Promise.race([sleep(timeoutMs), new Promise<void>((resolve) => (wake = resolve))]);
  return answered?.serial === serial;
}

async function interrupt(cell: number): Promise<void> {
  const deadline = performance.now() + giveUpMs;
  let timeoutMs = firstAnswerTimeoutMs;
  while (performance.now() < deadline && !(await ask("stop", cell, timeoutMs))) {
    timeoutMs = answerTimeoutMs;
    terminations += 1;
    session.post("Runtime.terminateExecution", () => (terminations -= 1));
  }
  // A termination that is still under way would end a callback of the next cell.
  while (performance.now() < deadline && terminations > 0) await sleep(1);
  while (performance.now() < deadline && !(await ask("settled", cell)));
}

let running: Promise<void> = Promise.resolve();
const pipe = new Socket({ fd: interruptFd, readable: true, writable: false });
pipe.setEncoding("latin1").on("data", (text: string) => {
  const cell = Number(text.trim().split("\n").at(-1));
  running = running.then(() => interrupt(cell));
});
// The kernel is gone, and the main thread may be too busy to notice.
pipe.on("close", () => process.kill(process.pid, "SIGKILL"));
