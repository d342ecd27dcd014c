/** Starts a kernel as a process of its own and connects to it over ZeroMQ. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { KernelError } from "../errors.ts";
import { createKey, writeConnectionFile } from "../protocol/index.ts";
import type {
  CommInfoReply,
  CompleteReply,
  ConnectionInfo,
  DebugResponse,
  ExecuteReply,
  InspectReply,
  IsCompleteReply,
  KernelInfo,
} from "../protocol/index.ts";
import { freePorts } from "./free-ports.ts";
import type { KernelClient } from "./kernel-client.ts";
import { openRequests } from "./requests.ts";
import type { Requests } from "./requests.ts";

/** Settings of `launchKernel`. */
export interface LaunchOptions {
  /** The notebook's folder, from which a cell resolves its imports (default: the current folder). */
  cwd?: string;
  /** The kernel's environment (default: this process's). */
  env?: NodeJS.ProcessEnv;
  /** The program and its arguments; "{connection_file}" is replaced (default: this package's kernel). */
  command?: readonly string[];
  /** Local sockets or local ports (default: "ipc" but on Windows; kernels that name ipc sockets otherwise need "tcp"). */
  transport?: ConnectionInfo["transport"];
  /** How long the first answer may take, in milliseconds (default 60 000, as nbclient's). */
  startupTimeoutMs?: number;
}

const shutdownTimeoutMs = 5000;
const keptStderr = 16_384;
const unwelcomedMs = 300;
const running = new Set<ChildProcess>();

/**
 * Starts a kernel and waits until it answers.
 *
 * @throws KernelError E_KERNEL_START when it does not start within `startupTimeoutMs`.
 */
export async function launchKernel(options: LaunchOptions = {}): Promise<KernelClient> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "residency-"));
  const info = await chooseConnection(folder, options.transport);
  const connectionFile = path.join(folder, "connection.json");
  await writeConnectionFile(connectionFile, info);
  const [program = process.execPath, ...args] = (options.command ?? defaultCommand()).map((word) =>
    word.replace("{connection_file}", connectionFile),
  );
  const child = spawn(program, args, {
    cwd: options.cwd ?? process.cwd(),
    env: options.env ?? process.env,
    // The kernel ends when the IPC channel closes, so it cannot outlive this process however that one ends.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  keepTrack(child);
  let stderr = "";
  child.stdout?.resume();
  child.stderr
    ?.setEncoding("utf8")
    .on("data", (text: string) => (stderr = (stderr + text).slice(-keptStderr)));
  const requests = openRequests(info);
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    child.once("close", (code, signal) => {
      const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
      resolve(`ended with ${how}${stderr === "" ? "" : `\n${stderr.trimEnd()}`}`);
    });
  });
  const finished = exited.then(async (why) => {
    requests.fail(
      new KernelError("E_KERNEL_DIED", `The kernel ${program} ${why}. Start a new one to go on.`),
    );
    await rm(folder, { recursive: true, force: true });
  });
  try {
    const timeoutMs = options.startupTimeoutMs ?? 60_000;
    const kernelInfo = await withTimeout(
      options.command ? firstAnswerOfAny(requests) : firstAnswer(requests),
      timeoutMs,
      () => stderr,
    );
    return createClient(child, requests, kernelInfo, exited, finished);
  } catch (error) {
    child.kill("SIGKILL");
    await finished;
    throw error instanceof KernelError && error.code === "E_KERNEL_DIED"
      ? new KernelError("E_KERNEL_START", error.message, { cause: error })
      : error;
  }
}

function defaultCommand(): string[] {
  const main = fileURLToPath(new URL("../main.js", import.meta.url));
  return [process.execPath, main, "--connection-file", "{connection_file}"];
}

async function firstAnswer(requests: Requests): Promise<KernelInfo> {
  // What the kernel publishes before it has seen the subscription is lost, the idle status too.
  await requests.welcomed;
  const reply = await requests.send("shell", "kernel_info_request", {});
  return reply as unknown as KernelInfo;
}

/** The same for kernels older than iopub_welcome: the first request whose end is published shows that the subscription holds. */
function firstAnswerOfAny(requests: Requests): Promise<KernelInfo> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      requests.send("shell", "kernel_info_request", {}).then((reply) => {
        clearInterval(timer);
        resolve(reply as unknown as KernelInfo);
      }, reject);
    }, unwelcomedMs);
    const stop = (): void => clearInterval(timer);
    requests.welcomed.then(stop, stop);
    firstAnswer(requests).then(resolve, reject);
  });
}

