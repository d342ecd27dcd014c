/**
 * A Jupyter client written from the messaging specification alone: nothing of `kernel/` takes part, so that an error in
 * our wire format cannot cancel itself out.
 */
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { Dealer, Request, Subscriber } from "zeromq";
import { repositoryRoot } from "./paths.ts";

/** The channels on which a client speaks. */
export type Channel = "shell" | "control" | "stdin";

/** A message as the specification draws it. */
export interface WireMessage {
  channel: Channel | "iopub";
  /** The frame in front of the delimiter on iopub. */
  topic: string;
  header: Record<string, unknown> & { msg_id: string; msg_type: string };
  parent_header: Record<string, unknown>;
  metadata: Record<string, unknown>;
  content: Record<string, unknown>;
  buffers: Buffer[];
}

/** What a request has caused: its reply, and what was published with it as the parent, up to the idle status. */
export interface Exchange {
  reply: WireMessage;
  published: WireMessage[];
}

/** Additions to a message. */
export interface SendOptions {
  buffers?: Uint8Array[];
  parent?: WireMessage;
  /** Another key than the kernel's, to forge a message. */
  key?: string;
  metadata?: object;
  /** How often the same frames are sent (default 1). */
  times?: number;
}

/** A kernel process and a client of it. */
export interface ProtocolKernel {
  readonly pid: number;
  readonly session: string;
  /** Everything received so far, in order. */
  readonly received: readonly WireMessage[];
  /** Resolves with the exit code when the process has ended. */
  readonly exited: Promise<number | null>;
  /** What the process wrote to its standard error. */
  log(): string;
  send(channel: Channel, type: string, content: object, options?: SendOptions): string;
  request(channel: Channel, type: string, content: object, options?: SendOptions): Promise<Exchange>;
  /** Sends an execute_request with the specification's defaults. */
  execute(code: string, content?: object): Promise<Exchange>;
  /** The first message, also of the past, for which the test is true. */
  find(test: (message: WireMessage) => boolean, timeoutMs?: number): Promise<WireMessage>;
  /** The reply and all that was published for a message that was sent, once it is idle. */
  exchange(id: string, timeoutMs?: number): Promise<Exchange>;
  /** Sends bytes to the heartbeat socket and gives what comes back. */
  heartbeat(bytes: Buffer): Promise<Buffer>;
  stop(): Promise<void>;
}

const delimiter = "<IDS|MSG>";

