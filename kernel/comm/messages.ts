/** Comm messages as plain data, the same in both directions. */
import type { JsonObject } from "../protocol/index.ts";

/** What every comm message carries. */
interface CommBody {
  /** The comm's id, `comm_id` in the protocol. */
  id: string;
  data: JsonObject;
  metadata: JsonObject;
  buffers: Uint8Array[];
}

/** A comm is opened for a target, carries messages, and is closed by either side. */
export type CommMessage =
  | ({ type: "comm_open"; target: string } & CommBody)
  | ({ type: "comm_msg" } & CommBody)
  | ({ type: "comm_close" } & CommBody);

/** Binary data that travels beside the JSON of a message. */
export type CommBuffer = ArrayBuffer | ArrayBufferView;
