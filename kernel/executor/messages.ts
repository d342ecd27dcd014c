/** What the kernel process and the executor say to each other; a cell is known by a number. */
import type { CommMessage } from "../comm/index.ts";
import type { Representations } from "../display/index.ts";

/** From the kernel to the executor. */
export type ToExecutor =
  | { type: "run"; cell: number; js: string; allowStdin: boolean }
  | { type: "input-reply"; cell: number; value: string }
  | { type: "comm"; request: number; message: CommMessage }
  | { type: "evaluated"; request: number; outcome: CodeOutcome }
  | { type: "new-client" };

/** How code that a cell had run beside it ended; an error in its types is one too, and nothing of it has run then. */
export type CodeOutcome = { status: "ok" } | { status: "error"; ename: string; evalue: string };

/** An error in plain data. */
export interface ErrorDescription {
  name: string;
  message: string;
  /** The stack as V8 wrote it, causes included. */
  stack: string;
}

/** How a cell ended. */
export type Outcome =
  | { status: "ok"; result: Representations | undefined }
  | { status: "error"; error: ErrorDescription }
  | { status: "interrupted" };

/** About comms, from the executor to the kernel; `request` is the comm message that was being handled. */
export type CommReport =
  | { type: "comm"; cell: number; request: number | undefined; message: CommMessage }
  | { type: "comm-target"; target: string; registered: boolean }
  | { type: "comm-done"; request: number };

/** From the executor to the kernel. */
export type FromExecutor =
  | CommReport
  | { type: "stream"; cell: number; name: "stdout" | "stderr"; text: string }
  | { type: "display"; cell: number; data: Representations; id: string | undefined; update: boolean }
  | { type: "clear-output"; cell: number; wait: boolean }
  | { type: "input"; cell: number; prompt: string; password: boolean }
  | { type: "evaluate"; cell: number; request: number; code: string }
  | { type: "late-error"; cell: number; error: ErrorDescription }
  | { type: "folder"; folder: string }
  | { type: "done"; cell: number; outcome: Outcome }
  /** Nothing of the interrupt of this number, or of one before it, is under way any more. */
  | { type: "interrupt-settled"; interrupt: number }
  | { type: "log"; text: string };

/** The name of a cell's script, which stands in stack traces until they are mapped. */
export const scriptName = (cell: number): string => `residency-cell:${cell}`;

/** What the kernel asks of the interrupt thread, as a line of JSON. */
export interface InterruptRequest {
  /** Interrupts count from 1. */
  interrupt: number;
  /** The cells to stop; none when only a callback is to end. */
  cells: readonly number[];
}

/** Between the executor's thread and its interrupt thread. */
export interface InterruptMessage {
  /** "stop" ends the cell, "settled" says that no termination is under way any more; both are answered by the same. */
  step: "stop" | "settled";
  request: InterruptRequest;
}

/** The file descriptor on which the executor hears interrupts while its own thread is busy. */
export const interruptFd = 4;

/** The file descriptor on which the debugger speaks with the executor while its own thread is paused. */
export const debugFd = 5;

/** The one method of the debugger's pipe that is not the inspector's own: it ends the session. */
export const disconnectMethod = "Session.disconnect";

/** The name of the symbol under which `globalThis` has what the debugger needs of the executor. */
export const debugTargetName = "residency.debugTarget";
