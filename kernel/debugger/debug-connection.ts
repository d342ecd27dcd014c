/** One executor under the debugger: the connection to its inspector and everything that is known through it. */
import { createBreakpoints } from "./breakpoints.ts";
import type { Breakpoints } from "./breakpoints.ts";
import type { CellSources } from "./cell-sources.ts";
import type { DebugHost } from "./debug-host.ts";
import { createEvaluation } from "./evaluation.ts";
import type { Evaluation } from "./evaluation.ts";
import { connectInspector } from "./inspector-connection.ts";
import type { InspectorConnection } from "./inspector-connection.ts";
import { disconnectMethod } from "../executor/messages.ts";
import { createPauses } from "./pauses.ts";
import type { Pauses } from "./pauses.ts";
import { hiddenScripts, isVisibleScript } from "./stack-frames.ts";
import type { Scripts } from "./stack-frames.ts";
import { createVariables, inspectedGroup, pausedGroup } from "./variables.ts";
import type { Variables } from "./variables.ts";

/** The parts of a connection. */
export interface DebugConnection {
  readonly inspector: InspectorConnection;
  readonly scripts: Scripts;
  readonly breakpoints: Breakpoints;
  readonly evaluation: Evaluation;
  readonly pauses: Pauses;
  /** Variables of the present pause. */
  readonly pausedVariables: Variables;
  /** Variables of the notebook, paused or not. */
  readonly inspectedVariables: Variables;
  /** Whether breakpoints work. */
  attached(): boolean;
  /** Makes breakpoints work. */
  attach(): Promise<void>;
  /** Lets the thread go and leaves the executor as if nobody had debugged it. */
  close(): Promise<void>;
}

/** What a connection works with. */
export interface DebugConnectionOptions {
  host: DebugHost;
  sources: CellSources;
  withTypes: boolean;
  emit: (event: string, body: object) => void;
  /** Called when the executor has ended. */
  onClose: (wasAttached: boolean, wasPaused: boolean) => void;
}

/** A thread that computes in native code cannot be attached to before it is done. */
const attachTimeoutMs = 30_000;

let references = 0;

/** Connects to the present executor of a host. */
export function openDebugConnection(options: DebugConnectionOptions): DebugConnection {
  const { host, sources, withTypes, emit, onClose } = options;
  const scripts = new Map<string, string>();
  let attached = false;

  const inspector = connectInspector(host.connect(), {
    events: {
      "Debugger.scriptParsed": ({ scriptId, url }) => {
        if (url !== "") scripts.set(scriptId, url);
      },
      "Debugger.breakpointResolved": ({ breakpointId, location }) => {
        const changed = breakpoints.resolve(breakpointId, location);
        if (changed) emit("breakpoint", { reason: "changed", breakpoint: changed });
      },
      "Debugger.paused": (event) => pauses.onPaused(event),
      "Debugger.resumed": () => pauses.onResumed(),
    },
    onClose: () => {
      pauses.close();
      const wasPaused = pauses.paused();
      const wasAttached = attached;
      attached = false;
      onClose(wasAttached, wasPaused);
    },
  });
  const nextReference = (): number => (references += 1);
  const common = { connection: inspector, withTypes, nextReference };
  const pausedVariables = createVariables({ ...common, group: pausedGroup });
  const inspectedVariables = createVariables({ ...common, group: inspectedGroup });
  const evaluation = createEvaluation(inspector, (code) => host.stripTypes(code));
  const breakpoints = createBreakpoints(inspector, sources, scripts);
  const pauses = createPauses({
    connection: inspector,
    ...{ sources, scripts, breakpoints, evaluation, emit },
    variables: pausedVariables,
    log: (text) => host.log(text),
  });

  return {
    ...{ inspector, scripts, breakpoints, evaluation, pauses, pausedVariables, inspectedVariables },
    attached: () => attached,
    // The Runtime domain stays off: it would keep alive what cells print. So do stacks across `await`: they turn on
    // the async_hooks that make an interrupt end the process.
    async attach() {
      if (attached) return;
      await inspector.post("Debugger.enable", {}, attachTimeoutMs);
      await inspector.post("Debugger.setBlackboxPatterns", { patterns: hiddenScripts });
      await evaluation.seeUncaught(true);
      attached = true;
    },
    async close() {
      pauses.close();
      if (attached) await evaluation.seeUncaught(false).catch(() => undefined);
      attached = false;
      await inspector.post(disconnectMethod, {}).catch(() => undefined);
      if (pauses.paused()) pauses.onResumed();
      inspector.stop();
    },
  };
}

/** The files that are loaded and that a person may want to see. */
export function visibleScripts(scripts: Scripts): [string, string][] {
  return [...scripts].filter(([, address]) => isVisibleScript(address) && address.startsWith("file:"));
}
