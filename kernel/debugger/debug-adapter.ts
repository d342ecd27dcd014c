/** Jupyter's debug requests: the Debug Adapter Protocol, answered by way of the inspector of the executor. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { KernelError } from "../errors.ts";
import type { DebugResponse, JsonObject } from "../protocol/index.ts";
import { cellFileNames, createCellSources } from "./cell-sources.ts";
import { openDebugConnection, visibleScripts } from "./debug-connection.ts";
import type { DebugConnection } from "./debug-connection.ts";
import type { DebugHost } from "./debug-host.ts";
import { copyToGlobals, createInspection, richInspectVariables } from "./inspection.ts";
import { threadId } from "./pauses.ts";
import { optionalNumber, sourcePath, textArgument, toDebugRequest } from "./request-arguments.ts";
import { fileSource } from "./stack-frames.ts";
import { exceptionFilters, threadRequests } from "./thread-requests.ts";

/** The debugger of a kernel. */
export interface DebugAdapter {
  /** Answers the content of a debug_request message; errors are responses too. */
  request(content: JsonObject): Promise<DebugResponse>;
  /** Sets the breakpoints of a compiled cell before it runs. */
  beforeRun(cell: number): Promise<void>;
  /** Lets code go that stands at a breakpoint though no cell runs, and ends it. */
  interrupt(): void;
  /** Ends debugging; the cell goes on. */
  detach(): Promise<void>;
}

type Handler = (given: JsonObject) => Promise<object>;

const capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsExceptionInfoRequest: true,
  supportsModulesRequest: true,
  exceptionBreakpointFilters: exceptionFilters,
};

/** A debugger that is not attached. */
export function createDebugAdapter(host: DebugHost): DebugAdapter {
  const sources = createCellSources(host);
  const inspectVariables = createInspection();
  let connection: DebugConnection | undefined;
  let withTypes = true;
  /** From `initialize` on, since a front end that asks before `attach` would take the session for ended. */
  let started = false;
  let sequence = 0;
  /** Requests that change the connection or its breakpoints, one after another. */
  let changes: Promise<unknown> = Promise.resolve();

  const emit = (event: string, body: object = {}): void => {
    sequence += 1;
    host.publish({ type: "event", seq: sequence, event, body: body as JsonObject });
  };
  const connect = (): DebugConnection => {
    connection ??= openDebugConnection({
      ...{ host, sources, withTypes, emit },
      onClose(wasAttached, wasPaused) {
        connection = undefined;
        started = false;
        if (wasPaused) emit("continued", { threadId, allThreadsContinued: true });
        if (wasAttached) emit("terminated");
      },
    });
    return connection;
  };
  const detach = async (): Promise<void> => {
    const closing = connection;
    const wasAttached = closing?.attached() === true;
    started = false;
    await closing?.close();
    if (connection === closing) connection = undefined;
    if (wasAttached) emit("terminated");
  };

  const handlers: Record<string, Handler> = {
    initialize(given) {
      // JupyterLab shows the type in place of the value, unless it is one of Python's.
      withTypes = given["supportsVariableType"] === true && given["clientID"] !== "jupyterlab";
      started = true;
      return Promise.resolve(capabilities);
    },
    async attach() {
      // A connection that only inspected variables does not know this client.
      if (connection?.attached() === false) await detach();
      started = true;
      await connect().attach();
      emit("initialized");
      return {};
    },
    configurationDone: () => Promise.resolve({}),
    async disconnect() {
      await detach();
      return {};
    },
    debugInfo() {
      return Promise.resolve({
        isStarted: started,
        ...cellFileNames,
        breakpoints: connection?.breakpoints.list() ?? [],
        stoppedThreads: connection?.pauses.paused() ? [threadId] : [],
        richRendering: true,
        exceptionPaths: [],
        copyToGlobals: true,
      });
    },
    dumpCell: (given) => Promise.resolve({ sourcePath: sources.dump(textArgument(given, "code")) }),
    async source(given) {
      const path = sourcePath(given);
      const code = sources.code(path);
      if (code !== undefined) return { content: code, mimeType: "application/typescript" };
      // Only what the cells have loaded is shown, and no other file.
      const loaded = visibleScripts(connection?.scripts ?? new Map<string, string>());
      const found = loaded.find(([, address]) => fileSource(address).path === path);
      if (!found)
        throw new KernelError("E_DEBUG", `Cannot show ${path}: it is neither a cell nor a loaded file.`);
      return { content: await readFile(fileURLToPath(found[1]), "utf8") };
    },
    modules(given) {
      const all = visibleScripts(connection?.scripts ?? new Map<string, string>());
      const start = optionalNumber(given, "startModule") ?? 0;
      const count = optionalNumber(given, "moduleCount") ?? 0;
      const modules = all.slice(start, count > 0 ? start + count : undefined).map(([id, address]) => {
        const { name, path } = fileSource(address);
        return { id, name, path };
      });
      return Promise.resolve({ modules, totalModules: all.length });
    },
    inspectVariables: () => inspectVariables(connect()),
    richInspectVariables: (given) => richInspectVariables(connect(), given),
    copyToGlobals: (given) => copyToGlobals(connect(), given, host),
  };
  const inOrder = new Set(["attach", "disconnect", "setBreakpoints", "setExceptionBreakpoints"]);

  const handle = (command: string, given: JsonObject): Promise<object> => {
    const own = Object.hasOwn(handlers, command) ? handlers[command] : undefined;
    if (own) return own(given);
    const handler = Object.hasOwn(threadRequests, command) ? threadRequests[command] : undefined;
    if (!handler)
      throw new KernelError("E_DEBUG", `The debugger does not know the request ${JSON.stringify(command)}.`);
    if (connection && (connection.attached() || command === "variables")) return handler(connection, given);
    throw new KernelError(
      "E_DEBUG",
      `Cannot answer ${command}: the debugger is not attached. Send attach first.`,
    );
  };

  return {
    async request(content) {
      const { seq, command, arguments: given } = toDebugRequest(content);
      sequence += 1;
      const response = { type: "response", seq: sequence, request_seq: seq, command } as const;
      try {
        let answer: Promise<object>;
        if (inOrder.has(command)) {
          answer = changes.then(() => handle(command, given));
          changes = answer.catch(() => undefined);
        } else {
          answer = handle(command, given);
        }
        return { ...response, success: true, body: (await answer) as JsonObject };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const empty = command === "inspectVariables" || command === "variables" ? { variables: [] } : {};
        return {
          ...response,
          success: false,
          message,
          body: { ...empty, error: { id: 1, format: message } },
        };
      }
    },
    async beforeRun(cell) {
      if (!connection?.attached()) return;
      await connection.breakpoints
        .prepare(cell)
        .catch((error: unknown) => host.log(`breakpoints: ${String(error)}`));
    },
    interrupt() {
      if (!connection?.pauses.paused()) return;
      connection.inspector.post("Debugger.resume", { terminateOnResume: true }).catch(() => undefined);
    },
    detach,
  };
}
