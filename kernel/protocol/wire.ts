/** The wire format: multipart frames to messages and back, with nothing parsed before its signature was checked. */
import { constants } from "node:buffer";
import { randomUUID } from "node:crypto";
import { isJsonObject, stringAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { protocolVersion } from "./messages.ts";
import type { Message, MessageHeader } from "./messages.ts";
import type { Signer } from "./signature.ts";

const delimiter = Buffer.from("<IDS|MSG>");

/** ZeroMQ copies a text, and holds on to a buffer until the main loop lets go of it: shorter ones are faster copied. */
const maxCopied = 65_536;

/** The parts of a message that is about to be sent. */
export interface OutgoingMessage {
  identities?: readonly Buffer[];
  header: MessageHeader;
  parentHeader?: MessageHeader | undefined;
  metadata?: object;
  content: object;
  buffers?: readonly Uint8Array[];
}

/** A fresh header of the given type for a session. */
export function createHeader(msgType: string, session: string, username = "kernel"): MessageHeader {
  return {
    msg_id: randomUUID(),
    msg_type: msgType,
    session,
    username,
    date: new Date().toISOString(),
    version: protocolVersion,
  };
}

/**
 * The frames of a message: identities, delimiter, signature, header, parent header, metadata, content, buffers.
 *
 * @throws RangeError when the content is longer than a text of JavaScript can be.
 */
export function encodeMessage(message: OutgoingMessage, signer: Signer): (Uint8Array | string)[] {
  const json = (value: object): Buffer | string => {
    try {
      const text = JSON.stringify(value);
      return text.length < maxCopied ? text : Buffer.from(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const text =
        `A message of the type ${message.header.msg_type} is too long to be sent: as JSON it has more than ` +
        `${Math.floor(constants.MAX_STRING_LENGTH / 1e6)} million characters. Show less, or write it to a file.`;
      throw new RangeError(text, { cause: error });
    }
  };
  const parts = [
    json(message.header),
    json(message.parentHeader ?? {}),
    json(message.metadata ?? {}),
    json(message.content),
  ];
  return [...(message.identities ?? []), delimiter, signer.sign(parts), ...parts, ...(message.buffers ?? [])];
}

/** The message in the frames, or undefined when framing, signature or header is wrong: such frames are dropped. */
export function decodeMessage(frames: readonly Buffer[], signer: Signer): Message | undefined {
  const start = frames.findIndex((frame) => frame.equals(delimiter));
  const [signature, ...parts] = start < 0 ? [] : frames.slice(start + 1, start + 6);
  if (!signature || parts.length !== 4 || !signer.verify(signature, parts)) return undefined;
  const [header, parent, metadata, content] = parts.map(parseObject);
  const parsedHeader = header && parseHeader(header);
  if (!parsedHeader || !parent || !metadata) return undefined;
  return {
    identities: frames.slice(0, start),
    header: parsedHeader,
    parentHeader: parseHeader(parent),
    metadata,
    // Whoever signed it shall hear from the request's handler what is missing, not wait for ever.
    content: content ?? {},
    buffers: frames.slice(start + 6),
  };
}

function parseObject(frame: Buffer): JsonObject | undefined {
  try {
    const value = parseJson(frame.toString("utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Python's `json` writes NaN and Infinity, which JSON has not; they become null. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    const token = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/gs;
    return JSON.parse(text.replace(token, (found) => (found.startsWith('"') ? found : "null")));
  }
}

function parseHeader(object: JsonObject): MessageHeader | undefined {
  const id = stringAt(object, "msg_id");
  const type = stringAt(object, "msg_type");
  if (id === undefined || type === undefined) return undefined;
  // Other fields travel back unchanged: clients compare the parent header that they sent.
  return {
    ...object,
    msg_id: id,
    msg_type: type,
    session: stringAt(object, "session") ?? "",
    username: stringAt(object, "username") ?? "",
    date: stringAt(object, "date") ?? "",
    version: stringAt(object, "version") ?? protocolVersion,
  };
}
