/** Speaks JSON-RPC with the native TypeScript compiler, which runs as a process of its own (`tsc --api --async`). */
import { spawn } from "node:child_process";

/** A running compiler. */
export interface CompilerConnection {
  /** Sends a request and gives its result; rejects with the compiler's own message, or when it has ended. */
  request<T>(method: string, parameters: object | null): Promise<T>;
  /** Resolves with a sentence when the compiler has ended by itself. */
  readonly ended: Promise<string>;
  close(): void;
}

interface Response {
  id: number;
  result?: unknown;
  error?: { message?: string };
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const headerEnd = "\r\n\r\n";

/**
 * Starts the compiler at `file` in `folder`.
 *
 * The framing is that of the Language Server Protocol: a `Content-Length` header, an empty line, UTF-8 JSON.
 */
export function connectCompiler(file: string, folder: string): CompilerConnection {
  // A smaller heap in exchange for a little more collecting: a kernel that idles should not hold what it does not need.
  const env = { GOGC: "50", ...process.env };
  const child = spawn(file, ["--api", "--async", "--cwd", folder], {
    cwd: folder,
    env,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let failure: Error | undefined;

  const ended = new Promise<string>((resolve) => {
    const end = (why: string): void => {
      failure ??= new Error(`The TypeScript compiler ${why}.`);
      for (const call of waiting.values()) call.reject(failure);
      waiting.clear();
      resolve(why);
    };
    child.once("error", (error) => end(`cannot be started: ${error.message}`));
    child.once("exit", (code, signal) =>
      end(signal === null ? `ended with exit code ${String(code)}` : `ended with signal ${signal}`),
    );
  });
  const receive = createMessageReader((text) => {
    const { id, result, error } = JSON.parse(text) as Response;
    const call = waiting.get(id);
    waiting.delete(id);
    if (error) call?.reject(new Error(`TypeScript: ${error.message ?? "the request failed"}`));
    else call?.resolve(result);
  });
  child.stdout.on("data", receive);
  // Writing to a compiler that has just died is reported by its exit.
  child.stdin.on("error", () => undefined);

  return {
    ended,
    request<T>(method: string, parameters: object | null) {
      if (failure) return Promise.reject(failure);
      return new Promise<T>((resolve, reject) => {
        count += 1;
        waiting.set(count, { resolve: (result) => resolve(result as T), reject });
        const body = JSON.stringify({ jsonrpc: "2.0", id: count, method, params: parameters });
        child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}${headerEnd}${body}`);
      });
    },
    close() {
      failure ??= new Error("The kernel is closing.");
      child.kill("SIGKILL");
    },
  };
}

/** Takes bytes as they come and hands on each whole message. */
export function createMessageReader(onMessage: (text: string) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let size = 0;
  let needed = 0;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    // A long message comes in many pieces, which are joined once it is whole.
    while (size > 0 && size >= needed) {
      const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const end = bytes.indexOf(headerEnd);
      const length =
        end < 0 ? NaN : Number(/Content-Length: *(\d+)/i.exec(bytes.toString("latin1", 0, end))?.[1]);
      const start = end + headerEnd.length;
      needed = end < 0 ? size + 1 : start + length;
      const rest = bytes.length >= needed ? bytes.subarray(needed) : bytes;
      chunks = rest.length === 0 ? [] : [rest];
      size = rest.length;
      if (rest === bytes) return;
      onMessage(bytes.toString("utf8", start, start + length));
      needed = 0;
    }
  };
}
