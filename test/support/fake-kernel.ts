/** A kernel client for tests that plays cells by a script, so that faults come when a test wants them. */
import { KernelError } from "../../kernel/client/index.ts";
import type { ExecuteReply, KernelClient } from "../../kernel/client/index.ts";

/** What a scripted cell does: reply, fail, hang until interrupted, hang until killed, or die. */
export type CellScript = "ok" | "error" | "hang" | "stuck" | "die" | { result: string };

/** Launches fake kernels; `launched` counts them, `ran` lists the code of each in order. */
export function fakeLauncher(script: (code: string) => CellScript): {
  launch: () => Promise<KernelClient>;
  ran: string[][];
} {
  const ran: string[][] = [];
  return { ran, launch: () => Promise.resolve(fakeKernel(script, ran)) };
}

function fakeKernel(script: (code: string) => CellScript, ran: string[][]): KernelClient {
  const codes: string[] = [];
  ran.push(codes);
  let interrupt: () => void = () => undefined;
  let kill: () => void = () => undefined;
  const error = (ename: string): ExecuteReply => ({
    ...{ status: "error", execution_count: 1, ename, evalue: "scripted", traceback: [`${ename}: scripted`] },
  });
  const died = () => new KernelError("E_KERNEL_DIED", "The kernel ended with signal SIGKILL.");
  const unused = () => Promise.reject(new Error("a fake kernel does not answer this"));
  return {
    pid: 0,
    info: undefined as never,
    exited: new Promise(() => undefined),
    async execute(code, options = {}) {
      codes.push(code);
      const what = script(code);
      if (what === "die") throw died();
      if (what === "error") return error("Error");
      if (what === "hang" || what === "stuck") {
        return new Promise((resolve, reject) => {
          if (what === "hang") interrupt = () => resolve(error("KeyboardInterrupt"));
          kill = () => reject(died());
          options.signal?.addEventListener("abort", () => interrupt());
        });
      }
      if (typeof what === "object") {
        options.onMessage?.({
          type: "execute_result",
          content: { execution_count: 1, data: { "text/plain": what.result }, metadata: {} },
          parentId: undefined,
          metadata: {},
          buffers: [],
        });
      }
      return { status: "ok", execution_count: 1, user_expressions: {}, payload: [] };
    },
    interrupt: () => {
      interrupt();
      return Promise.resolve();
    },
    kill: () => kill(),
    shutdown: () => Promise.resolve(),
    sendComm: unused,
    commInfo: unused,
    complete: unused,
    inspect: unused,
    isComplete: unused,
    createSubshell: unused,
    deleteSubshell: unused,
    listSubshells: unused,
    debug: unused,
    onIopub: () => () => undefined,
  };
}
