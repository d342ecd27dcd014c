/** A kernel for one submission: every run has a time limit, and a kernel that died is replaced. */
import { KernelError, launchKernel } from "../../kernel/client/index.ts";
import type { KernelClient } from "../../kernel/client/index.ts";
import { GraderError } from "../errors.ts";

/** How a piece of code ended. */
export interface StepResult {
  status: "ok" | "error" | "timeout" | "died";
  /** Name and message of the error; empty when there was none. */
  ename: string;
  evalue: string;
  /** The `text/plain` of each result that the code gave. */
  results: string[];
  /** Whether everything that ran before is gone, and has to run again. */
  stateLost: boolean;
}

/** Runs code for one submission. */
export interface GradingSession {
  run(code: string): Promise<StepResult>;
  close(): Promise<void>;
}

/** Options of `openSession`. */
export interface SessionOptions {
  /** Code that runs in each fresh state before anything else, without the time limit of a cell. */
  prelude: string;
  /** The folder that the kernel runs in. */
  cwd: string;
  /** The longest that a cell may take. */
  timeoutSeconds: number;
  /** How a kernel is started (default: this package's own kernel). */
  launch?: typeof launchKernel;
  /** Milliseconds that code has to end after an interrupt before its kernel is killed (default 5000). */
  graceMs?: number;
}

// Left in the process that holds the cells' state, to see whether it is still the same one.
const mark = '(globalThis as Record<symbol, unknown>)[Symbol.for("residency.grading")] = true;';
const markProbe = 'Symbol.for("residency.grading") in globalThis';

/** Opens a session; its kernel starts with the first `run`. */
export function openSession(options: SessionOptions): GradingSession {
  const { cwd, prelude, timeoutSeconds, launch = launchKernel, graceMs = 5000 } = options;
  let client: KernelClient | undefined;
  let prepared = false;
  const prepare = async (): Promise<KernelClient> => {
    // What is graded are the exercises; a training cell between them has not to take its minutes.
    const env = { ...process.env, RESIDENCY_PLOTLY: "external", RESIDENCY_FAST: "1" };
    client ??= await launch({ cwd, env });
    if (prepared) return client;
    const reply = await client.execute(`${prelude}\n${mark}`);
    if (reply.status !== "ok") {
      const reason = reply.status === "error" ? `${reply.ename}: ${reply.evalue}` : reply.status;
      throw new GraderError(
        "E_CHECKS",
        `Cannot load the checks: ${reason}. Build the package, then grade again`,
      );
    }
    prepared = true;
    return client;
  };
  const run = async (code: string): Promise<StepResult> => {
    const kernel = await prepare();
    const results: string[] = [];
    const late = { timedOut: false, grace: undefined as NodeJS.Timeout | undefined };
    const limit = setTimeout(() => {
      late.timedOut = true;
      kernel.interrupt().catch(() => undefined);
      late.grace = setTimeout(() => kernel.kill(), graceMs);
    }, timeoutSeconds * 1000);
    try {
      const reply = await kernel.execute(code, {
        stopOnError: false,
        allowStdin: false,
        onMessage(message) {
          if (message.type !== "execute_result") return;
          const text = message.content.data["text/plain"];
          results.push(typeof text === "string" ? text : "");
        },
      });
      if (reply.status === "ok" && !late.timedOut) {
        return { status: "ok", ename: "", evalue: "", results, stateLost: false };
      }
      const { ename, evalue } = reply.status === "error" ? reply : { ename: "Aborted", evalue: "" };
      // A cell that could only be stopped by ending its process takes the state with it.
      const stateLost = ename === "ExecutorDied" || (late.timedOut && !(await hasState(kernel)));
      if (stateLost) prepared = false;
      return {
        status: late.timedOut ? "timeout" : stateLost ? "died" : "error",
        ename,
        evalue,
        results,
        stateLost,
      };
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      client = undefined;
      prepared = false;
      const status = late.timedOut ? "timeout" : "died";
      return { status, ename: "KernelDied", evalue: "the kernel ended", results, stateLost: true };
    } finally {
      clearTimeout(limit);
      clearTimeout(late.grace);
    }
  };
  return {
    run,
    async close() {
      await client?.shutdown();
      client = undefined;
    },
  };
}

async function hasState(kernel: KernelClient): Promise<boolean> {
  let marked = false;
  await kernel.execute(markProbe, {
    onMessage(message) {
      if (message.type === "execute_result") marked = message.content.data["text/plain"] === "true";
    },
  });
  return marked;
}
