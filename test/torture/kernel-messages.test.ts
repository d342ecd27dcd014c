/** Torture of the kernel's sockets: forged, broken, malformed and unknown messages. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { Dealer } from "zeromq";
import type { IopubMessage } from "../../kernel/index.ts";
import { createHeader, endpoint } from "../../kernel/protocol/index.ts";
import type { JsonObject } from "../../kernel/protocol/index.ts";
import { residentMegabytes, startRawKernel } from "./raw-kernel.ts";
import type { RawKernel } from "./raw-kernel.ts";

/** The frames of a signed message. */
function signedFrames(key: string, type: string, content: string, header?: string): Buffer[] {
  const parts = [header ?? JSON.stringify(createHeader(type, "torture")), "{}", "{}", content].map((part) =>
    Buffer.from(part),
  );
  return [Buffer.from("<IDS|MSG>"), Buffer.from(signature(key, parts)), ...parts];
}

function signature(key: string, parts: readonly Buffer[]): string {
  return createHmac("sha256", key).update(Buffer.concat(parts)).digest("hex");
}

describe("torture: kernel messages", function () {
  this.timeout(20_000);
  let kernel: RawKernel;
  const executed: IopubMessage[] = [];
  before(async function () {
    if (process.platform !== "linux") this.skip();
    kernel = await startRawKernel();
    kernel.client.onIopub((message) => message.type === "execute_input" && executed.push(message));
  });
  after(async () => {
    if (process.platform === "linux") await kernel.stop();
  });
  beforeEach(() => void executed.splice(0));

  const answers = async (): Promise<void> => {
    const reply = await kernel.client.send("shell", "kernel_info_request", {});
    assert.equal(reply["status"], "ok");
  };

  it("2. a message with a wrong signature is dropped without a trace and the next valid one is answered", async () => {
    const { key } = kernel.info;
    const content = JSON.stringify({ code: "globalThis.forged = true" });
    const [delimiter = "", ...rest] = signedFrames(key, "execute_request", content);
    const [good, ...parts] = rest as [Buffer, ...Buffer[]];
    const expected = good.toString();
    const wrong = [
      signature("0".repeat(64), parts),
      "",
      "z".repeat(64),
      expected.slice(1),
      `${expected}0`,
      expected.toUpperCase(),
      expected.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
    ];
    for (const channel of ["shell", "control", "stdin"] as const) {
      for (const forged of wrong) await kernel.send(channel, [delimiter, forged, ...parts]);
      // A signature over other parts, and parts in another order.
      await kernel.send(channel, [delimiter, good, ...parts.toReversed()]);
      await kernel.send(channel, [delimiter, good, ...parts.slice(0, 3), Buffer.from("{}")]);
    }
    await answers();
    const reply = await kernel.client.send("shell", "execute_request", {
      code: "'forged' in globalThis",
      silent: true,
    });
    assert.equal(reply["status"], "ok");
    assert.deepEqual(executed, []);
    assert.ok(!kernel.log().includes(key) && !kernel.log().includes(expected), "the log tells a secret");
  });

  it("3. garbage frames are dropped before anything is parsed, and the heartbeat goes on", async () => {
    const { key } = kernel.info;
    const frames = signedFrames(key, "execute_request", '{"code":"1"}');
    const before = await residentMegabytes(kernel.pid);
    const garbage: (Buffer | string)[][] = [
      [""],
      ["<IDS|MSG>"],
      ["no", "delimiter", "at", "all"],
      frames.slice(1),
      frames.slice(0, 2),
      frames.slice(0, 5),
      Array.from({ length: 2000 }, () => "x"),
      ["<IDS|MSG>", "bad", Buffer.alloc(10 * 1024 ** 2, "{"), "{}", "{}", "{}"],
    ];
    for (const channel of ["shell", "control", "stdin"] as const) {
      for (const message of garbage) await kernel.send(channel, message);
    }
    assert.ok((await kernel.heartbeat()) < 500);
    await answers();
    assert.deepEqual(executed, []);
    const grown = (await residentMegabytes(kernel.pid)) - before;
    assert.ok(grown < 64, `the kernel has grown by ${grown.toFixed(0)} MB`);
  });

  it("4. malformed content gets a reply with status error between busy and idle", async () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const cases: [string, string, string][] = [
      ["execute_request", "{}", "error"],
      ["execute_request", '{"code":5}', "error"],
      ["execute_request", '{"code":null}', "error"],
      ["execute_request", "[]", "error"],
      ["execute_request", "nothing", "error"],
      ["execute_request", '{"code":NaN}', "error"],
      ["complete_request", '{"code":"Ma","cursor_pos":-1}', "error"],
      ["complete_request", '{"code":"Ma","cursor_pos":NaN}', "error"],
      ["complete_request", '{"code":"Ma","cursor_pos":"1"}', "error"],
      ["complete_request", '{"code":"Ma","cursor_pos":1e9}', "ok"],
      ["complete_request", '{"code":"Ma","cursor_pos":1.5}', "ok"],
      ["inspect_request", '{"cursor_pos":0}', "error"],
      ["inspect_request", '{"code":"Math","cursor_pos":1e999}', "ok"],
      ["is_complete_request", '{"code":{}}', "error"],
      ["history_request", '{"hist_access_type":5}', "ok"],
      ["execute_request", `{"code":${deep}}`, "error"],
      ["execute_request", '{"code":"1","user_expressions":5,"silent":"x","allow_stdin":null}', "ok"],
    ];
    for (const [type, content, status] of cases) {
      const header = createHeader(type, "torture");
      const states: string[] = [];
      const idle = new Promise<void>((resolve) => {
        const stop = kernel.client.onIopub((message) => {
          if (message.parentId !== header.msg_id || message.type !== "status") return;
          states.push(message.content.execution_state);
          if (message.content.execution_state !== "idle") return;
          stop();
          resolve();
        });
      });
      const reply = await sendRaw(kernel, header, content);
      await idle;
      const what = `${type} ${content.slice(0, 50)}`;
      assert.equal(reply["status"], status, what);
      assert.deepEqual([states[0], states.at(-1)], ["busy", "idle"], what);
    }
  });

  it("5. an unknown message type or comm target is ignored or closed, and the next message is answered", async () => {
    const { key } = kernel.info;
    const types = [
      "no_such_request",
      "constructor",
      "__proto__",
      "toString",
      "",
      "x".repeat(10_000),
      "execute_reply",
    ];
    for (const type of types) {
      for (const channel of ["shell", "control", "stdin"] as const) {
        await kernel.send(channel, signedFrames(key, type, "{}"));
      }
    }
    for (const [type, content] of [
      ["comm_open", '{"comm_id":"c","target_name":"nobody","data":{}}'],
      ["comm_msg", '{"comm_id":"unknown","data":{}}'],
      ["comm_close", "{}"],
      ["comm_open", "{}"],
      ["input_reply", "{}"],
    ] as const) {
      await kernel.send(type === "input_reply" ? "stdin" : "shell", signedFrames(key, type, content));
    }
    await answers();
    assert.equal(
      kernel
        .log()
        .split("\n")
        .every((line) => line.length < 1000),
      true,
      "the log repeats what it was sent",
    );
  });
});

/** Sends content as it is, under a valid signature, and gives the reply. */
async function sendRaw(
  kernel: RawKernel,
  header: ReturnType<typeof createHeader>,
  content: string,
): Promise<JsonObject> {
  const socket = new Dealer({ linger: 0, receiveTimeout: 5000 });
  socket.connect(endpoint(kernel.info, "shell"));
  await socket.send(signedFrames(kernel.info.key, header.msg_type, content, JSON.stringify(header)));
  const frames = await socket.receive();
  socket.close();
  const start = frames.findIndex((frame) => frame.toString() === "<IDS|MSG>");
  return JSON.parse(frames[start + 5]!.toString()) as JsonObject;
}