function createClient(
  child: ChildProcess,
  requests: Requests,
  info: KernelInfo,
  exited: Promise<string>,
  finished: Promise<void>,
): KernelClient {
  const shell = async <T>(type: string, content: object): Promise<T> =>
    (await requests.send("shell", type, content)) as unknown as T;
  let sequence = 0;
  const client: KernelClient = {
    pid: child.pid ?? -1,
    info,
    exited,
    onIopub: (listener) => requests.onIopub(listener),
    async execute(code, options = {}) {
      const { silent = false, signal } = options;
      const content = {
        code,
        silent,
        store_history: options.storeHistory ?? !silent,
        user_expressions: options.userExpressions ?? {},
        allow_stdin: options.allowStdin ?? options.onStdin !== undefined,
        stop_on_error: options.stopOnError ?? true,
      };
      const onAbort = (): void => {
        client.interrupt().catch(() => undefined);
      };
      const reply = requests.send("shell", "execute_request", content, options);
      if (signal?.aborted) onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      try {
        return (await reply) as unknown as ExecuteReply;
      } finally {
        signal?.removeEventListener("abort", onAbort);
      }
    },
    complete: (code, cursorPos) => shell<CompleteReply>("complete_request", { code, cursor_pos: cursorPos }),
    inspect: (code, cursorPos, detailLevel = 0) =>
      shell<InspectReply>("inspect_request", { code, cursor_pos: cursorPos, detail_level: detailLevel }),
    isComplete: (code) => shell<IsCompleteReply>("is_complete_request", { code }),
    sendComm: ({ type, data = {}, buffers = [], ...ids }) =>
      requests.sendComm(type, { ...ids, data }, buffers),
    commInfo: (targetName) =>
      shell<CommInfoReply>("comm_info_request", targetName === undefined ? {} : { target_name: targetName }),
    async interrupt() {
      await requests.send("control", "interrupt_request", {});
    },
    async createSubshell() {
      const { subshell_id: id } = await requests.send("control", "create_subshell_request", {});
      return id as string;
    },
    async deleteSubshell(id) {
      const reply = await requests.send("control", "delete_subshell_request", { subshell_id: id });
      if (reply["status"] !== "ok") throw new KernelError("E_SUBSHELL", reply["evalue"] as string);
    },
    async listSubshells() {
      const { subshell_id: ids } = await requests.send("control", "list_subshell_request", {});
      return ids as string[];
    },
    async debug(command, given = {}) {
      sequence += 1;
      const content = { type: "request", seq: sequence, command, arguments: given };
      return (await requests.send("control", "debug_request", content)) as unknown as DebugResponse;
    },
    async shutdown() {
      const timer = setTimeout(() => child.kill("SIGKILL"), shutdownTimeoutMs);
      // A kernel that ends before its reply arrives has done what was asked.
      await requests.send("control", "shutdown_request", { restart: false }).catch(() => undefined);
      await finished;
      clearTimeout(timer);
    },
    kill() {
      child.kill("SIGKILL");
    },
  };
  return client;
}

/** Sockets in a folder of mode 0700 where the platform has them, so that no other user can reach them; else local ports. */
async function chooseConnection(
  folder: string,
  transport: ConnectionInfo["transport"] = process.platform === "win32" ? "tcp" : "ipc",
): Promise<ConnectionInfo> {
  const key = createKey();
  if (transport === "ipc") {
    const ports = { shell: 1, iopub: 2, stdin: 3, control: 4, hb: 5 };
    return { transport: "ipc", ip: path.join(folder, "socket"), ports, key };
  }
  const [shell = 0, iopub = 0, stdin = 0, control = 0, hb = 0] = await freePorts(5);
  return { transport: "tcp", ip: "127.0.0.1", ports: { shell, iopub, stdin, control, hb }, key };
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number, stderr: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `The kernel gave no answer within ${timeoutMs} ms; raise startupTimeoutMs. It printed: ${stderr() || "nothing"}`;
      reject(new KernelError("E_KERNEL_START", message));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function keepTrack(child: ChildProcess): void {
  if (running.size === 0) process.once("exit", killAll);
  running.add(child);
  child.once("close", () => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killAll);
  });
}

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}