/** Starts the kernel on five local ports and connects; nothing has been asked yet. Its history is its own unless `history` says where. */
export async function startProtocolKernel({ history }: { history?: string } = {}): Promise<ProtocolKernel> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
  const names = ["shell", "iopub", "stdin", "control", "hb"];
  const ports = await choosePorts(names.length);
  const port = (name: string): string => `tcp://127.0.0.1:${ports[names.indexOf(name)]}`;
  const key = randomUUID();
  const file = path.join(folder, "kernel.json");
  const entries = names.map((name) => [`${name}_port`, ports[names.indexOf(name)]]);
  const connection = { transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256" };
  await writeFile(file, JSON.stringify({ ...connection, ...Object.fromEntries(entries) }), { mode: 0o600 });
  const main = path.join(repositoryRoot, "dist/cli/main.js");
  const child = spawn(process.execPath, [main, "kernel", "start", "--connection-file", file], {
    cwd: repositoryRoot,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, RESIDENCY_HISTORY: history ?? path.join(folder, "history.jsonl") },
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const exited = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));

  const session = randomUUID();
  const received: WireMessage[] = [];
  const watchers = new Set<() => void>();
  let stopped = false;
  const sign = (parts: string[], withKey: string): string =>
    createHmac("sha256", withKey).update(parts.join("")).digest("hex");
  const listen = async (channel: WireMessage["channel"], socket: Dealer | Subscriber): Promise<void> => {
    try {
      for await (const frames of socket) {
        received.push(parse(channel, frames, (parts) => sign(parts, key)));
        for (const watch of watchers) watch();
      }
    } catch (error) {
      if (!stopped) throw error;
    }
  };
  const dealer = (channel: Channel): Dealer => {
    const socket = new Dealer({ routingId: session, linger: 0, reconnectInterval: 10 });
    socket.connect(port(channel));
    void listen(channel, socket);
    return socket;
  };
  const dealers = { shell: dealer("shell"), control: dealer("control"), stdin: dealer("stdin") };
  const subscriber = new Subscriber({ linger: 0, reconnectInterval: 10, receiveHighWaterMark: 0 });
  subscriber.connect(port("iopub"));
  subscriber.subscribe();
  void listen("iopub", subscriber);
  const hb = new Request({ linger: 0, reconnectInterval: 10 });
  hb.connect(port("hb"));

  let sending: Promise<unknown> = Promise.resolve();
  const kernel: ProtocolKernel = {
    pid: child.pid ?? 0,
    session,
    received,
    exited,
    log: () => log,
    send(channel, type, content, { buffers = [], parent, key: other = key, metadata = {}, times = 1 } = {}) {
      const id = randomUUID();
      const header = {
        ...{ msg_id: id, session, username: "tester", date: new Date().toISOString() },
        ...{ msg_type: type, version: "5.4" },
      };
      const parts = [header, parent?.header ?? {}, metadata, content].map((part) => JSON.stringify(part));
      const frames = [delimiter, sign(parts, other), ...parts, ...buffers];
      for (let time = 0; time < times; time++) sending = sending.then(() => dealers[channel].send(frames));
      return id;
    },
    request: (channel, type, content, options) =>
      kernel.exchange(kernel.send(channel, type, content, options)),
    execute(code, content = {}) {
      const defaults = { silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
      return kernel.request("shell", "execute_request", {
        code,
        ...defaults,
        stop_on_error: true,
        ...content,
      });
    },
    find(test, timeoutMs = 15_000) {
      return new Promise((resolve, reject) => {
        const finish = (): void => {
          clearTimeout(timer);
          watchers.delete(watch);
        };
        const watch = (): void => {
          const found = received.find(test);
          if (!found) return;
          finish();
          resolve(found);
        };
        const timer = setTimeout(() => {
          finish();
          const seen = received.slice(-8).map(({ channel, header }) => `${channel}:${header.msg_type}`);
          reject(new Error(`no such message in ${timeoutMs} ms; the last were ${seen.join(", ")}`));
        }, timeoutMs);
        watchers.add(watch);
        watch();
      });
    },
    async exchange(id, timeoutMs) {
      const mine = ({ parent_header: parent }: WireMessage): boolean => parent["msg_id"] === id;
      const reply = await kernel.find((one) => mine(one) && /_reply$/.test(one.header.msg_type), timeoutMs);
      await kernel.find((one) => mine(one) && one.content["execution_state"] === "idle", timeoutMs);
      return { reply, published: received.filter((one) => mine(one) && one.channel === "iopub") };
    },
    async heartbeat(bytes) {
      await hb.send(bytes);
      const [answer] = await hb.receive();
      return answer ?? Buffer.alloc(0);
    },
    async stop() {
      stopped = true;
      child.kill("SIGKILL");
      await exited;
      for (const socket of [...Object.values(dealers), subscriber, hb]) socket.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return kernel;
}

/** A message from its frames; a framing or signature that the specification does not allow is an error. */
function parse(
  channel: WireMessage["channel"],
  frames: Buffer[],
  sign: (parts: string[]) => string,
): WireMessage {
  const start = frames.findIndex((frame) => frame.toString() === delimiter);
  const [signature, ...parts] = frames.slice(start + 1, start + 6).map((frame) => frame.toString("utf8"));
  if (start < 0 || parts.length !== 4) throw new Error(`${channel}: not five frames behind ${delimiter}`);
  if (signature !== sign(parts)) throw new Error(`${channel}: a wrong signature`);
  const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part) as WireMessage["content"]);
  return {
    channel,
    topic: start > 0 ? (frames[0]?.toString() ?? "") : "",
    header: header as WireMessage["header"],
    parent_header: parent ?? {},
    metadata: metadata ?? {},
    content: content ?? {},
    buffers: frames.slice(start + 6),
  };
}

async function choosePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
