/** The front door of the protocol: connection file, signature, wire format, messages. */
export * from "./connection-file.ts";
export * from "./json.ts";
export * from "./messages.ts";
export * from "./send-queue.ts";
export * from "./signature.ts";
export * from "./wire.ts";
