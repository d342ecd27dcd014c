/** Tests of the wire format: signatures against an independent computation, framing, connection files. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {
  channels,
  createHeader,
  createSendQueue,
  createSigner,
  decodeMessage,
  encodeMessage,
  endpoint,
  readConnectionFile,
  writeConnectionFile,
} from "../../kernel/protocol/index.ts";
import type { ConnectionInfo } from "../../kernel/protocol/index.ts";

const key = "a0436f6c-1916-498b-8eb9-e81ab9368e84";
const signer = createSigner(key);

function encode(content: object): Buffer[] {
  const header = createHeader("execute_request", "session");
  const frames = encodeMessage({ identities: [Buffer.from("client")], header, content }, signer);
  return frames.map((frame) => (typeof frame === "string" ? Buffer.from(frame) : Buffer.from(frame)));
}

describe("createSigner", () => {
  it("gives the HMAC-SHA256 of the concatenated frames when they are signed", () => {
    const frames = ["{}", '{"a":1}', "{}", '{"é":"☃"}'].map((text) => Buffer.from(text));
    const expected = createHmac("sha256", key).update(Buffer.concat(frames)).digest("hex");
    assert.equal(signer.sign(frames), expected);
    // The digest of RFC 4231, test case 2.
    const rfc = createSigner("Jefe").sign([Buffer.from("what do ya want "), Buffer.from("for nothing?")]);
    assert.equal(rfc, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  it("refuses a signature when it is wrong, empty, shorter or longer", () => {
    const frames = [Buffer.from("{}")];
    const good = signer.sign(frames);
    assert.ok(signer.verify(Buffer.from(good), frames));
    for (const bad of ["", good.slice(1), `${good}0`, good.toUpperCase(), "z".repeat(64), "0".repeat(64)]) {
      assert.equal(signer.verify(Buffer.from(bad), frames), false, bad);
    }
  });
});

describe("createSigner with refuseRepeated", () => {
  it("accepts a signature once, and others still, when a message is sent again", () => {
    const once = createSigner(key, { refuseRepeated: true });
    const verify = (text: string): boolean => {
      const frames = [Buffer.from(text)];
      return once.verify(Buffer.from(once.sign(frames)), frames);
    };
    assert.deepEqual([verify("a"), verify("a"), verify("b"), verify("a")], [true, false, true, false]);
    // A wrong signature is not remembered.
    assert.equal(once.verify(Buffer.from("0".repeat(64)), [Buffer.from("c")]), false);
    assert.equal(verify("c"), true);
  });
});

describe("decodeMessage", () => {
  it("gives back what encodeMessage was given when nothing was changed", () => {
    const message = decodeMessage([...encode({ code: "1 + 1 // ☃" }), Buffer.from([1, 2])], signer);
    assert.ok(message);
    assert.deepEqual(message.identities, [Buffer.from("client")]);
    assert.equal(message.header.msg_type, "execute_request");
    assert.deepEqual(message.content, { code: "1 + 1 // ☃" });
    assert.deepEqual(message.buffers, [Buffer.from([1, 2])]);
  });

  it("drops frames when one was changed, is missing, or the delimiter is missing", () => {
    const frames = encode({ code: "1" });
    assert.ok(decodeMessage(frames, signer));
    for (const [index, frame] of frames.entries()) {
      assert.equal(
        decodeMessage(frames.toSpliced(index, 1), signer) === undefined,
        index > 0,
        `without ${index}`,
      );
      if (index < 3) continue;
      const changed = frames.with(index, Buffer.concat([frame, Buffer.from(" ")]));
      assert.equal(decodeMessage(changed, signer), undefined, `changed ${index}`);
    }
    assert.equal(decodeMessage([], signer), undefined);
  });

  it("drops frames before it parses them when the signature is wrong", () => {
    const frames = encode({ code: "1" }).with(3, Buffer.from("{".repeat(100_000)));
    assert.equal(decodeMessage(frames, signer), undefined);
  });

  it("drops a signed message when its header is no header", () => {
    const parts = ["[]", "{}", "{}", "{}"].map((text) => Buffer.from(text));
    const frames = [Buffer.from("<IDS|MSG>"), Buffer.from(signer.sign(parts)), ...parts];
    assert.equal(decodeMessage(frames, signer), undefined);
  });
});

describe("connection file", () => {
  let folder: string;
  const info: ConnectionInfo = {
    transport: "tcp",
    ip: "127.0.0.1",
    ports: { shell: 1, iopub: 2, stdin: 3, control: 4, hb: 5 },
    key,
  };
  before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"))));
  after(() => rm(folder, { recursive: true }));

  it("is private and read back unchanged when it was written by us", async () => {
    const file = path.join(folder, "good.json");
    const umask = process.umask(0);
    await writeConnectionFile(file, info).finally(() => process.umask(umask));
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readConnectionFile(file), info);
    assert.equal(endpoint(info, "hb"), "tcp://127.0.0.1:5");
    await assert.rejects(writeConnectionFile(file, info), { code: "EEXIST" });
  });

  it("is refused with a coded error when a field is wrong", async () => {
    const ports = Object.fromEntries(channels.map((channel, index) => [`${channel}_port`, index + 1]));
    const good = { transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256", ...ports };
    const bad = [
      { transport: "udp" },
      { ip: "" },
      { key: "" },
      { key: 1 },
      { signature_scheme: "hmac-md5" },
      { shell_port: 70_000 },
      { shell_port: 2 },
    ];
    const file = path.join(folder, "bad.json");
    for (const change of bad) {
      await writeFile(file, JSON.stringify({ ...good, ...change }));
      await assert.rejects(readConnectionFile(file), { code: "E_CONNECTION_FILE" }, JSON.stringify(change));
    }
    await writeFile(file, JSON.stringify({ ...good, key: "" }));
    const warnings: string[] = [];
    const read = await readConnectionFile(file, {
      allowUnsigned: true,
      onWarning: (text) => warnings.push(text),
    });
    assert.equal(read.key, "");
    if (process.platform !== "win32") {
      execFileSync("chmod", ["644", file]);
      await readConnectionFile(file, { allowUnsigned: true, onWarning: (text) => warnings.push(text) });
      assert.match(warnings.at(-1) ?? "", /other users can read/);
    }
  });
});

describe("createSendQueue", () => {
  it("sends in order and one at a time when several sends are asked for at once", async () => {
    const sent: unknown[] = [];
    let sending = false;
    const queue = createSendQueue({
      async send(frames) {
        assert.equal(sending, false);
        sending = true;
        await new Promise((resolve) => setTimeout(resolve, 1));
        sending = false;
        if (frames[0] === "bad") throw new Error("bad");
        sent.push(frames[0]);
      },
    });
    const results = await Promise.allSettled([queue.send(["a"]), queue.send(["bad"]), queue.send(["b"])]);
    assert.deepEqual(sent, ["a", "b"]);
    assert.deepEqual(
      results.map((result) => result.status),
      ["fulfilled", "rejected", "fulfilled"],
    );
  });
});
