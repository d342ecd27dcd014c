/** A client of the debugger for tests: requests that must succeed, and events in their order. */
import assert from "node:assert/strict";
import type { DebugEvent, DebugResponse, JsonObject, KernelClient } from "../../kernel/index.ts";
import { runCell } from "./session.ts";
import type { CellRun } from "./session.ts";

/** A frame as tests look at it. */
export interface Frame {
  id: number;
  name: string;
  line: number;
  source: { path: string };
}

/** A variable as tests look at it. */
export interface Variable {
  name: string;
  value: string;
  type?: string;
  variablesReference: number;
  indexedVariables?: number;
}

/** A debugger's client. */
export interface DebugSession {
  /** Sends a request, which must succeed, and gives its body. */
  request(command: string, given?: JsonObject): Promise<JsonObject>;
  /** Sends a request, which must fail, and gives the message. */
  refused(command: string, given?: JsonObject): Promise<string>;
  /** The next event of a name; earlier ones of other names are dropped. */
  event(name: string): Promise<DebugEvent>;
  /** The file name that stands for a cell. */
  path(code: string): Promise<string>;
  /** Sets breakpoints at lines of a cell. */
  breakAt(code: string, ...lines: number[]): Promise<void>;
  /** Runs a cell until it stops. */
  runUntilStopped(code: string): Promise<{ ended: Promise<CellRun>; frames: Frame[]; reason: unknown }>;
  /** Lets the cell go on until it stops again. */
  go(command: string): Promise<Frame[]>;
  frames(): Promise<Frame[]>;
  /** Variables of a frame by scope. */
  scopes(frame?: Frame): Promise<Record<string, Variable[]>>;
  /** Variables of a frame by scope, as text by name. */
  texts(frame?: Frame): Promise<Record<string, Record<string, string>>>;
  children(reference: number, page?: JsonObject): Promise<Variable[]>;
}

/** A client of a kernel's debugger, which is not attached yet. */
export function openDebugSession(kernel: KernelClient): DebugSession {
  const events: DebugEvent[] = [];
  let wake: () => void = () => undefined;
  kernel.onIopub((message) => {
    if (message.type !== "debug_event") return;
    events.push(message.content);
    wake();
  });
  const send = (command: string, given: JsonObject): Promise<DebugResponse> => kernel.debug(command, given);

  const session: DebugSession = {
    async request(command, given = {}) {
      const response = await send(command, given);
      assert.ok(response.success, `${command}: ${response.message ?? ""}`);
      assert.equal(response.command, command);
      return response.body;
    },
    async refused(command, given = {}) {
      const response = await send(command, given);
      assert.equal(response.success, false, command);
      return response.message ?? "";
    },
    async event(name) {
      for (;;) {
        for (let next = events.shift(); next; next = events.shift()) if (next.event === name) return next;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    async path(code) {
      const { sourcePath } = await session.request("dumpCell", { code });
      return sourcePath as string;
    },
    async breakAt(code, ...lines) {
      const source = { path: await session.path(code) };
      await session.request("setBreakpoints", { source, breakpoints: lines.map((line) => ({ line })) });
    },
    async runUntilStopped(code) {
      const ended = runCell(kernel, code);
      const { body } = await session.event("stopped");
      return { ended, frames: await session.frames(), reason: body["reason"] };
    },
    async go(command) {
      await session.request(command, { threadId: 1 });
      await session.event("stopped");
      return session.frames();
    },
    async frames() {
      const { stackFrames } = await session.request("stackTrace", { threadId: 1 });
      return stackFrames as unknown as Frame[];
    },
    async scopes(frame) {
      const [top] = frame ? [frame] : await session.frames();
      const { scopes } = await session.request("scopes", { frameId: top?.id ?? 0 });
      const result: Record<string, Variable[]> = {};
      for (const { name, variablesReference } of scopes as unknown as Variable[]) {
        result[name] = await session.children(variablesReference);
      }
      return result;
    },
    async texts(frame) {
      const scopes = await session.scopes(frame);
      const texts = (list: Variable[]): Record<string, string> =>
        Object.fromEntries(list.map(({ name, value }) => [name, value]));
      return Object.fromEntries(Object.entries(scopes).map(([name, list]) => [name, texts(list)]));
    },
    async children(variablesReference, page = {}) {
      const { variables } = await session.request("variables", { variablesReference, ...page });
      return variables as unknown as Variable[];
    },
  };
  return session;
}
