/** Tests of the framing between the kernel and the native compiler. */
import assert from "node:assert/strict";
import {
  createMessageReader,
  encodeRequest,
  messageKinds,
} from "../../kernel/language/native/message-pack.ts";
import type { CompilerMessage } from "../../kernel/language/native/message-pack.ts";

/** A message with the marks that the compiler chooses: one, two or four bytes for a length. */
function message(kind: Buffer, method: string, body: string): Buffer {
  const bytes = (text: string): Buffer[] => {
    const content = Buffer.from(text);
    const [mark, size] = content.length < 256 ? [0xc4, 1] : content.length < 65_536 ? [0xc5, 2] : [0xc6, 4];
    const head = Buffer.alloc(1 + size);
    head[0] = mark;
    head.writeUIntBE(content.length, 1, size);
    return [head, content];
  };
  return Buffer.concat([Buffer.from([0x93]), kind, ...bytes(method), ...bytes(body)]);
}

describe("createMessageReader", () => {
  const long = JSON.stringify("ä".repeat(40_000));
  const sent: [Buffer, string, string][] = [
    [Buffer.from([4]), "getSemanticDiagnostics", "[]"],
    [Buffer.from([0xcc, 5]), "updateSnapshot", "no such project"],
    [Buffer.from([4]), "release", ""],
    [Buffer.from([4]), "typeToString", JSON.stringify("x".repeat(300))],
    [Buffer.from([4]), "getCompletionsAtPosition", long],
  ];
  const expected = sent.map(([kind, method, body]) => ({ kind: kind.at(-1), method, body }));
  const stream = Buffer.concat(sent.map((one) => message(...one)));

  for (const size of [1, 7, 1000, stream.length]) {
    it(`hands on every message when the bytes come in pieces of ${size}`, () => {
      const found: CompilerMessage[] = [];
      const read = createMessageReader(({ kind, method, body }) => found.push({ kind, method, body }));
      for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
      assert.deepEqual(found, expected);
    });
  }

  it("takes what encodeRequest writes", () => {
    const found: CompilerMessage[] = [];
    createMessageReader((one) => found.push(one))(encodeRequest("initialize", long));
    const asked = found.map(({ kind, method, body }) => ({ kind, method, body }));
    assert.deepEqual(asked, [{ kind: messageKinds.request, method: "initialize", body: long }]);
  });

  it("throws when the bytes are something else", () => {
    const read = createMessageReader(() => undefined);
    assert.throws(() => read(Buffer.from("panic: runtime error")), /no message/);
  });
});
