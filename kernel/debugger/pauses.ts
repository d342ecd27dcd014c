/** What the thread of the cells does: it runs, or stands somewhere for a reason that a client hears of. */
import type { Debugger, Runtime } from "node:inspector";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { KernelError } from "../errors.ts";
import type { Breakpoint, Breakpoints } from "./breakpoints.ts";
import type { CellSources } from "./cell-sources.ts";
import type { Evaluation } from "./evaluation.ts";
import type { InspectorConnection } from "./inspector-connection.ts";
import { cellOfScript, toStackFrame } from "./stack-frames.ts";
import type { Scripts } from "./stack-frames.ts";
import { pausedGroup } from "./variables.ts";
import type { Variables } from "./variables.ts";

/** The one thread that the protocol knows: all cells run in it. */
export const threadId = 1;

/** How a client lets the thread go on. */
export type RunCommand = "Debugger.resume" | "Debugger.stepOver" | "Debugger.stepInto" | "Debugger.stepOut";

/** The state of the thread. */
export interface Pauses {
  paused(): boolean;
  /** The exception at which the thread stands. */
  exception(): Runtime.RemoteObject | undefined;
  /** All frames that a person wants to see, innermost first. */
  frames(): DebugProtocol.StackFrame[];
  /**
   * The inspector's frame with a number.
   *
   * @throws KernelError E_DEBUG when the thread has gone on since.
   */
  frame(id: number): Debugger.CallFrame;
  go(command: RunCommand): Promise<void>;
  /** Stops the thread at the next statement that it runs. */
  pause(): Promise<void>;
  /** Forgets a wish to stop that has not come true. */
  close(): void;
  onPaused(event: Debugger.PausedEventDataType): void;
  onResumed(): void;
}

/** What pauses work with. */
export interface PausesOptions {
  connection: InspectorConnection;
  sources: CellSources;
  scripts: Scripts;
  breakpoints: Breakpoints;
  variables: Variables;
  evaluation: Evaluation;
  emit: (event: string, body: object) => void;
  log: (text: string) => void;
}

/** Steps through code that no cell shows, such as a cell's imports, before the thread is let go. */
const maxHiddenSteps = 50;

/** How long a thread that was asked to stop has for it before it is asked again, in milliseconds, and how often. */
const [askAgainMs, askAgainAtMostMs, maxAsked] = [50, 1000, 30];

