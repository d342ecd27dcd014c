/** Comms as the kernel process sees them: which are open, and the way of their messages to the executor and back. */
import type { CommMessage } from "../comm/index.ts";
import type { CommReport, FromExecutor } from "../executor/messages.ts";
import { isJsonObject, stringAt } from "../protocol/index.ts";
import type { CommInfoReply, JsonObject, Message, MessageHeader } from "../protocol/index.ts";
import type { KernelSockets } from "../protocol/sockets.ts";

/** The comms of a session. */
export interface KernelComms {
  /** Takes comm_open, comm_msg or comm_close of a front end. */
  receive(message: Message): void;
  /** Takes what the executor says about comms. */
  hear(report: CommReport): void;
  /** Lets the executor decide about comms for targets that nobody has registered, now that no cell is left to do it. */
  releaseHeld(): void;
  /** The content of comm_info_reply. */
  info(content: JsonObject): CommInfoReply;
  /** Closes every comm, since the executor that held them is gone. */
  reset(): void;
}

/** What the comms work with. */
export interface KernelCommsOptions {
  sockets: KernelSockets;
  log: (text: string) => void;
  /** Hands a message to the executor. */
  handle: (request: number, message: CommMessage) => void;
  /** The request that a cell came from. */
  headerOf: (cell: number) => MessageHeader | undefined;
  /** The execute request that is running now. */
  running: () => MessageHeader | undefined;
  /** Whether cells are running or waiting. */
  isBusy: () => boolean;
}

/** Comm messages whose answers can still name them as their parent. */
const keptRequests = 2000;

const commTypes: readonly string[] = ["comm_open", "comm_msg", "comm_close"] satisfies CommMessage["type"][];

/** Whether a message is one of a comm. */
export function isCommMessage(message: Message): boolean {
  return commTypes.includes(message.header.msg_type);
}

/** Whether a message of the executor is about comms. */
export function isCommReport(message: FromExecutor): message is CommReport {
  return message.type === "comm" || message.type === "comm-target" || message.type === "comm-done";
}

/** Comms without any open one. */
export function createKernelComms(options: KernelCommsOptions): KernelComms {
  const { sockets, log } = options;
  const open = new Map<string, string>();
  const targets = new Set<string>();
  const headers = new Map<number, MessageHeader>();
  const unfinished = new Set<number>();
  /** By comm: its comm_open, for which no target is known yet, and what came after it. */
  const held = new Map<string, [number, CommMessage][]>();
  let count = 0;

  const idle = (request: number): void => {
    if (!unfinished.delete(request)) return;
    void sockets.publish("status", { execution_state: "idle" }, headers.get(request));
    const running = options.running();
    // A front end shows the latest status, and a cell may still be running.
    if (running) void sockets.publish("status", { execution_state: "busy" }, running);
  };
  const release = (id: string): void => {
    const messages = held.get(id) ?? [];
    held.delete(id);
    for (const [request, message] of messages) options.handle(request, message);
  };
  const publish = (message: CommMessage, parent: MessageHeader | undefined): void => {
    const { id, data, metadata, buffers } = message;
    const extra = { metadata, buffers };
    if (message.type === "comm_open") {
      const content = { comm_id: id, target_name: message.target, data };
      void sockets.publish("comm_open", content, parent, extra);
    } else {
      void sockets.publish(message.type, { comm_id: id, data }, parent, extra);
    }
  };
  const track = (message: CommMessage): void => {
    if (message.type === "comm_open") open.set(message.id, message.target);
    if (message.type === "comm_close") open.delete(message.id);
  };

  return {
    receive(received) {
      const { header } = received;
      const message = parseCommMessage(received);
      if (!message) {
        log(`ignored a ${header.msg_type} without comm_id, or a comm_open without target_name`);
        return;
      }
      const request = ++count;
      headers.set(request, header);
      headers.delete(request - keptRequests);
      unfinished.add(request);
      void sockets.publish("status", { execution_state: "busy" }, header);
      track(message);
      const waiting = held.get(message.id);
      if (waiting) waiting.push([request, message]);
      else if (message.type === "comm_open" && !targets.has(message.target) && options.isBusy())
        held.set(message.id, [[request, message]]);
      else options.handle(request, message);
    },
    hear(report) {
      if (report.type === "comm-done") {
        idle(report.request);
      } else if (report.type === "comm") {
        track(report.message);
        const parent = report.request === undefined ? undefined : headers.get(report.request);
        publish(report.message, parent ?? options.headerOf(report.cell));
      } else if (report.registered) {
        targets.add(report.target);
        for (const id of [...held.keys()]) if (open.get(id) === report.target) release(id);
      } else {
        targets.delete(report.target);
      }
    },
    releaseHeld() {
      for (const id of [...held.keys()]) release(id);
    },
    info(content) {
      const target = stringAt(content, "target_name");
      const found = [...open].filter(([, name]) => target === undefined || name === target);
      return {
        status: "ok",
        comms: Object.fromEntries(found.map(([id, name]) => [id, { target_name: name }])),
      };
    },
    reset() {
      for (const id of open.keys()) {
        publish({ type: "comm_close", id, data: {}, metadata: {}, buffers: [] }, undefined);
      }
      open.clear();
      targets.clear();
      held.clear();
      for (const request of [...unfinished]) idle(request);
    },
  };
}

function parseCommMessage({ header, content, metadata, buffers }: Message): CommMessage | undefined {
  const id = stringAt(content, "comm_id");
  if (id === undefined) return undefined;
  const data = isJsonObject(content["data"]) ? content["data"] : {};
  const body = { id, data, metadata, buffers };
  if (header.msg_type !== "comm_open") {
    return { type: header.msg_type === "comm_msg" ? "comm_msg" : "comm_close", ...body };
  }
  const target = stringAt(content, "target_name");
  return target === undefined ? undefined : { type: "comm_open", target, ...body };
}
