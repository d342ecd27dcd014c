/** A client of one kernel: requests as promises, outputs as callbacks. */
import type {
  CommInfoReply,
  CompleteReply,
  DebugResponse,
  ExecuteReply,
  InspectReply,
  IopubMessage,
  IsCompleteReply,
  JsonObject,
  KernelInfo,
} from "../protocol/index.ts";

/** Settings of one execution. */
export interface ExecuteOptions {
  /** Run without outputs, history or execution count (default false). */
  silent?: boolean;
  /** Keep the code in the history (default: not `silent`). */
  storeHistory?: boolean;
  /** Abort the executions that are queued behind this one when it fails (default true). */
  stopOnError?: boolean;
  /** Whether the cell may ask for input (default: whether `onStdin` is given). */
  allowStdin?: boolean;
  /** Expressions to evaluate after the cell, by name. */
  userExpressions?: Record<string, string>;
  /** Called with each iopub message of this execution, in order. */
  onMessage?: (message: IopubMessage) => void;
  /** Answers a request for input. */
  onStdin?: (prompt: string, password: boolean) => Promise<string>;
  /** The subshell in which it runs, by the name that `createSubshell` gave (default: the main shell). */
  subshell?: string;
  /** Aborting it interrupts the kernel; the reply then says KeyboardInterrupt. */
  signal?: AbortSignal;
}

/** A message of a comm from a client to the kernel; field names are the protocol's own. */
export type ClientCommMessage =
  | {
      type: "comm_open";
      comm_id: string;
      target_name: string;
      data?: object;
      buffers?: readonly Uint8Array[];
    }
  | { type: "comm_msg" | "comm_close"; comm_id: string; data?: object; buffers?: readonly Uint8Array[] };

/** A running kernel process and the requests that it answers. */
export interface KernelClient {
  /** The kernel's process id. */
  readonly pid: number;
  /** What the kernel said about itself when it started. */
  readonly info: KernelInfo;
  /** Resolves with a sentence that says why, once the kernel process has ended. */
  readonly exited: Promise<string>;
  /** Runs code; resolves when both the reply and the idle status have arrived, also when the code failed. */
  execute(code: string, options?: ExecuteOptions): Promise<ExecuteReply>;
  /** Makes a subshell, whose cells run while those of the main shell wait, and gives its name. */
  createSubshell(): Promise<string>;
  /** Removes a subshell; rejects with KernelError E_SUBSHELL when there is none of this name. */
  deleteSubshell(id: string): Promise<void>;
  /** The names of all subshells. */
  listSubshells(): Promise<string[]>;
  /** Completes at a cursor position in Unicode code points. */
  complete(code: string, cursorPos: number): Promise<CompleteReply>;
  /** Documents the name at a cursor position in Unicode code points. */
  inspect(code: string, cursorPos: number, detailLevel?: 0 | 1): Promise<InspectReply>;
  /** Says whether code is complete as it stands. */
  isComplete(code: string): Promise<IsCompleteReply>;
  /** Sends a message of a comm; resolves when the kernel is done with it. What the kernel sends comes by `onIopub`. */
  sendComm(message: ClientCommMessage): Promise<void>;
  /** Lists the open comms, those of one target if it is given. */
  commInfo(targetName?: string): Promise<CommInfoReply>;
  /** Stops the running cell and keeps the state; resolves when the kernel has taken the request. */
  interrupt(): Promise<void>;
  /** Sends a request of the Debug Adapter Protocol; a request that fails has a response too, and does not reject. */
  debug(command: string, given?: JsonObject): Promise<DebugResponse>;
  /** Asks the kernel to end, and ends it by force when it does not within five seconds. */
  shutdown(): Promise<void>;
  /** Ends the kernel at once. */
  kill(): void;
  /** Listens to every iopub message, late outputs of finished cells included; gives a function that stops it. */
  onIopub(listener: (message: IopubMessage) => void): () => void;
}
