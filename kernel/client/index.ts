/** The front door of the client: start a kernel, run code, hear its outputs. */
export type {
  CommInfoReply,
  CompleteReply,
  DebugEvent,
  DebugResponse,
  DisplayContent,
  ErrorContent,
  ExecuteReply,
  InspectReply,
  IopubContents,
  IopubMessage,
  IsCompleteReply,
  JsonObject,
  JsonValue,
  KernelInfo,
  MimeBundle,
} from "../protocol/index.ts";
export { KernelError } from "../errors.ts";
export { openChannels } from "./channels.ts";
export type { ClientChannels, MessageListener, RequestChannel } from "./channels.ts";
export { freePorts } from "./free-ports.ts";
export type { ClientCommMessage, ExecuteOptions, KernelClient } from "./kernel-client.ts";
export { launchKernel } from "./launch.ts";
export type { LaunchOptions } from "./launch.ts";
