/** The kernel's five sockets: checked messages in, signed messages out, heartbeats echoed. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { Reply, Router, XPublisher } from "zeromq";
import type { ConnectionInfo } from "./connection-file.ts";
import { channels, endpoint } from "./connection-file.ts";
import type { JsonObject } from "./json.ts";
import type { IopubContents, Message, MessageHeader } from "./messages.ts";
import { createSendQueue } from "./send-queue.ts";
import { createSigner } from "./signature.ts";
import { createHeader, decodeMessage, encodeMessage } from "./wire.ts";

/** The channels on which requests and their replies travel. */
export type RequestChannel = "shell" | "control" | "stdin";

/** The longest message that is taken, in bytes. */
const maxMessageSize = 256 * 1024 * 1024;

/** What a message may carry beside its content. */
export interface MessageExtra {
  metadata?: JsonObject;
  buffers?: readonly Uint8Array[];
}

/** Bound sockets. */
export interface KernelSockets {
  /**
   * Sends a message to the client with these identities.
   *
   * @throws RangeError at once when the content is too long to be sent.
   */
  send(channel: RequestChannel, to: Message, type: string, content: object): Promise<void>;
  /**
   * Publishes a message that the request with `parent` caused; resolves when all before it are out too.
   *
   * @throws RangeError at once when the content is too long to be sent.
   */
  publish<T extends keyof IopubContents>(
    type: T,
    content: IopubContents[T],
    parent?: MessageHeader,
    extra?: MessageExtra,
  ): Promise<void>;
  close(): void;
}

/** Who hears that clients come and go. */
export interface IopubListeners {
  /** Called when a client starts to listen to outputs. */
  onSubscribe?: () => void;
  /** Called when the last client that listened to outputs has gone. */
  onDeserted?: () => void;
}

/**
 * Binds the sockets and hands on each message whose signature is right; others are dropped.
 *
 * @throws Error of ZeroMQ that names the address when it is in use.
 */
export async function bindSockets(
  info: ConnectionInfo,
  onMessage: (channel: RequestChannel, message: Message) => void,
  { onSubscribe, onDeserted }: IopubListeners = {},
): Promise<KernelSockets> {
  const session = randomUUID();
  const signer = createSigner(info.key, { refuseRepeated: true });
  const linger = 1000;
  const router = (): Router => new Router({ linger, maxMessageSize, sendHighWaterMark: 0 });
  const sockets = {
    shell: router(),
    control: router(),
    stdin: router(),
    // A slow client gets everything late: with a limit ZeroMQ would drop outputs, or with `noDrop` fail with EAGAIN.
    iopub: new XPublisher({ linger, sendHighWaterMark: 0, verbosity: "allSubs" }),
    hb: new Reply({ linger: 0 }),
  };
  for (const channel of channels) {
    const address = endpoint(info, channel);
    await sockets[channel].bind(address).catch((error: unknown) => {
      throw new Error(`Cannot bind the ${channel} socket to ${address}: ${String(error)}`, { cause: error });
    });
  }
  const queues = {
    shell: createSendQueue(sockets.shell),
    control: createSendQueue(sockets.control),
    stdin: createSendQueue(sockets.stdin),
    iopub: createSendQueue(sockets.iopub),
  };
  let closed = false;
  const unlessClosed = (error: unknown): void => {
    if (!closed) throw error;
  };
  const receive = (loop: () => Promise<void>): Promise<void> => loop().catch(unlessClosed);
  const publish: KernelSockets["publish"] = (type, content, parentHeader, extra) => {
    const header = createHeader(type, session);
    const identities = [Buffer.from(`kernel.${session}.${type}`)];
    return queues.iopub
      .send(encodeMessage({ identities, header, parentHeader, content, ...extra }, signer))
      .catch(unlessClosed);
  };
  for (const channel of ["shell", "control", "stdin"] as const) {
    void receive(async () => {
      for await (const frames of sockets[channel]) {
        const message = decodeMessage(frames, signer);
        if (message) onMessage(channel, message);
      }
    });
  }
  void receive(async () => {
    for await (const [frame] of sockets.iopub) {
      // The first byte says "subscribed"; the answer tells the client that it misses nothing from now on.
      if (frame?.[0] === 1) {
        void publish("iopub_welcome", { subscription: frame.subarray(1).toString("utf8") });
        onSubscribe?.();
      } else if (frame?.[0] === 0) {
        onDeserted?.();
      }
    }
  });
  void receive(async () => {
    for await (const frames of sockets.hb) await sockets.hb.send(frames);
  });

  return {
    publish,
    send(channel, to, type, content) {
      const header = createHeader(type, session);
      const metadata: JsonObject = {};
      const outgoing = { identities: to.identities, header, parentHeader: to.header, metadata, content };
      return queues[channel].send(encodeMessage(outgoing, signer)).catch(unlessClosed);
    },
    close() {
      closed = true;
      for (const socket of Object.values(sockets)) socket.close();
      if (info.transport !== "ipc") return;
      // ZeroMQ removes them later, in a thread that the end of the process cuts short.
      for (const channel of channels) {
        rmSync(endpoint(info, channel).replace("ipc://", ""), { force: true });
      }
    },
  };
}
