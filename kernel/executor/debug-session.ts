/**
 * The debugger's inspector session, in a thread that goes on while the main thread stands at a breakpoint.
 *
 * The kernel writes commands of the Chrome DevTools Protocol as lines of JSON into a pipe and reads replies and events
 * from it. Nothing is connected before the first command, so an executor that nobody debugs pays nothing.
 */
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { debugFd, disconnectMethod } from "./messages.ts";

/** What an interrupt needs of the debugger. */
export interface DebugSession {
  /** Whether the main thread stands at a breakpoint. */
  paused(): boolean;
  /** Lets the main thread go, to the end that has been asked for. */
  resume(): void;
  /** Keeps the main thread from stopping while it is being interrupted. */
  skipPauses(skip: boolean): Promise<void>;
}

interface Command {
  id: number;
  method: string;
  params?: object;
}

/** Serves the pipe. */
export function serveDebugPipe(): DebugSession {
  const pipe = new Socket({ fd: debugFd, readable: true, writable: true });
  let session: Session | undefined;
  let paused = false;

  const write = (message: object): void => void pipe.write(`${JSON.stringify(message)}\n`);
  const connect = (): Session => {
    const connected = new Session();
    connected.connectToMainThread();
    connected.on("inspectorNotification", (event) => {
      const { method, params } = event as { method: string; params: { url?: string } };
      if (method === "Debugger.paused") paused = true;
      if (method === "Debugger.resumed") paused = false;
      // Node's own scripts are many and nobody's business.
      if (method !== "Debugger.scriptParsed" || !params.url?.startsWith("node:")) write({ method, params });
    });
    return connected;
  };
  const disconnect = (id: number): void => {
    session?.disconnect();
    session = undefined;
    paused = false;
    write({ id, result: {} });
  };

  pipe.on("error", () => undefined);
  createInterface({ input: pipe }).on("line", (line) => {
    const { id, method, params } = JSON.parse(line) as Command;
    if (method === disconnectMethod) {
      disconnect(id);
      return;
    }
    session ??= connect();
    session.post(method, params, (error, result) => {
      write(error ? { id, error: { message: error.message } } : { id, result });
    });
  });

  return {
    paused: () => paused,
    resume: () => session?.post("Debugger.resume", { terminateOnResume: true }),
    skipPauses: (skip) =>
      new Promise((resolve) => {
        if (session) session.post("Debugger.setSkipAllPauses", { skip }, () => resolve());
        else resolve();
      }),
  };
}
