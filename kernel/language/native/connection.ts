/** Speaks with the native TypeScript compiler, which runs as a process of its own (`tsc --api`). */
import { spawn } from "node:child_process";
import { createMessageReader, encodeRequest, messageKinds } from "./message-pack.ts";

/** A running compiler; it answers requests one after another, in the order in which they were sent. */
export interface CompilerConnection {
  /** Sends a request and gives its result; rejects with the compiler's own message, or when it has ended. */
  request<T>(method: string, parameters: object | null): Promise<T>;
  /** Sends the requests of a function in one piece. */
  together<T>(requests: () => T): T;
  /** Resolves with a sentence when the compiler has ended by itself. */
  readonly ended: Promise<string>;
  /** Ends it in the middle of its work. */
  kill(): void;
  close(): void;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Starts the compiler at `file` in `folder`. */
export function connectCompiler(file: string, folder: string): CompilerConnection {
  const child = spawn(file, ["--api", "--cwd", folder], {
    cwd: folder,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting: Waiting[] = [];
  let failure: Error | undefined;

  const ended = new Promise<string>((resolve) => {
    const end = (why: string): void => {
      failure ??= new Error(`The TypeScript compiler ${why}.`);
      for (const call of waiting.splice(0)) call.reject(failure);
      resolve(why);
    };
    child.once("error", (error) => end(`cannot be started: ${error.message}`));
    child.once("exit", (code, signal) =>
      end(signal === null ? `ended with exit code ${String(code)}` : `ended with signal ${signal}`),
    );
  });
  const receive = createMessageReader(({ kind, body }) => {
    const call = waiting.shift();
    if (kind === messageKinds.error) call?.reject(new Error(`TypeScript: ${body}`));
    else call?.resolve(body === "" ? null : JSON.parse(body));
  });
  child.stdout.on("data", (chunk: Buffer) => {
    try {
      receive(chunk);
    } catch (error) {
      // Nothing that it says from here on would be understood.
      failure ??= error instanceof Error ? error : new Error(String(error));
      child.kill("SIGKILL");
    }
  });
  // Writing to a compiler that has just died is reported by its exit.
  child.stdin.on("error", () => undefined);

  return {
    ended,
    request<T>(method: string, parameters: object | null) {
      if (failure) return Promise.reject(failure);
      return new Promise<T>((resolve, reject) => {
        waiting.push({ resolve: (result) => resolve(result as T), reject });
        child.stdin.write(encodeRequest(method, JSON.stringify(parameters)));
      });
    },
    together<T>(requests: () => T) {
      child.stdin.cork();
      try {
        return requests();
      } finally {
        child.stdin.uncork();
      }
    },
    kill: () => void child.kill("SIGKILL"),
    close() {
      failure ??= new Error("The kernel is closing.");
      child.kill("SIGKILL");
    },
  };
}
