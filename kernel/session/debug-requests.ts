/** Debug requests of a kernel; the debugger itself is loaded when somebody first asks for it. */
import type { DebugAdapter } from "../debugger/index.ts";
import type { CellLanguage } from "../language/language-service.ts";
import type { DebugResponse, JsonObject } from "../protocol/index.ts";
import type { KernelSockets } from "../protocol/sockets.ts";
import type { ExecutionQueue } from "./execute.ts";

/** The debugger as the session uses it. */
export interface DebugRequests {
  /** Answers debug_request. */
  answer(content: JsonObject): Promise<DebugResponse>;
  /** Prepares a cell that is about to run; undefined when nobody debugs. */
  beforeRun(cell: number): Promise<void> | undefined;
  interrupt(): void;
  /** Lets the cells go on, since nobody is left who could. */
  deserted(): void;
}

/** What debug requests work with. */
export interface DebugRequestsOptions {
  sockets: KernelSockets;
  language: CellLanguage;
  executions: ExecutionQueue;
  log: (text: string) => void;
}

/** Debug requests over the executor of a queue. */
export function createDebugRequests(options: DebugRequestsOptions): DebugRequests {
  const { sockets, language, executions, log } = options;
  let adapter: DebugAdapter | undefined;
  let loading: Promise<DebugAdapter> | undefined;

  const load = async (): Promise<DebugAdapter> => {
    const { createDebugAdapter } = await import("../debugger/index.ts");
    adapter = createDebugAdapter({
      ...executions.debugged,
      // A cell that is compiled and never run: it makes the name known and nothing more.
      declare: async (name) => (await language.compile({ code: `let ${name}: any;`, name: "debugger" })).ok,
      preview: (code) => language.preview(code),
      stripTypes: (code) => language.stripTypes(code),
      publish: (event) => void sockets.publish("debug_event", event),
      log,
    });
    return adapter;
  };

  return {
    async answer(content) {
      loading ??= load();
      return (await loading).request(content);
    },
    beforeRun: (cell) => adapter?.beforeRun(cell),
    interrupt: () => adapter?.interrupt(),
    deserted: () => void adapter?.detach(),
  };
}
