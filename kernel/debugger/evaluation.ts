/** Evaluates expressions in a frame or in the notebook, and reads and writes the notebook's variables. */
import type { Debugger, Runtime } from "node:inspector";
import { KernelError } from "../errors.ts";
import { cellParameters } from "../language/cell-transform.ts";
import type { DebugHost } from "./debug-host.ts";
import { debugTarget, frameExpression } from "./frame-expression.ts";
import type { InspectorConnection } from "./inspector-connection.ts";
import type { NamedValue } from "./variables.ts";
import { pausedGroup } from "./variables.ts";

/** How long an expression may run, in milliseconds. */
const evaluationTimeoutMs = 10_000;
const answerTimeoutMs = evaluationTimeoutMs + 1000;

/** Parameters of the function that a cell becomes, which are no variables of its author's. */
export const hiddenNames: ReadonlySet<string> = new Set(Object.values(cellParameters));

/** Where an expression is evaluated. */
export interface EvaluationPlace {
  /** Without a frame, in the notebook. */
  frame: Debugger.CallFrame | undefined;
  /** Whether the thread stands at a breakpoint, where nothing can be waited for. */
  paused: boolean;
  /** Give up where the expression would change something. */
  onlyReads?: boolean;
  /** The objects that are freed together with the result (default: those of the pause). */
  group?: string;
}

/** Evaluation over one connection. */
export interface Evaluation {
  /**
   * The value of what a person typed.
   *
   * @throws KernelError E_DEBUG with what the expression threw.
   */
  evaluate(code: string, place: EvaluationPlace): Promise<Runtime.RemoteObject>;
  /** The variables of one scope of a frame. */
  locals(scope: Debugger.Scope): Promise<NamedValue[]>;
  /** The notebook's variables; the group's objects are freed together. */
  notebook(group: string): Promise<NamedValue[]>;
  setNotebook(name: string, value: Runtime.RemoteObject): Promise<void>;
  hasNotebook(name: string): Promise<boolean>;
  /** The representations of a value, as JSON. */
  represent(value: Runtime.RemoteObject, paused: boolean): Promise<string>;
  /** Whether V8 is to tell exceptions that a cell ends with from those that it catches. */
  seeUncaught(see: boolean): Promise<void>;
}

/** A value as an argument of a call. */
function toArgument({ objectId, unserializableValue, value }: Runtime.RemoteObject): Runtime.CallArgument {
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value: value as unknown } : { unserializableValue };
}

/** Evaluation over a connection. */
export function createEvaluation(
  connection: InspectorConnection,
  stripTypes: DebugHost["stripTypes"],
): Evaluation {
  const result = ({ result: value, exceptionDetails }: Runtime.EvaluateReturnType): Runtime.RemoteObject => {
    if (!exceptionDetails) return value;
    const { exception, text } = exceptionDetails;
    const thrown = exception?.description ?? (exception ? String(exception.value) : text);
    throw new KernelError("E_DEBUG", thrown.split("\n    at ")[0] ?? thrown);
  };
  let known: Promise<string> | undefined;
  const findTarget = async (): Promise<string> => {
    const { objectId } = result(await connection.post("Runtime.evaluate", { expression: debugTarget }));
    return objectId ?? "";
  };
  const target = (): Promise<string> => {
    // A busy thread may answer the next time.
    known ??= findTarget().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  const call = async (
    functionDeclaration: string,
    values: Runtime.CallArgument[],
    options: Partial<Runtime.CallFunctionOnParameterType> = {},
  ): Promise<Runtime.RemoteObject> => {
    const call = {
      objectId: await target(),
      functionDeclaration,
      arguments: values,
      silent: true,
      ...options,
    };
    return result(await connection.post("Runtime.callFunctionOn", call, answerTimeoutMs));
  };
  const read = async (objectId: string): Promise<NamedValue[]> => {
    const found = await connection.post("Runtime.getProperties", {
      objectId,
      ownProperties: true,
      generatePreview: true,
    });
    return found.result.flatMap(({ name, value }) =>
      value && !hiddenNames.has(name) ? [{ name, value, evaluateName: name }] : [],
    );
  };
  const visibleNames = async (frame: Debugger.CallFrame | undefined): Promise<Set<string>> => {
    const keys = await call(listNames, [], { returnByValue: true });
    const names = new Set(keys.value as string[]);
    for (const scope of frame?.scopeChain ?? []) {
      if (scope.type === "global") continue;
      for (const { name } of await read(scope.object.objectId ?? "")) names.delete(name);
    }
    return names;
  };

  return {
    async evaluate(code, { frame, paused, onlyReads = false, group = pausedGroup }) {
      const options = {
        expression: await frameExpression(code, await visibleNames(frame), stripTypes),
        objectGroup: group,
        silent: true,
        generatePreview: true,
        throwOnSideEffect: onlyReads,
        timeout: evaluationTimeoutMs,
      };
      if (frame) {
        const inFrame = { ...options, callFrameId: frame.callFrameId };
        return result(await connection.post("Debugger.evaluateOnCallFrame", inFrame, answerTimeoutMs));
      }
      const waits = paused ? {} : { awaitPromise: true, replMode: true };
      return result(await connection.post("Runtime.evaluate", { ...options, ...waits }, answerTimeoutMs));
    },
    locals: ({ object }) => read(object.objectId ?? ""),
    async notebook(group) {
      // Imports are getters, which a list of variables would not show the value of.
      const copied = await call(copyScope, [], { objectGroup: group });
      return read(copied.objectId ?? "");
    },
    async setNotebook(name, value) {
      await call("function (name, value) { this.scope[name] = value; }", [
        { value: name },
        toArgument(value),
      ]);
    },
    async hasNotebook(name) {
      const has = await call("function (name) { return name in this.scope; }", [{ value: name }]);
      return has.value === true;
    },
    async represent(value, paused) {
      const mayWait = { value: !paused };
      const options = { returnByValue: true, awaitPromise: !paused };
      const json = await call(
        "function (value, mayWait) { return this.represent(value, mayWait); }",
        [toArgument(value), mayWait],
        options,
      );
      return String(json.value);
    },
    async seeUncaught(see) {
      await call("function (see) { this.seesUncaught = see; }", [{ value: see }]);
    },
  };
}

const listNames = "function () { return Object.keys(this.scope); }";

const copyScope = `function () {
  const copy = Object.create(null);
  for (const name of Object.keys(this.scope)) {
    try {
      copy[name] = this.scope[name];
    } catch {}
  }
  return copy;
}`;
