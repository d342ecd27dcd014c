/** The requests that wait for an answer: each needs its reply and the idle status, in whichever order they come. */
import type { KernelError } from "../errors.ts";
import { stringAt } from "../protocol/index.ts";
import type { IopubMessage, JsonObject, Message, MessageHeader } from "../protocol/index.ts";
import { openChannels } from "./channels.ts";
import type { ClientChannels, RequestChannel } from "./channels.ts";
import type { ConnectionInfo } from "../protocol/index.ts";

/** What a request listens to while it waits. */
export interface RequestHandlers {
  onMessage?: ((message: IopubMessage) => void) | undefined;
  onStdin?: ((prompt: string, password: boolean) => Promise<string>) | undefined;
  /** The subshell that the request is for. */
  subshell?: string | undefined;
}

interface Pending extends RequestHandlers {
  reply: JsonObject | undefined;
  idle: boolean;
  resolve(reply: JsonObject): void;
  reject(error: Error): void;
}

/** Sends requests and matches what comes back with them. */
export interface Requests {
  send(
    channel: "shell" | "control",
    type: string,
    content: object,
    handlers?: RequestHandlers,
  ): Promise<JsonObject>;
  /** Sends a message that has no reply; resolves with the idle status that it causes. */
  sendComm(type: string, content: object, buffers: readonly Uint8Array[]): Promise<void>;
  /** Resolves when the kernel has seen this client's iopub subscription. */
  readonly welcomed: Promise<void>;
  onIopub(listener: (message: IopubMessage) => void): () => void;
  /** Rejects everything that waits and closes the sockets. */
  fail(error: KernelError): void;
}

/** Opens the channels and keeps the table of waiting requests. */
export function openRequests(info: ConnectionInfo): Requests {
  const pending = new Map<string, Pending>();
  const listeners = new Set<(message: IopubMessage) => void>();
  let failure: KernelError | undefined;
  let welcome: () => void = () => undefined;
  let refuse: (error: KernelError) => void = () => undefined;
  const welcomed = new Promise<void>((resolve, reject) => {
    welcome = resolve;
    refuse = reject;
  });
  welcomed.catch(() => undefined);

  const settle = (id: string, request: Pending): void => {
    if (!request.reply || !request.idle) return;
    pending.delete(id);
    request.resolve(request.reply);
  };
  const answerStdin = async (message: Message): Promise<void> => {
    const request = pending.get(message.parentHeader?.msg_id ?? "");
    const prompt = stringAt(message.content, "prompt") ?? "";
    const value = (await request?.onStdin?.(prompt, message.content["password"] === true)) ?? "";
    channels.send("stdin", "input_reply", { value, status: "ok" }, { parentHeader: message.header });
  };
  const receive = (channel: RequestChannel | "iopub", message: Message): void => {
    const id = message.parentHeader?.msg_id;
    const request = id === undefined ? undefined : pending.get(id);
    if (channel === "stdin") {
      void answerStdin(message);
    } else if (channel === "iopub") {
      const iopub = toIopub(message);
      if (iopub.type === "iopub_welcome") welcome();
      for (const listener of listeners) listener(iopub);
      request?.onMessage?.(iopub);
      if (
        request &&
        id !== undefined &&
        iopub.type === "status" &&
        iopub.content.execution_state === "idle"
      ) {
        request.idle = true;
        settle(id, request);
      }
    } else if (request && id !== undefined) {
      request.reply = message.content;
      settle(id, request);
    }
  };
  const channels: ClientChannels = openChannels(info, receive);

  return {
    welcomed,
    send(channel, type, content, handlers = {}) {
      if (failure) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        const { subshell } = handlers;
        const header: MessageHeader = channels.send(channel, type, content, { subshell });
        pending.set(header.msg_id, { ...handlers, reply: undefined, idle: false, resolve, reject });
      });
    },
    sendComm(type, content, buffers) {
      if (failure) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        const header = channels.send("shell", type, content, { buffers });
        pending.set(header.msg_id, { reply: {}, idle: false, resolve: () => resolve(), reject });
      });
    },
    onIopub(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    fail(error) {
      failure ??= error;
      refuse(failure);
      for (const request of pending.values()) request.reject(failure);
      pending.clear();
      channels.close();
    },
  };
}

/** The iopub message in the client's shape; its signature vouches for the kernel that wrote the content. */
function toIopub(message: Message): IopubMessage {
  return {
    type: message.header.msg_type,
    content: message.content,
    parentId: message.parentHeader?.msg_id,
    metadata: message.metadata,
    buffers: message.buffers,
  } as unknown as IopubMessage;
}
