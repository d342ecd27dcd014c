/** Runs execute requests: compile, run, outputs, reply; one after another, but those of subshells beside the others. */
import type { DebugHost } from "../debugger/index.ts";
import type { CodeOutcome, FromExecutor } from "../executor/messages.ts";
import type { CellLanguage } from "../language/language-service.ts";
import { booleanAt } from "../protocol/index.ts";
import type { ErrorContent, JsonObject, Message, MessageHeader } from "../protocol/index.ts";
import type { KernelSockets } from "../protocol/sockets.ts";
import { createCellOutputs } from "./cell-outputs.ts";
import type { KnownCell } from "./cell-outputs.ts";
import { createKernelComms, isCommReport } from "./comms.ts";
import type { KernelComms } from "./comms.ts";
import type { ExecutorEnd, ExecutorProcess, RunOutcome } from "./executor-process.ts";
import {
  codeIsMissing,
  deathContent,
  executorDeath,
  internalError,
  interruptedContent,
  unknownSubshell,
} from "./failures.ts";
import type { Failure } from "./failures.ts";
import type { History } from "./history.ts";
import { askedName, pagePayload, userExpressions } from "./language-requests.ts";
import { createLanes } from "./lanes.ts";
import type { Execution, Subshells } from "./lanes.ts";
import { diagnosticsContent, errorContent, mapBundleStacks } from "./stack-trace.ts";
import type { FindCell } from "./stack-trace.ts";

/** The queue of executions and the executor behind it. */
export interface ExecutionQueue {
  /** Takes an execute request; its reply comes when those before it in its shell are done. */
  add(message: Message): void;
  /** The subshells, whose cells run while those of the main shell wait (JEP 91). */
  readonly subshells: Subshells;
  /** Stops the running cells, or else the endless callback of one that has ended. */
  interrupt(): void;
  /** Takes an answer to a question that a cell asked. */
  answerInput(message: Message): void;
  /** Tells the executor that a front end has come, such as a reloaded page, which has seen nothing yet. */
  greetClient(): void;
  /** The comms between front ends and cells. */
  readonly comms: KernelComms;
  /** The request that is running now; that of the main shell, if there is one. */
  running(): MessageHeader | undefined;
  /** What the debugger works with. */
  readonly debugged: Pick<DebugHost, "cells" | "connect">;
  close(): void;
}

/** What an execution queue works with. */
export interface ExecutionOptions {
  sockets: KernelSockets;
  language: CellLanguage;
  history: History;
  executor: ExecutorProcess;
  log: (text: string) => void;
  /** Called before a cell runs, with its number; the cell waits for it. */
  beforeRun: (cell: number) => Promise<void> | undefined;
}

type ExecutionEnd = { status: "ok"; user_expressions: JsonObject; payload: JsonObject[] } | Failure;

/** Cells whose late outputs and stacks can still be told apart. */
const keptCells = 2000;

