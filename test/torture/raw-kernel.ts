/** A kernel for torture: started as Jupyter does, with sockets that send whatever frames a test makes up. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { Dealer, Request } from "zeromq";
import { KernelError } from "../../kernel/index.ts";
import { openRequests } from "../../kernel/client/requests.ts";
import type { Requests } from "../../kernel/client/requests.ts";
import { createKey, endpoint, writeConnectionFile } from "../../kernel/protocol/index.ts";
import type { Channel, ConnectionInfo } from "../../kernel/protocol/index.ts";
import { repositoryRoot } from "../support/paths.ts";

/** A kernel process without the IPC channel that our own client gives it. */
export interface RawKernel {
  readonly info: ConnectionInfo;
  readonly pid: number;
  readonly folder: string;
  readonly connectionFile: string;
  /** A well-behaved client. */
  readonly client: Requests;
  /** What it has written to stderr. */
  log(): string;
  /** Resolves with the exit code or the signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Sends frames as they are. */
  send(channel: "shell" | "control" | "stdin", frames: (Buffer | string)[]): Promise<void>;
  /** Milliseconds until the heartbeat answers. */
  heartbeat(): Promise<number>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Settings of `startRawKernel`. */
export interface RawKernelOptions {
  info?: Partial<ConnectionInfo>;
  env?: NodeJS.ProcessEnv;
  args?: string[];
}

/** Addresses in a folder: Unix sockets, or free ports with `transport: "tcp"`. */
export async function chooseAddresses(
  folder: string,
  transport: ConnectionInfo["transport"] = "ipc",
): Promise<ConnectionInfo> {
  const numbers = transport === "ipc" ? [1, 2, 3, 4, 5] : await freePorts();
  const [shell = 0, iopub = 0, stdin = 0, control = 0, hb = 0] = numbers;
  const ip = transport === "ipc" ? path.join(folder, "s") : "127.0.0.1";
  return { transport, ip, ports: { shell, iopub, stdin, control, hb }, key: createKey() };
}

/** Starts a kernel process for a connection file, without waiting for anything. */
export function spawnKernel(
  connectionFile: string,
  options: Omit<RawKernelOptions, "info"> = {},
): { child: ChildProcess; log: () => string; ended: Promise<number | NodeJS.Signals | null> } {
  const main = path.join(repositoryRoot, "dist/kernel/main.js");
  const child = spawn(
    process.execPath,
    [main, "--connection-file", connectionFile, ...(options.args ?? [])],
    {
      cwd: repositoryRoot,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  return { child, log: () => log, ended };
}

/** Starts a kernel and waits until it answers. */
export async function startRawKernel(options: RawKernelOptions = {}): Promise<RawKernel> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "residency-torture-"));
  const info = { ...(await chooseAddresses(folder, options.info?.transport)), ...options.info };
  const connectionFile = path.join(folder, "connection.json");
  await writeConnectionFile(connectionFile, info);
  const { child, log, ended } = spawnKernel(connectionFile, options);
  const client = openRequests(info);
  void ended.then(() => client.fail(new KernelError("E_KERNEL_DIED", `the kernel has ended: ${log()}`)));
  await client.welcomed;
  await client.send("control", "kernel_info_request", {});
  const dealers = new Map<Channel, Dealer>();
  return {
    info,
    pid: child.pid ?? -1,
    folder,
    connectionFile,
    client,
    log,
    ended,
    async send(channel, frames) {
      let dealer = dealers.get(channel);
      if (!dealer) {
        dealer = new Dealer({ linger: 1000 });
        dealer.connect(endpoint(info, channel));
        dealers.set(channel, dealer);
      }
      await dealer.send(frames);
    },
    async heartbeat() {
      const socket = new Request({ linger: 0, receiveTimeout: 5000 });
      socket.connect(endpoint(info, "hb"));
      const started = performance.now();
      await socket.send("ping");
      await socket.receive();
      socket.close();
      return performance.now() - started;
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
      for (const dealer of dealers.values()) dealer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The memory of a process in RAM, in megabytes. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

/** Waits until a condition holds and gives the milliseconds that it took; fails after `timeoutMs`. */
export async function waitUntil(condition: () => boolean, what: string, timeoutMs = 4000): Promise<number> {
  const started = performance.now();
  while (!condition()) {
    if (performance.now() - started > timeoutMs) throw new Error(`still not after ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - started;
}

async function freePorts(): Promise<number[]> {
  const servers = Array.from({ length: 5 }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            resolve(typeof address === "object" && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
