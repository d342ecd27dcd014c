/** One queue for each socket, since ZeroMQ allows one unfinished send at a time. */
import type { MessageLike } from "zeromq";

/** A socket that sends multipart messages. */
export interface SendingSocket {
  send(frames: MessageLike[]): Promise<void>;
}

/** Sends in the order of the calls. */
export interface SendQueue {
  /** Puts the frames at the end of the queue; resolves once ZeroMQ has taken them. */
  send(frames: MessageLike[]): Promise<void>;
}

/** A queue in front of a socket; a failed send rejects its own promise and the queue goes on. */
export function createSendQueue(socket: SendingSocket): SendQueue {
  let last: Promise<void> = Promise.resolve();
  return {
    send(frames) {
      const sent = last.then(() => socket.send(frames));
      last = sent.catch(() => undefined);
      return sent;
    },
  };
}
