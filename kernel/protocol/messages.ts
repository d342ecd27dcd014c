/** The messages of the Jupyter protocol, version 5.4; field names are the protocol's own. */
import type { JsonObject, JsonValue } from "./json.ts";

/** The version of the messaging protocol that headers carry. */
export const protocolVersion = "5.4";

/** The header of every message. */
export interface MessageHeader {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
}

/** A message after its signature was checked. */
export interface Message {
  /** Routing frames in front of the delimiter. */
  identities: Buffer[];
  header: MessageHeader;
  /** The header of the request that caused this message, or undefined when nothing did. */
  parentHeader: MessageHeader | undefined;
  metadata: JsonObject;
  content: JsonObject;
  buffers: Buffer[];
}

/** Representations of one value by MIME type. */
export type MimeBundle = JsonObject;

/** What display_data and update_display_data carry. */
export interface DisplayContent {
  data: MimeBundle;
  metadata: JsonObject;
  transient?: { display_id?: string };
}

/** What an error says: the class, the message, and lines to print. */
export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** An event of the Debug Adapter Protocol, in the content of debug_event. */
export interface DebugEvent {
  type: "event";
  seq: number;
  event: string;
  body: JsonObject;
}

/** A response of the Debug Adapter Protocol, in the content of debug_reply. */
export interface DebugResponse {
  type: "response";
  seq: number;
  request_seq: number;
  command: string;
  success: boolean;
  /** Why it failed. */
  message?: string;
  body: JsonObject;
}

/** The content of each message type of the iopub channel that the kernel sends. */
export interface IopubContents {
  status: { execution_state: "starting" | "busy" | "idle" };
  execute_input: { code: string; execution_count: number };
  stream: { name: "stdout" | "stderr"; text: string };
  display_data: DisplayContent;
  update_display_data: DisplayContent;
  execute_result: { execution_count: number; data: MimeBundle; metadata: JsonObject };
  error: ErrorContent;
  clear_output: { wait: boolean };
  comm_open: { comm_id: string; target_name: string; data: JsonObject };
  comm_msg: { comm_id: string; data: JsonObject };
  comm_close: { comm_id: string; data: JsonObject };
  iopub_welcome: { subscription: string };
  debug_event: DebugEvent;
}

/** A message of the iopub channel, told apart by `type`. */
export type IopubMessage = {
  [T in keyof IopubContents]: {
    type: T;
    content: IopubContents[T];
    /** `msg_id` of the request that caused it. */
    parentId: string | undefined;
    metadata: JsonObject;
    buffers: Buffer[];
  };
}[keyof IopubContents];

/** How an execution ended. */
export type ExecuteReply =
  | { status: "ok"; execution_count: number; user_expressions: JsonObject; payload: JsonValue[] }
  | ({ status: "error"; execution_count: number } & ErrorContent)
  | { status: "aborted"; execution_count?: number };

/** Candidates that may replace the text between the two cursor positions (in code points). */
export interface CompleteReply {
  status: "ok" | "error";
  matches: string[];
  cursor_start: number;
  cursor_end: number;
  metadata: JsonObject;
}

/** Documentation of the name under the cursor. */
export interface InspectReply {
  status: "ok" | "error";
  found: boolean;
  data: MimeBundle;
  metadata: JsonObject;
}

/** The open comms, by id. */
export interface CommInfoReply {
  status: "ok" | "error";
  comms: Record<string, { target_name: string }>;
}

/** Whether a piece of code could be run as it is; `indent` goes with "incomplete". */
export interface IsCompleteReply {
  status: "complete" | "incomplete" | "invalid" | "unknown";
  indent?: string;
}

/** What a kernel says about itself. */
export interface KernelInfo {
  status: "ok";
  protocol_version: string;
  implementation: string;
  implementation_version: string;
  language_info: {
    name: string;
    version: string;
    mimetype: string;
    file_extension: string;
    pygments_lexer: string;
    codemirror_mode: JsonObject | string;
    nbconvert_exporter: string;
  };
  banner: string;
  debugger: boolean;
  help_links: { text: string; url: string }[];
  supported_features: string[];
}
