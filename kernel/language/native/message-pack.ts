/** The compiler's messages: MessagePack arrays of a kind, a method and a body, the last two as bytes. */

/** The kinds of messages that matter here; those of calls from the compiler come only when they are asked for. */
export const messageKinds = { request: 1, response: 4, error: 5 } as const;

/** A message of the compiler; `body` is JSON, or plain text in an error. */
export interface CompilerMessage {
  kind: number;
  method: string;
  body: string;
}

const threeItems = 0x93;
/** The marks in front of bytes, and how many bytes tell how many there are. */
const lengthSizes: Readonly<Record<number, 1 | 2 | 4>> = { 0xc4: 1, 0xc5: 2, 0xc6: 4 };

/** The bytes of a request with a body of JSON. */
export function encodeRequest(method: string, body: string): Buffer {
  return Buffer.concat([
    Buffer.from([threeItems, messageKinds.request]),
    ...encodeBytes(Buffer.from(method)),
    ...encodeBytes(Buffer.from(body)),
  ]);
}

function encodeBytes(bytes: Buffer): [Buffer, Buffer] {
  const head = Buffer.alloc(5);
  head[0] = 0xc6;
  head.writeUInt32BE(bytes.length, 1);
  return [head, bytes];
}

/**
 * Takes bytes as they come and hands on each whole message.
 *
 * @throws Error when the bytes are no such messages.
 */
export function createMessageReader(onMessage: (message: CompilerMessage) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let size = 0;
  let needed = 0;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    // A long message comes in many pieces, which are joined once it is whole.
    while (size > 0 && size >= needed) {
      const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const read = readMessage(bytes);
      const rest = typeof read === "number" ? bytes : bytes.subarray(read.end);
      chunks = rest.length === 0 ? [] : [rest];
      size = rest.length;
      needed = typeof read === "number" ? read : 0;
      if (typeof read !== "number") onMessage(read);
    }
  };
}

/** The message at the beginning of the bytes and its end, or how many bytes there have to be before one can tell more. */
function readMessage(bytes: Buffer): (CompilerMessage & { end: number }) | number {
  // A kind is one byte, or two where its mark says so.
  const kindAt = bytes[1] === 0xcc ? 2 : 1;
  if (bytes.length <= kindAt) return kindAt + 1;
  if (bytes[0] !== threeItems) throw new Error("The TypeScript compiler sent something that is no message.");
  const method = readBytes(bytes, kindAt + 1);
  if (typeof method === "number") return method;
  const body = readBytes(bytes, method.end);
  if (typeof body === "number") return body;
  const [start, end] = [method.end - method.length, body.end - body.length];
  return {
    kind: bytes[kindAt] ?? 0,
    method: bytes.toString("utf8", start, method.end),
    body: bytes.toString("utf8", end, body.end),
    end: body.end,
  };
}

function readBytes(bytes: Buffer, at: number): { length: number; end: number } | number {
  if (bytes.length <= at) return at + 1;
  const lengthSize = lengthSizes[bytes[at] ?? 0];
  if (lengthSize === undefined) throw new Error("The TypeScript compiler sent something that is no message.");
  const start = at + 1 + lengthSize;
  if (bytes.length < start) return start;
  const length = bytes.readUIntBE(at + 1, lengthSize);
  return bytes.length < start + length ? start + length : { length, end: start + length };
}
