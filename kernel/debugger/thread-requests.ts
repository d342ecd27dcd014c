/** Requests about the thread of the cells: where it stands, what it sees there, and how it goes on. */
import type { Debugger } from "node:inspector";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { KernelError } from "../errors.ts";
import type { JsonObject } from "../protocol/index.ts";
import type { DebugConnection } from "./debug-connection.ts";
import {
  numberArgument,
  objectsArgument,
  optionalNumber,
  sourcePath,
  textArgument,
} from "./request-arguments.ts";
import type { RunCommand } from "./pauses.ts";
import { threadId } from "./pauses.ts";
import { isCellBody } from "./stack-frames.ts";
import { pausedGroup } from "./variables.ts";
import type { NamedValue, Variables } from "./variables.ts";

/** Answers a request with the body of its response. */
export type RequestHandler = (connection: DebugConnection, given: JsonObject) => Promise<object>;

/** Exceptions at which a client may want to stop, as `initialize` lists them. */
export const exceptionFilters: DebugProtocol.ExceptionBreakpointsFilter[] = [
  { filter: "uncaught", label: "Uncaught exceptions", description: "Stop where a cell fails" },
  { filter: "all", label: "All exceptions", description: "Stop at every exception, also where it is caught" },
];

const go =
  (command: RunCommand, body: object = {}): RequestHandler =>
  async ({ pauses }) => {
    await pauses.go(command);
    return body;
  };

const list = (connection: DebugConnection, reference: number): Variables =>
  connection.inspectedVariables.has(reference) ? connection.inspectedVariables : connection.pausedVariables;

const frameOf = ({ pauses }: DebugConnection, given: JsonObject): Debugger.CallFrame | undefined => {
  const id = optionalNumber(given, "frameId");
  return id === undefined ? undefined : pauses.frame(id);
};

/** The variables of several scopes as one list, where inner names hide outer ones. */
async function mergedLocals(
  connection: DebugConnection,
  scopes: readonly Debugger.Scope[],
): Promise<NamedValue[]> {
  const merged = new Map<string, NamedValue>();
  for (const scope of scopes) {
    for (const found of await connection.evaluation.locals(scope)) {
      if (!merged.has(found.name)) merged.set(found.name, found);
    }
  }
  return [...merged.values()];
}

async function scopesOf(connection: DebugConnection, id: number): Promise<DebugProtocol.Scope[]> {
  const { pauses, pausedVariables, evaluation, scripts } = connection;
  const frame = pauses.frame(id);
  const { scopeChain } = frame;
  const ownEnd = scopeChain.findIndex(({ type }) => type === "local" || type === "module") + 1;
  const own = scopeChain.slice(0, ownEnd);
  const result: DebugProtocol.Scope[] = [];
  const add = (name: string, fetch: () => Promise<NamedValue[]>, hint?: string): void => {
    const variablesReference = pausedVariables.add({ kind: "scope", frame: id, fetch });
    const presentationHint = hint === undefined ? {} : { presentationHint: hint };
    result.push({ name, variablesReference, expensive: false, ...presentationHint });
  };
  const locals = async (): Promise<NamedValue[]> => {
    const found = await mergedLocals(connection, own);
    const extra: NamedValue[] = [];
    if (frame.this.type !== "undefined")
      extra.push({ name: "this", value: frame.this, evaluateName: "this" });
    if (frame.returnValue) extra.push({ name: "return value", value: frame.returnValue });
    return [...found, ...extra];
  };
  // What a cell declares at its top level is the notebook's, so that most cells have no locals of their own.
  if (!isCellBody(frame, scripts) || (await locals()).length > 0) add("Local", locals, "locals");
  for (const scope of scopeChain.slice(ownEnd)) {
    if (scope.type === "global" || scope.type === "script") continue;
    const around = (): Promise<NamedValue[]> => evaluation.locals(scope);
    if ((await around()).length === 0) continue;
    const kind = scope.type.charAt(0).toUpperCase() + scope.type.slice(1);
    add(scope.name ? `${kind} (${scope.name})` : kind, around);
  }
  add("Notebook", () => evaluation.notebook(pausedGroup));
  return result;
}

async function assign(
  connection: DebugConnection,
  target: string,
  value: string,
  frame?: Debugger.CallFrame,
) {
  const { evaluation, pauses, pausedVariables } = connection;
  const assigned = await evaluation.evaluate(`${target} = (${value}\n)`, { frame, paused: pauses.paused() });
  return pausedVariables.toResult(assigned, target);
}

