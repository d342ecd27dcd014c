/** What a reply says where it is not the cell's own error that ended it. */
import type { ErrorContent } from "../protocol/index.ts";
import type { ExecutorEnd } from "./executor-process.ts";

/** An error as the end of an execution. */
export type Failure = { status: "error" } & ErrorContent;

/** A cell that was interrupted. */
export const interruptedContent: ErrorContent = {
  ename: "KeyboardInterrupt",
  evalue: "the cell was interrupted",
  traceback: ["KeyboardInterrupt: the cell was interrupted; variables keep their values"],
};

/** A request for a subshell that is not there. */
export const unknownSubshell: Failure = {
  status: "error",
  ename: "SubshellError",
  evalue: "there is no subshell of this name; create_subshell_request makes one",
  traceback: [],
};

/** A request whose content has no code. */
export const codeIsMissing: Failure = {
  status: "error",
  ename: "ProtocolError",
  evalue: "code must be a string",
  traceback: [],
};

/** What the end of an executor means for who reads it. */
export function executorDeath({ how, interrupted, replaced }: ExecutorEnd): string {
  return interrupted
    ? "the cell could only be stopped by ending its process; all variables are lost"
    : `the process that runs cells ${how}; all variables are lost, ${replaced ? "a new one is ready" : "the next cell starts a new one"}`;
}

/** A cell whose executor ended. */
export function deathContent(end: ExecutorEnd): ErrorContent {
  const ename = end.interrupted ? "KeyboardInterrupt" : "ExecutorDied";
  const evalue = executorDeath(end);
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
}

/** Something that went wrong in the kernel itself. */
export function internalError(error: unknown): Failure {
  const evalue = error instanceof Error ? error.message : String(error);
  return { status: "error", ename: "KernelError", evalue, traceback: [`KernelError: ${evalue}`] };
}
