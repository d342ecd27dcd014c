/** The thread that stops the executor's main thread, however busy that is. */
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { serveDebugPipe } from "./debug-session.ts";
import { interruptFd } from "./messages.ts";
import type { InterruptMessage } from "./messages.ts";

const answerTimeoutMs = 60;
const giveUpMs = 2000;

const session = new Session();
session.connectToMainThread();
const debugging = serveDebugPipe();

let serial = 0;
let terminations = 0;
let answered: InterruptMessage | undefined;
let wake: () => void = () => undefined;
parentPort?.on("message", (message: InterruptMessage) => {
  answered = message;
  wake();
});

/** Whether the main thread, which answers only between callbacks, took the step in time. */
async function ask(step: InterruptMessage["step"]): Promise<boolean> {
  serial += 1;
  const message: InterruptMessage = { step, serial };
  parentPort?.postMessage(message);
  await Promise.race([sleep(answerTimeoutMs), new Promise<void>((resolve) => (wake = resolve))]);
  return answered?.serial === serial;
}

async function interrupt(): Promise<void> {
  const deadline = performance.now() + giveUpMs;
  debugging.skipPauses(true);
  // A thread that stands at a breakpoint answers nothing.
  while (performance.now() < deadline && (debugging.paused() || !(await ask("stop")))) {
    terminations += 1;
    session.post("Runtime.terminateExecution", () => (terminations -= 1));
    if (debugging.paused()) await release();
  }
  // A termination that is still under way would end a callback of the next cell.
  while (performance.now() < deadline && terminations > 0) await sleep(1);
  while (performance.now() < deadline && !(await ask("settled")));
  debugging.skipPauses(false);
}

/** Ends the pause at a breakpoint, and with it the code that stands there. */
async function release(): Promise<void> {
  debugging.resume();
  await sleep(1);
}

let running: Promise<void> = Promise.resolve();
const pipe = new Socket({ fd: interruptFd, readable: true, writable: false });
pipe.on("data", () => {
  running = running.then(interrupt);
});
// The kernel is gone, and the main thread may be too busy to notice.
pipe.on("close", () => process.kill(process.pid, "SIGKILL"));
