/** The executor process: runs cells and knows nothing of sockets or TypeScript. */
import { Worker } from "node:worker_threads";
import { setDisplayHost } from "../display/index.ts";
import { followPromises, takeFailedCell } from "./cell-context.ts";
import { createCellScope } from "./cell-scope.ts";
import { trackChildProcesses } from "./child-processes.ts";
import { captureStreams, send } from "./channel.ts";
import { createCommExecutor } from "./comm-executor.ts";
import { installDebugTarget, takeUncaught } from "./debug-target.ts";
import { describeError } from "./errors.ts";
import { installGlobals } from "./globals.ts";
import type { InterruptMessage, ToExecutor } from "./messages.ts";
import { createCellModules } from "./modules.ts";
import { answerInput, bringPlotlyAgain, notebookDisplay } from "./notebook-display.ts";
import { finishBeside } from "./run-beside.ts";
import { createCellRunner } from "./run-cell.ts";
import { trackTimers } from "./timers.ts";

const exit = process.exit.bind(process);
Error.stackTraceLimit = 50;

const scope = createCellScope();
const modules = createCellModules(process.cwd(), scope);
const runner = createCellRunner(scope, modules, installDebugTarget(scope));
const comms = createCommExecutor();

/** Not 0 while an interrupt needs the hooks of promises out of its way. */
const suspended = new Int32Array(new SharedArrayBuffer(4));
const interrupts = new Worker(new URL("./interrupt-worker.js", import.meta.url), {
  execArgv: [],
  workerData: suspended,
});
interrupts.unref();
interrupts.on("message", (message: InterruptMessage) => {
  const { interrupt, cells } = message.request;
  if (message.step === "stop") {
    runner.stop(cells);
    comms.stop();
  } else {
    if (Atomics.exchange(suspended, 0, 0) !== 0) followPromises(suspended);
    runner.finishStopped(cells);
    comms.finishStopped();
    send({ type: "interrupt-settled", interrupt });
  }
  interrupts.postMessage(message);
});

followPromises(suspended);
captureStreams();
trackTimers();
trackChildProcesses((message) => interrupts.postMessage(message));
setDisplayHost(notebookDisplay);
installGlobals(modules.require);

process.exit = (code) => {
  const error = new Error(
    `process.exit(${code ?? ""}) was called; the kernel goes on. End the cell with throw.`,
  );
  error.name = "ProcessExit";
  throw error;
};
process.on("message", (message: ToExecutor) => {
  if (message.type === "run") runner.run(message);
  else if (message.type === "comm") comms.receive(message.request, message.message);
  else if (message.type === "evaluated") finishBeside(message.request, message.outcome);
  else if (message.type === "new-client") bringPlotlyAgain();
  else answerInput(message.cell, message.value);
});
process.on("disconnect", () => exit(0));
// The terminal sends these to the whole group; the kernel decides what they mean.
process.on("SIGINT", () => undefined);
process.on("warning", (warning) => send({ type: "log", text: `${warning.name}: ${warning.message}` }));
const reportLate = (error: unknown, promise?: object): void =>
  send({ type: "late-error", cell: takeFailedCell(promise).cell, error: describeError(error) });
process.on("uncaughtException", (error) => reportLate(error));
process.on("unhandledRejection", (reason, promise) => {
  if (!takeUncaught(reason, promise)) reportLate(reason, promise);
});
