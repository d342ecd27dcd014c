/** The client's end of the sockets: signed requests out, checked messages in. */
import { randomUUID } from "node:crypto";
import { Dealer, Subscriber } from "zeromq";
import {
  createHeader,
  createSendQueue,
  createSigner,
  decodeMessage,
  encodeMessage,
  endpoint,
} from "../protocol/index.ts";
import type { ConnectionInfo, Message, MessageHeader, SendQueue } from "../protocol/index.ts";

/** The channels on which a client sends. */
export type RequestChannel = "shell" | "control" | "stdin";

/** Called with every message whose signature is right. */
export type MessageListener = (channel: RequestChannel | "iopub", message: Message) => void;

/** What a message has besides its content. */
export interface SendOptions {
  parentHeader?: MessageHeader;
  buffers?: readonly Uint8Array[];
  /** The subshell that a request is for. */
  subshell?: string | undefined;
}

/** Open sockets of one client. */
export interface ClientChannels {
  /** Signs and sends a message and gives its header, by whose `msg_id` replies are known. */
  send(channel: RequestChannel, msgType: string, content: object, options?: SendOptions): MessageHeader;
  /** Closes the sockets; nothing is heard after it. */
  close(): void;
}

/** How soon a socket tries again while the kernel has not bound its own yet (ZeroMQ's default is 100 ms). */
const reconnectInterval = 10;

/** Connects to a kernel's shell, control, stdin and iopub sockets. */
export function openChannels(info: ConnectionInfo, onMessage: MessageListener): ClientChannels {
  const session = randomUUID();
  const signer = createSigner(info.key);
  let closed = false;

  const listen = async (channel: RequestChannel | "iopub", socket: Dealer | Subscriber): Promise<void> => {
    try {
      for await (const frames of socket) {
        const message = decodeMessage(frames, signer);
        if (message && !closed) onMessage(channel, message);
      }
    } catch (error) {
      // A receive that close() interrupts rejects; anything else is a fault of ours.
      if (!closed) throw error;
    }
  };
  const dealer = (channel: RequestChannel): Dealer => {
    // The kernel routes input requests by the identity that it saw on shell.
    const socket = new Dealer({
      routingId: session,
      linger: 0,
      reconnectInterval,
      sendHighWaterMark: 0,
      receiveHighWaterMark: 0,
    });
    socket.connect(endpoint(info, channel));
    void listen(channel, socket);
    return socket;
  };
  const sockets = { shell: dealer("shell"), control: dealer("control"), stdin: dealer("stdin") };
  const queues: Record<RequestChannel, SendQueue> = {
    shell: createSendQueue(sockets.shell),
    control: createSendQueue(sockets.control),
    stdin: createSendQueue(sockets.stdin),
  };
  const iopub = new Subscriber({ linger: 0, reconnectInterval, receiveHighWaterMark: 0 });
  iopub.connect(endpoint(info, "iopub"));
  iopub.subscribe();
  void listen("iopub", iopub);

  return {
    send(channel, msgType, content, { parentHeader, buffers = [], subshell } = {}) {
      const named = createHeader(msgType, session, "residency");
      const header = subshell === undefined ? named : { ...named, subshell_id: subshell };
      const frames = encodeMessage({ header, parentHeader, content, buffers }, signer);
      // A failed send means that the sockets are closed; the waiting request is rejected by whoever closed them.
      queues[channel].send(frames).catch(() => undefined);
      return header;
    },
    close() {
      if (closed) return;
      closed = true;
      for (const socket of [...Object.values(sockets), iopub]) socket.close();
    },
  };
}
