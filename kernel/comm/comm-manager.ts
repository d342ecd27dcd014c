/** The open comms of a process, and the targets that a front end may open comms for. */
import { randomUUID } from "node:crypto";
import type { JsonObject } from "../protocol/index.ts";
import type { CommBuffer, CommMessage } from "./messages.ts";

/** Called with each message of a comm; the kernel stays busy until its promise is settled. */
export type CommHandler = (data: JsonObject, buffers: Uint8Array[]) => unknown;

/** A two-way connection between the kernel and a front end. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Sends a message, with binary data beside it. */
  send(data: object, buffers?: readonly CommBuffer[]): void;
  /** Closes both ends; nothing is sent or heard after it. */
  close(data?: object): void;
  /** Listens to messages; what the listener prints shows in the cell that called `onMessage`. */
  onMessage(handler: CommHandler): void;
  /** Called once, when the front end closes the comm. */
  onClose(handler: (data: JsonObject) => unknown): void;
}

/** Called when a front end opens a comm for a target. */
export type CommTarget = (comm: Comm, data: JsonObject, buffers: Uint8Array[]) => unknown;

/** Settings of `open`. */
export interface CommOpenOptions {
  buffers?: readonly CommBuffer[];
  metadata?: object;
}

/** Opens comms and registers targets. */
export interface Comms {
  /** Lets front ends open comms with this target name; a second registration replaces the first. */
  register(target: string, onOpen: CommTarget): void;
  /** Takes a target back; comms that are open stay open. */
  unregister(target: string): void;
  /** Opens a comm to the front end. */
  open(target: string, data?: object, options?: CommOpenOptions): Comm;
}

/** The comms of a process, and the way in for messages. */
export interface CommManager extends Comms {
  /** Handles a message of the front end; resolves when its handlers are done. */
  receive(message: CommMessage): Promise<void>;
  /** Ties a handler to the cell that is running now: its output and its errors belong there. */
  bind: CommTransport["bind"];
}

/** What a comm manager needs of the process around it. */
export interface CommTransport {
  send(message: CommMessage): void;
  /** Says that a target can be opened from now on, or no longer. */
  announceTarget(target: string, registered: boolean): void;
  /** Ties a handler to the cell that is running now: its output and its errors belong there. */
  bind<A extends unknown[]>(handler: (...args: A) => unknown): (...args: A) => Promise<void>;
  log(text: string): void;
}

interface OpenComm {
  comm: Comm;
  onMessage: ((data: JsonObject, buffers: Uint8Array[]) => Promise<void>)[];
  onClose: ((data: JsonObject) => Promise<void>)[];
}

/** A manager without comms. */
export function createCommManager(transport: CommTransport): CommManager {
  const targets = new Map<string, (comm: Comm, data: JsonObject, buffers: Uint8Array[]) => Promise<void>>();
  const open = new Map<string, OpenComm>();

  const createComm = (id: string, target: string): Comm => {
    const entry: Omit<OpenComm, "comm"> = { onMessage: [], onClose: [] };
    const comm: Comm = {
      id,
      target,
      send(data, buffers = []) {
        if (!open.has(id))
          throw new Error(`Cannot send on the comm "${target}": it is closed. Open a new one.`);
        const body = { id, data: toJson(data, "comm.send"), metadata: {}, buffers: buffers.map(toBytes) };
        transport.send({ type: "comm_msg", ...body });
      },
      close(data = {}) {
        if (!open.delete(id)) return;
        transport.send({
          type: "comm_close",
          id,
          data: toJson(data, "comm.close"),
          metadata: {},
          buffers: [],
        });
      },
      onMessage: (handler) => void entry.onMessage.push(transport.bind(handler)),
      onClose: (handler) => void entry.onClose.push(transport.bind(handler)),
    };
    open.set(id, { comm, ...entry });
    return comm;
  };

  return {
    bind: (handler) => transport.bind(handler),
    register(target, onOpen) {
      targets.set(target, transport.bind(onOpen));
      transport.announceTarget(target, true);
    },
    unregister(target) {
      if (targets.delete(target)) transport.announceTarget(target, false);
    },
    open(target, data = {}, options = {}) {
      const body = {
        data: toJson(data, "comms.open"),
        metadata: toJson(options.metadata ?? {}, "comms.open"),
        buffers: (options.buffers ?? []).map(toBytes),
      };
      const comm = createComm(randomUUID(), target);
      transport.send({ type: "comm_open", id: comm.id, target, ...body });
      return comm;
    },
    async receive(message) {
      const { id, data, buffers } = message;
      if (message.type === "comm_open") {
        const onOpen = targets.get(message.target);
        if (onOpen) {
          await onOpen(createComm(id, message.target), data, buffers);
        } else {
          transport.log(`closed a comm for the unknown target ${JSON.stringify(message.target)}`);
          transport.send({ type: "comm_close", id, data: {}, metadata: {}, buffers: [] });
        }
        return;
      }
      const entry = open.get(id);
      if (!entry) {
        transport.log(`ignored a ${message.type} for the unknown comm ${JSON.stringify(id)}`);
        return;
      }
      if (message.type === "comm_close") open.delete(id);
      const handlers = message.type === "comm_close" ? entry.onClose : entry.onMessage;
      await Promise.all(handlers.map((handler) => handler(data, buffers)));
    },
  };
}

/** Fails where the mistake is, and not in the process that would have to send it. */
function toJson(data: object, caller: string): JsonObject {
  if (typeof data !== "object" || (data as unknown) === null || Array.isArray(data)) {
    const what = Array.isArray(data) ? "a list" : `a ${typeof data}`;
    throw new TypeError(`${caller} got ${what}; give a plain object.`);
  }
  return JSON.parse(JSON.stringify(data)) as JsonObject;
}

function toBytes(buffer: CommBuffer): Uint8Array {
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
}