/** A thread that runs. */
export function createPauses(options: PausesOptions): Pauses {
  const { connection, sources, scripts, breakpoints, variables, evaluation, emit, log } = options;
  let current: Debugger.PausedEventDataType | undefined;
  let firstFrame = 1;
  let last: RunCommand | "Debugger.pause" = "Debugger.resume";
  /** Where a step began: within its line it goes on, since lines are what a person sees. */
  let origin: { place: string; depth: number } | undefined;
  let hiddenSteps = 0;
  let announced = false;

  const post = (command: RunCommand): Promise<unknown> => connection.post(command, {});
  let askingAgain: NodeJS.Timeout | undefined;
  /**
   * Asks the thread to stop, again and again: V8 forgets the request where it meets Node's own code above a cell's, and
   * a step out of code that only Node called leads nowhere.
   */
  const ask = async (asked = 1): Promise<void> => {
    clearTimeout(askingAgain);
    const again = (): void => {
      if (last !== "Debugger.pause" || announced) return;
      ask(asked + 1).catch(() => undefined);
    };
    if (asked < maxAsked) {
      askingAgain = setTimeout(again, Math.min(askAgainMs * 2 ** (asked - 1), askAgainAtMostMs)).unref();
    }
    if (!current) await connection.post("Debugger.pause", {});
  };
  const toFrames = (): DebugProtocol.StackFrame[] =>
    (current?.callFrames ?? []).flatMap((frame, at) => {
      const shown = toStackFrame(frame, firstFrame + at, scripts, sources);
      return shown ? [shown] : [];
    });
  const isException = ({ reason }: Debugger.PausedEventDataType): boolean =>
    reason === "exception" || reason === "promiseRejection";

  const linePlace = (frame: Debugger.CallFrame | undefined): string | undefined => {
    const shown = frame && toStackFrame(frame, 0, scripts, sources);
    const { lineNumber, columnNumber = 0 } = frame?.functionLocation ?? { lineNumber: 0 };
    return shown && `${frame.location.scriptId} ${lineNumber} ${columnNumber} ${shown.line}`;
  };
  /** Whether the place is no news to a person, and what to do then. */
  const hiddenStep = (event: Debugger.PausedEventDataType): RunCommand | undefined => {
    const [top] = event.callFrames;
    if (!top || isException(event)) return undefined;
    const place = linePlace(top);
    const isSame = origin?.place === place && event.callFrames.length <= (origin?.depth ?? 0);
    const isMet = (event.hitBreakpoints ?? []).length > 0;
    if (place !== undefined && (!isSame || isMet || last === "Debugger.pause")) return undefined;
    hiddenSteps += 1;
    if (place !== undefined) return hiddenSteps > maxHiddenSteps ? undefined : (last as RunCommand);
    if (hiddenSteps > maxHiddenSteps) return "Debugger.resume";
    const isCell = cellOfScript(scripts.get(top.location.scriptId)) !== undefined;
    return isCell ? "Debugger.stepOver" : "Debugger.stepOut";
  };
  /** The breakpoints at which the thread is really to stop, their conditions being evaluated here. */
  const met = async (event: Debugger.PausedEventDataType): Promise<Breakpoint[]> => {
    const hit = (event.hitBreakpoints ?? []).flatMap((id) => breakpoints.find(id) ?? []);
    const result: Breakpoint[] = [];
    for (const breakpoint of hit) {
      if (breakpoint.condition !== undefined) {
        const place = { frame: event.callFrames[0], paused: true };
        const value = await evaluation.evaluate(`!!(${breakpoint.condition})`, place).catch(() => undefined);
        if (value?.value === false) continue;
      }
      breakpoint.hits += 1;
      if (breakpoint.hits >= (breakpoint.hitCount ?? 1)) result.push(breakpoint);
    }
    return result;
  };
  const reasonOf = (event: Debugger.PausedEventDataType, hit: readonly Breakpoint[]): object => {
    if (isException(event)) {
      const thrown = event.data as Runtime.RemoteObject;
      const text = (thrown.description ?? String(thrown.value)).split("\n    at ")[0];
      return { reason: "exception", description: "Paused on exception", text };
    }
    if (hit.length > 0) return { reason: "breakpoint", hitBreakpointIds: hit.map(({ id }) => id) };
    if (last === "Debugger.pause") return { reason: "pause" };
    if (last !== "Debugger.resume") return { reason: "step" };
    return { reason: "breakpoint", description: "Paused on debugger statement" };
  };
  const stop = async (event: Debugger.PausedEventDataType): Promise<void> => {
    const hidden = hiddenStep(event);
    if (hidden) {
      await post(hidden);
      return;
    }
    hiddenSteps = 0;
    origin = undefined;
    const hit = await met(event);
    if (current !== event) return;
    const onlyBreakpoints = (event.hitBreakpoints ?? []).length > 0 && !isException(event);
    if (onlyBreakpoints && hit.length === 0 && last === "Debugger.resume") {
      await post("Debugger.resume");
      return;
    }
    announced = true;
    emit("stopped", { threadId, allThreadsStopped: true, ...reasonOf(event, hit) });
    last = "Debugger.resume";
  };

  return {
    paused: () => current !== undefined,
    exception: () => (current && isException(current) ? (current.data as Runtime.RemoteObject) : undefined),
    frames: toFrames,
    frame(id) {
      const found = current?.callFrames[id - firstFrame];
      if (found) return found;
      const message = `Cannot use the frame ${id}: the cell has gone on since. Ask for the stack trace again.`;
      throw new KernelError("E_DEBUG", message);
    },
    async go(command) {
      if (!current) throw new KernelError("E_DEBUG", "Cannot go on: the cell is not paused.");
      const place = linePlace(current.callFrames[0]);
      const isStep = command === "Debugger.stepOver" || command === "Debugger.stepInto";
      origin = isStep && place !== undefined ? { place, depth: current.callFrames.length } : undefined;
      last = command;
      await post(command);
    },
    async pause() {
      if (current) return;
      last = "Debugger.pause";
      await ask();
    },
    close: () => clearTimeout(askingAgain),
    onPaused(event) {
      firstFrame += current?.callFrames.length ?? 0;
      current = event;
      stop(event).catch((error: unknown) => log(`a pause failed: ${String(error)}`));
    },
    onResumed() {
      firstFrame += current?.callFrames.length ?? 0;
      current = undefined;
      variables.clear();
      connection.post("Runtime.releaseObjectGroup", { objectGroup: pausedGroup }).catch(() => undefined);
      if (announced) emit("continued", { threadId, allThreadsContinued: true });
      announced = false;
    },
  };
}
