/** A kernel started from its argv over local ports, and requests whose answers carry the time they arrived. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Request } from "zeromq";
import { freePorts, openChannels } from "../../kernel/client/index.ts";
import { createKey, endpoint, writeConnectionFile } from "../../kernel/protocol/index.ts";
import type { ConnectionInfo, JsonObject, Message } from "../../kernel/protocol/index.ts";
import { repositoryRoot } from "./kernels.ts";
import type { BenchKernel } from "./kernels.ts";

/** A message and when it came, in milliseconds of `performance.now`. */
export interface Arrival {
  at: number;
  type: string;
  content: JsonObject;
}

/** A request on its way and what it has caused so far. */
export interface Exchange {
  sentAt: number;
  /** Everything published because of it, in order. */
  published: Arrival[];
  reply: Promise<Arrival>;
  idle: Promise<Arrival>;
}

/** Open channels to a kernel. */
export interface Connection {
  request(channel: "shell" | "control", type: string, content: object): Exchange;
  execute(code: string): Exchange;
  /** Resolves when what the kernel publishes arrives here; false when it does not answer. */
  subscribed(timeoutMs?: number): Promise<boolean>;
  /** Milliseconds until a heartbeat comes back, or undefined after `timeoutMs`. */
  heartbeat(timeoutMs: number): Promise<number | undefined>;
  close(): void;
}

/** A running kernel and the channels to it. */
export interface Session extends Omit<Connection, "close"> {
  readonly startedAt: number;
  readonly child: ChildProcess;
  interrupt(): void;
  /** Ends the kernel. */
  close(): Promise<void>;
}

/** A connection over free local ports, in a file of its own folder. */
export async function createConnection(): Promise<{ info: ConnectionInfo; file: string; folder: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "residency-bench-"));
  const [shell = 0, iopub = 0, stdin = 0, control = 0, hb = 0] = await freePorts(5);
  const ports = { shell, iopub, stdin, control, hb };
  const info: ConnectionInfo = { transport: "tcp", ip: "127.0.0.1", ports, key: createKey() };
  const file = path.join(folder, "connection.json");
  await writeConnectionFile(file, info);
  return { info, file, folder };
}

/** The kernel's command for a connection file. */
export function commandOf(kernel: BenchKernel, file: string): [string, string[]] {
  const [program = "", ...args] = kernel.argv.map((word) => word.replace("{connection_file}", file));
  return [program, args];
}

/** Starts a kernel; nothing is known of it until it has answered something. */
export async function startSession(kernel: BenchKernel): Promise<Session> {
  const { info, file, folder } = await createConnection();
  const startedAt = performance.now();
  const [program, args] = commandOf(kernel, file);
  const child = spawn(program, args, {
    cwd: repositoryRoot,
    stdio: "ignore",
    env: {
      ...process.env,
      JPY_PARENT_PID: String(process.pid),
      RESIDENCY_HISTORY: path.join(folder, "history.jsonl"),
    },
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const connection = connect(info);
  return {
    startedAt,
    child,
    ...connection,
    interrupt() {
      if (kernel.interruptMode === "signal") child.kill("SIGINT");
      else connection.request("control", "interrupt_request", {});
    },
    async close() {
      child.kill("SIGKILL");
      await exited;
      connection.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Requests to a kernel that runs already, or will soon. */
export function connect(info: ConnectionInfo): Connection {
  type Waiting = Exchange & { onReply: (arrival: Arrival) => void; onIdle: (arrival: Arrival) => void };
  const waiting = new Map<string, Waiting>();
  const receive = (channel: string, message: Message): void => {
    const exchange = waiting.get(message.parentHeader?.msg_id ?? "");
    if (!exchange) return;
    const { content } = message;
    const arrival = { at: performance.now(), type: message.header.msg_type, content };
    if (channel !== "iopub") {
      exchange.onReply(arrival);
      return;
    }
    exchange.published.push(arrival);
    if (arrival.type === "status" && content["execution_state"] === "idle") exchange.onIdle(arrival);
  };
  const channels = openChannels(info, receive);
  const request: Connection["request"] = (channel, type, content) => {
    let onReply: Waiting["onReply"] = () => undefined;
    let onIdle: Waiting["onIdle"] = () => undefined;
    const reply = new Promise<Arrival>((resolve) => (onReply = resolve));
    const idle = new Promise<Arrival>((resolve) => (onIdle = resolve));
    const sentAt = performance.now();
    const exchange = { sentAt, published: [], reply, idle, onReply, onIdle };
    waiting.set(channels.send(channel, type, content).msg_id, exchange);
    return exchange;
  };
  return {
    request,
    close: () => channels.close(),
    execute: (code) =>
      request("shell", "execute_request", {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: false,
      }),
    // Most kernels send no iopub_welcome, so requests are repeated until one is seen to end.
    async subscribed(timeoutMs = 15_000) {
      const deadline = performance.now() + timeoutMs;
      while (performance.now() < deadline) {
        const { reply, idle } = request("shell", "kernel_info_request", {});
        if (!(await within(reply, deadline - performance.now()))) return false;
        if (await within(idle, 200)) return true;
      }
      return false;
    },
    async heartbeat(timeoutMs) {
      const socket = new Request({ linger: 0, receiveTimeout: timeoutMs });
      try {
        socket.connect(endpoint(info, "hb"));
        const sentAt = performance.now();
        await socket.send("ping");
        await socket.receive();
        return performance.now() - sentAt;
      } catch {
        return undefined;
      } finally {
        socket.close();
      }
    },
  };
}

/** What a promise gives, or undefined when that takes longer. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const controller = new AbortController();
  const { signal } = controller;
  const late = sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    controller.abort();
  }
}
