/** The front door of the client: start a kernel, run code, hear its outputs. */
export type {
  CommInfoReply,
  CompleteReply,
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
export type { ClientCommMessage, ExecuteOptions, KernelClient } from "./kernel-client.ts";
export { launchKernel } from "./launch.ts";
export type { LaunchOptions } from "./launch.ts";