/** The handlers by command. */
export const threadRequests: Record<string, RequestHandler> = {
  async setBreakpoints({ breakpoints }, given) {
    const requested = objectsArgument(given, "breakpoints").map((one) => {
      const condition = one["condition"] ? textArgument(one, "condition") : undefined;
      const hits = one["hitCondition"]
        ? Number.parseInt(textArgument(one, "hitCondition").replace(/^[>=\s]+/, ""), 10)
        : NaN;
      return {
        line: numberArgument(one, "line"),
        condition,
        hitCount: Number.isNaN(hits) ? undefined : hits,
      };
    });
    return { breakpoints: await breakpoints.set(sourcePath(given), requested) };
  },
  async setExceptionBreakpoints({ inspector }, given) {
    const filters = Array.isArray(given["filters"]) ? given["filters"] : [];
    const state = filters.includes("all") ? "all" : filters.includes("uncaught") ? "uncaught" : "none";
    await inspector.post("Debugger.setPauseOnExceptions", { state });
    return {
      breakpoints: filters.map((filter) => ({
        verified: exceptionFilters.some((one) => one.filter === filter),
      })),
    };
  },
  threads: () => Promise.resolve({ threads: [{ id: threadId, name: "Cells" }] }),
  stackTrace({ pauses }, given) {
    const all = pauses.frames();
    const start = optionalNumber(given, "startFrame") ?? 0;
    const levels = optionalNumber(given, "levels") ?? 0;
    const stackFrames = all.slice(start, levels > 0 ? start + levels : undefined);
    return Promise.resolve({ stackFrames, totalFrames: all.length });
  },
  async scopes(connection, given) {
    return { scopes: await scopesOf(connection, numberArgument(given, "frameId")) };
  },
  async variables(connection, given) {
    const reference = numberArgument(given, "variablesReference");
    const { filter } = given;
    const variables = await list(connection, reference).children(reference, {
      start: optionalNumber(given, "start") ?? 0,
      count: optionalNumber(given, "count") ?? 0,
      filter: filter === "indexed" || filter === "named" ? filter : undefined,
    });
    return { variables };
  },
  async evaluate(connection, given) {
    const { evaluation, pauses, pausedVariables } = connection;
    const value = await evaluation.evaluate(textArgument(given, "expression"), {
      frame: frameOf(connection, given),
      paused: pauses.paused(),
      onlyReads: given["context"] === "hover",
    });
    const { value: result, ...shown } = pausedVariables.toResult(value);
    return { result, ...shown };
  },
  async setVariable(connection, given) {
    const reference = numberArgument(given, "variablesReference");
    const [name, value] = [textArgument(given, "name"), textArgument(given, "value")];
    const parent = list(connection, reference).node(reference);
    if (parent.kind === "scope") {
      const frame = parent.frame === undefined ? undefined : connection.pauses.frame(parent.frame);
      return assign(connection, name, value, frame);
    }
    if (parent.kind === "object" && parent.path !== undefined) {
      const member = /^\d+$/.test(name)
        ? `${parent.path}[${name}]`
        : `${parent.path}[${JSON.stringify(name)}]`;
      const [top] = connection.pauses.frames();
      return assign(connection, member, value, top && connection.pauses.frame(top.id));
    }
    throw new KernelError(
      "E_DEBUG",
      `Cannot set ${name}: it cannot be reached by an expression. Assign it in a cell.`,
    );
  },
  setExpression(connection, given) {
    const [expression, value] = [textArgument(given, "expression"), textArgument(given, "value")];
    return assign(connection, expression, value, frameOf(connection, given));
  },
  exceptionInfo({ pauses }) {
    const thrown = pauses.exception();
    if (!thrown)
      throw new KernelError("E_DEBUG", "Cannot describe the exception: the cell is not paused at one.");
    const description = thrown.description ?? String(thrown.value);
    const exceptionId = thrown.className ?? thrown.type;
    return Promise.resolve({
      exceptionId,
      description: description.split("\n    at ")[0],
      breakMode: "always",
      details: { typeName: exceptionId, stackTrace: description },
    });
  },
  continue: go("Debugger.resume", { allThreadsContinued: true }),
  next: go("Debugger.stepOver"),
  stepIn: go("Debugger.stepInto"),
  stepOut: go("Debugger.stepOut"),
  async pause({ pauses }) {
    await pauses.pause();
    return {};
  },
};
