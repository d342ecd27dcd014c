/** Commands and events of the Chrome DevTools Protocol over the pipe to the executor. */
import type { Debugger, Runtime } from "node:inspector";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { KernelError } from "../errors.ts";
import type { disconnectMethod } from "../executor/messages.ts";

/** The commands that the debugger sends: what they take and what they give. */
export interface InspectorCommands {
  "Debugger.enable": [Record<string, never>, Debugger.EnableReturnType];
  "Debugger.pause": [Record<string, never>, object];
  "Debugger.resume": [{ terminateOnResume?: boolean }, object];
  "Debugger.stepOver": [Record<string, never>, object];
  "Debugger.stepInto": [Debugger.StepIntoParameterType, object];
  "Debugger.stepOut": [Record<string, never>, object];
  "Debugger.setBlackboxPatterns": [Debugger.SetBlackboxPatternsParameterType, object];
  "Debugger.setBreakpointByUrl": [
    Debugger.SetBreakpointByUrlParameterType,
    Debugger.SetBreakpointByUrlReturnType,
  ];
  "Debugger.removeBreakpoint": [Debugger.RemoveBreakpointParameterType, object];
  "Debugger.setPauseOnExceptions": [Debugger.SetPauseOnExceptionsParameterType, object];
  "Debugger.getScriptSource": [Debugger.GetScriptSourceParameterType, Debugger.GetScriptSourceReturnType];
  "Debugger.evaluateOnCallFrame": [
    Debugger.EvaluateOnCallFrameParameterType & { timeout?: number },
    Debugger.EvaluateOnCallFrameReturnType,
  ];
  "Runtime.evaluate": [
    Runtime.EvaluateParameterType & { timeout?: number; replMode?: boolean },
    Runtime.EvaluateReturnType,
  ];
  "Runtime.callFunctionOn": [Runtime.CallFunctionOnParameterType, Runtime.CallFunctionOnReturnType];
  "Runtime.getProperties": [
    Runtime.GetPropertiesParameterType & { nonIndexedPropertiesOnly?: boolean },
    Runtime.GetPropertiesReturnType & { privateProperties?: PrivateProperty[] },
  ];
  "Runtime.releaseObjectGroup": [Runtime.ReleaseObjectGroupParameterType, object];
  [disconnectMethod]: [Record<string, never>, object];
}

/** A field such as `#x`, which the inspector lists apart. */
export interface PrivateProperty {
  name: string;
  value?: Runtime.RemoteObject;
}

/** The events that the debugger hears. */
export interface InspectorEvents {
  "Debugger.paused": (event: Debugger.PausedEventDataType) => void;
  "Debugger.resumed": () => void;
  "Debugger.scriptParsed": (event: Debugger.ScriptParsedEventDataType) => void;
  "Debugger.breakpointResolved": (event: Debugger.BreakpointResolvedEventDataType) => void;
}

/** A connection to the session of one executor. */
export interface InspectorConnection {
  /**
   * Sends a command.
   *
   * @throws KernelError E_DEBUG when the inspector refuses it, gives no answer in time, or its process has ended.
   */
  post<M extends keyof InspectorCommands>(
    method: M,
    params: InspectorCommands[M][0],
    timeoutMs?: number,
  ): Promise<InspectorCommands[M][1]>;
}

/** Who hears a connection. */
export interface InspectorListeners {
  events: InspectorEvents;
  /** Called once when the executor has ended. */
  onClose: () => void;
}

interface Reply {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

const defaultTimeoutMs = 3000;
let count = 0;

/** A cell can write into the pipe too, so that what comes out of it may be anything. */
function parseLine(line: string): Reply | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Speaks over a pipe until `stop` is called or the pipe closes. */
export function connectInspector(
  pipe: Duplex,
  { events, onClose }: InspectorListeners,
): InspectorConnection & { stop: () => void } {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let open = true;

  const receive = (line: string): void => {
    const message = parseLine(line);
    if (!message) return;
    const { id, method, params, result, error } = message;
    if (id !== undefined) {
      const call = waiting.get(id);
      waiting.delete(id);
      if (error) call?.reject(new KernelError("E_DEBUG", error.message));
      else call?.resolve(result);
    } else if (method !== undefined && Object.hasOwn(events, method)) {
      const listener = events[method as keyof InspectorEvents] as (event: unknown) => void;
      listener(params);
    }
  };
  const lines = createInterface({ input: pipe });
  lines.on("line", receive);
  const ended = (): KernelError =>
    new KernelError("E_DEBUG", "The process that runs cells has ended, and the debugging with it.");
  const end = (): void => {
    if (!open) return;
    open = false;
    lines.close();
    for (const { reject } of waiting.values()) reject(ended());
    waiting.clear();
  };
  const close = (): void => {
    end();
    onClose();
  };
  pipe.once("close", close);

  return {
    post<M extends keyof InspectorCommands>(
      method: M,
      params: InspectorCommands[M][0],
      timeoutMs = defaultTimeoutMs,
    ) {
      return new Promise<InspectorCommands[M][1]>((resolve, reject) => {
        count += 1;
        const id = count;
        const timer = setTimeout(() => {
          waiting.delete(id);
          const message = `${method} got no answer in ${timeoutMs} ms: the cell's thread is busy in code that cannot be stopped. Interrupt the cell, or try again.`;
          reject(new KernelError("E_DEBUG", message));
        }, timeoutMs);
        waiting.set(id, {
          resolve(value) {
            clearTimeout(timer);
            resolve(value as InspectorCommands[M][1]);
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
        });
        if (open && pipe.writable) pipe.write(`${JSON.stringify({ id, method, params })}\n`);
        else waiting.get(id)?.reject(ended());
      });
    },
    stop() {
      pipe.off("close", close);
      end();
    },
  };
}
