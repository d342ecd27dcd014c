/** Tests of output that comes faster than it is read. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Subscriber } from "zeromq";
import { freePorts } from "../../kernel/client/index.ts";
import { createKey, createSigner, decodeMessage, endpoint } from "../../kernel/protocol/index.ts";
import type { ConnectionInfo } from "../../kernel/protocol/index.ts";
import { bindSockets } from "../../kernel/protocol/sockets.ts";
import { runCell, startTestKernel } from "./session.ts";

const count = 4000;
const padding = "x".repeat(4000);

describe("publish", function () {
  this.timeout(20_000);
  it("loses nothing and fails for nobody when a client stops reading for a while", async () => {
    const [shell = 0, iopub = 0, stdin = 0, control = 0, hb = 0] = await freePorts(5);
    const ports = { shell, iopub, stdin, control, hb };
    const info: ConnectionInfo = { transport: "tcp", ip: "127.0.0.1", ports, key: createKey() };
    const sockets = await bindSockets(info, () => undefined);
    // The smallest buffers that a client can have.
    const client = new Subscriber({ receiveHighWaterMark: 1, receiveBufferSize: 4096, linger: 0 });
    try {
      client.connect(endpoint(info, "iopub"));
      client.subscribe();
      const signer = createSigner(info.key);
      const next = async (): Promise<unknown> => {
        const message = decodeMessage(await client.receive(), signer);
        return message?.content["text"] ?? message?.header.msg_type;
      };
      assert.equal(await next(), "iopub_welcome");
      const sent = Array.from({ length: count }, (_, index) =>
        sockets.publish("stream", { name: "stdout", text: `${index} ${padding}` }),
      );
      await Promise.all(sent);
      await sleep(100);
      for (let index = 0; index < count; index++) assert.equal(await next(), `${index} ${padding}`);
    } finally {
      client.close();
      sockets.close();
    }
  });
});

describe("process.stdout", function () {
  this.timeout(20_000);

  it("tells a cell that writes faster than the kernel reads to wait, as any stream does", async () => {
    const kernel = await startTestKernel();
    const { result, text } = await runCell(
      kernel,
      `import { once } from "node:events";
let waits = 0;
for (let piece = 0; piece < 100; piece++) {
  if (process.stdout.write("x".repeat(65_536))) continue;
  waits += 1;
  await once(process.stdout, "drain");
}
waits > 1 && waits < 100`,
    );
    assert.equal(result, "true");
    assert.equal(text.length, 100 * 65_536);
    await kernel.shutdown();
  });
});