/** An empty queue in front of an executor. */
export function createExecutionQueue(options: ExecutionOptions): ExecutionQueue {
  const { sockets, language, history, log } = options;
  const cells = new Map<number, KnownCell>();
  let latest: Execution | undefined;
  let asking: Execution | undefined;
  let cellCount = 0;
  let executionCount = 0;
  /** How often the executor has died. */
  let replacements = 0;

  const outputs = createCellOutputs(sockets, cells);
  const remember = (record: KnownCell): number => {
    cellCount += 1;
    cells.set(cellCount, record);
    cells.delete(cellCount - keptCells);
    return cellCount;
  };
  const findCell: FindCell = (cell) => cells.get(cell);
  const hear = (message: Exclude<FromExecutor, { type: "done" | "interrupt-settled" }>): void => {
    if (isCommReport(message)) {
      comms.hear(message);
      return;
    }
    switch (message.type) {
      case "log":
        log(message.text);
        break;
      case "folder":
        void language.setFolder(message.folder);
        break;
      case "evaluate":
        void runBeside(message.cell, message.code).then((outcome) =>
          executor.answerEvaluation(message.request, outcome),
        );
        break;
      case "input": {
        const { prompt, password } = message;
        asking = lanes.running().find(({ cell }) => cell === message.cell);
        if (asking) void sockets.send("stdin", asking.message, "input_request", { prompt, password });
        break;
      }
      default:
        outputs.publish(message);
    }
  };
  /** All names went with the executor, whatever ended it; where no cell fails with the reason, somebody has to be told. */
  const beginAnew = (end: ExecutorEnd, ran: readonly number[]): void => {
    replacements += 1;
    comms.reset();
    language.reset().catch((error: unknown) => log(`the types of lost cells stay: ${String(error)}`));
    log(executorDeath(end));
    const isTold = lanes.running().some(({ cell, silent }) => !silent && ran.includes(cell));
    // One that ends at once where nothing ran in it has lost nothing.
    if (!isTold && end.inARow === 1) outputs.tell(`${executorDeath(end)}\n`);
  };
  const { executor } = options;
  executor.listen({
    onMessage(message) {
      try {
        hear(message);
      } catch (error) {
        // An output that cannot be sent must not end the kernel.
        outputs.lose("cell" in message ? message.cell : 0, error);
      }
    },
    onOutput: (name, text) => outputs.stream((lanes.running()[0] ?? latest)?.cell ?? 0, name, text),
    onReplaced: beginAnew,
  });
  const comms = createKernelComms({
    sockets,
    log,
    handle: (request, message) => executor.handleComm({ type: "comm", request, message }),
    headerOf: (cell) => cells.get(cell)?.header,
    running: () => lanes.running()[0]?.message.header,
    isBusy: () => lanes.isBusy(),
  });

  /** Compiles code of an execution and keeps it under a number; again where the executor died meanwhile, and names with it. */
  const prepare = async (
    execution: Execution,
    source: { code: string; name: string },
    keep: (known: KnownCell) => number | Promise<number>,
  ): Promise<{ cell: number; js: string } | Failure> => {
    const { message, silent } = execution;
    for (;;) {
      const replaced = replacements;
      const compiled = await language.compile(source);
      if (!compiled.ok) return { status: "error", ...diagnosticsContent(compiled.errors, source) };
      const cell = await keep({ ...compiled, ...source, header: message.header, silent });
      await executor.settled();
      if (execution.interrupted) return { status: "error", ...interruptedContent };
      if (replaced === replacements) return { cell, js: compiled.js };
    }
  };
  const runCell = async (execution: Execution, code: string, name: string): Promise<ExecutionEnd> => {
    const { message, cell } = execution;
    const asked = askedName(code);
    if (asked !== undefined) {
      return { status: "ok", user_expressions: {}, payload: [await pagePayload(language, asked)] };
    }
    const prepared = await prepare(execution, { code, name }, async (known) => {
      cells.set(cell, known);
      await options.beforeRun(cell);
      return cell;
    });
    if ("status" in prepared) return prepared;
    const allowStdin = booleanAt(message.content, "allow_stdin", true);
    const outcome = await executor.run({ ...prepared, allowStdin });
    if (outcome.status !== "ok") return { status: "error", ...failureContent(outcome) };
    if (outcome.result && !execution.silent) {
      const data = mapBundleStacks(outcome.result as JsonObject, findCell);
      const content = { execution_count: execution.count, data, metadata: {} };
      void sockets.publish("execute_result", content, message.header);
      const text = data["text/plain"];
      if (typeof text === "string") history.addResult(execution.count, text);
    }
    const expressions: JsonObject = {};
    for (const [key, expression] of Object.entries(userExpressions(message.content))) {
      expressions[key] = await evaluate(execution, expression);
    }
    return { status: "ok", user_expressions: expressions, payload: [] };
  };
  /** Runs code that belongs to an execution, but is not its cell. */
  const runFurther = async (
    execution: Execution,
    code: string,
    name: string,
  ): Promise<(RunOutcome & { status: "ok" }) | Failure> => {
    // With a number of its own, since its places are found by source maps of its own.
    const prepared = await prepare(execution, { code, name }, remember);
    if ("status" in prepared) return prepared;
    const outcome = await executor.run({ ...prepared, allowStdin: false });
    return outcome.status === "ok" ? outcome : { status: "error", ...failureContent(outcome) };
  };
  /** Runs code that a cell asked for, while it waits. */
  const runBeside = async (cell: number, code: string): Promise<CodeOutcome> => {
    const execution = lanes.running().find((each) => each.cell === cell);
    if (!execution) return { status: "error", ename: "KernelError", evalue: "the cell that asked has ended" };
    const outcome = await runFurther(execution, code, "tests").catch(internalError);
    if (outcome.status === "ok") return { status: "ok" };
    return { status: "error", ename: outcome.ename, evalue: outcome.evalue };
  };
  /** What a user expression gives: the representations of its value, or its error in place of them. */
  const evaluate = async (execution: Execution, code: string): Promise<JsonObject> => {
    const outcome = await runFurther(execution, code, "user expression");
    if (outcome.status === "error") return { ...outcome };
    const data = mapBundleStacks((outcome.result ?? {}) as JsonObject, findCell);
    return { status: "ok", data, metadata: {} };
  };
  const failureContent = (outcome: Exclude<RunOutcome, { status: "ok" }>): ErrorContent => {
    if (outcome.status === "interrupted") return interruptedContent;
    return outcome.status === "error" ? errorContent(outcome.error, findCell) : deathContent(outcome);
  };

  const execute = async (message: Message, begin: (execution: Execution) => void): Promise<boolean> => {
    const { content, header } = message;
    const { code } = content;
    const silent = booleanAt(content, "silent", false);
    const store = booleanAt(content, "store_history", !silent) && !silent;
    if (store) executionCount += 1;
    const count = executionCount;
    const name = silent ? "silent cell" : `cell ${count}`;
    const cell = remember({ name, code: "", js: "", maps: [], header, silent });
    const execution: Execution = { message, cell, count, silent, interrupted: false };
    begin(execution);
    latest = execution;
    const ending = (
      typeof code === "string" ? runCell(execution, code, name) : Promise.resolve(codeIsMissing)
    ).catch((error: unknown) =>
      execution.interrupted ? ({ status: "error", ...interruptedContent } as const) : internalError(error),
    );
    // Once the compiler has been asked, and before it can have answered.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    void sockets.publish("status", { execution_state: "busy" }, header);
    if (typeof code === "string") {
      if (!silent) void sockets.publish("execute_input", { code, execution_count: count }, header);
      if (store) history.add(count, code);
    }
    let end: ExecutionEnd = await ending;
    const publishError = ({ ename, evalue, traceback }: ErrorContent): void => {
      if (!silent) void sockets.publish("error", { ename, evalue, traceback }, header);
    };
    if (end.status === "error") publishError(end);
    execution.ended = true;
    try {
      await sockets.send("shell", message, "execute_reply", { ...end, execution_count: count });
    } catch (error) {
      // Too long for a message, as user expressions may be.
      end = internalError(error);
      publishError(end);
      await sockets.send("shell", message, "execute_reply", { ...end, execution_count: count });
    }
    await sockets.publish("status", { execution_state: "idle" }, header);
    return end.status === "ok" || !booleanAt(content, "stop_on_error", true);
  };
  const abort = async (message: Message): Promise<void> => {
    void sockets.publish("status", { execution_state: "busy" }, message.header);
    // Without a count, which front ends would write beside a cell that did not run.
    await sockets.send("shell", message, "execute_reply", { status: "aborted" });
    await sockets.publish("status", { execution_state: "idle" }, message.header);
  };

  /** The request names a subshell that is not there. */
  const refuse = async (message: Message): Promise<void> => {
    void sockets.publish("status", { execution_state: "busy" }, message.header);
    const content = { ...unknownSubshell, execution_count: executionCount };
    await sockets.send("shell", message, "execute_reply", content);
    await sockets.publish("status", { execution_state: "idle" }, message.header);
  };
  const lanes = createLanes({ execute, abort, onIdle: () => comms.releaseHeld() });

  return {
    comms,
    greetClient: () => executor.greetClient(),
    subshells: lanes,
    add(message) {
      if (!lanes.add(message)) void refuse(message);
    },
    interrupt() {
      for (const execution of lanes.running()) execution.interrupted = true;
      executor.interrupt();
      language.interrupt();
    },
    answerInput({ content }) {
      const value = typeof content["value"] === "string" ? content["value"] : "";
      if (asking) executor.answerInput(asking.cell, value);
    },
    running: () => lanes.running()[0]?.message.header,
    debugged: { cells, connect: () => executor.debugPipe() },
    close: () => executor.close(),
  };
}
