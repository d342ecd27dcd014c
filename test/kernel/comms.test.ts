/** Tests of comms between a client and cells, in both directions, over real sockets. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { IopubMessage, KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel } from "./session.ts";

type CommIopub = Extract<IopubMessage, { type: "comm_open" | "comm_msg" | "comm_close" }>;

function isComm(message: IopubMessage): message is CommIopub {
  return message.type.startsWith("comm_");
}

describe("comms", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  let heard: IopubMessage[] = [];
  before(async () => {
    kernel = await startTestKernel();
    kernel.onIopub((message) => heard.push(message));
    await runCell(
      kernel,
      `import { comms } from "residency/cell";\nimport type { Comm } from "residency/cell";`,
    );
  });
  after(() => kernel.shutdown());
  beforeEach(() => (heard = []));
  const comms = (): object[] =>
    heard.filter(isComm).map(({ type, content, buffers }) => ({
      type,
      ...content,
      ...(buffers.length > 0 && { buffers: buffers.map((buffer) => [...buffer]) }),
    }));
  const open = (id: string, target: string, data: object = {}): Promise<void> =>
    kernel.sendComm({ type: "comm_open", comm_id: id, target_name: target, data });
  const streams = (): [string | undefined, string][] =>
    heard.flatMap((message) =>
      message.type === "stream"
        ? [[message.parentId, message.content.text] as [string | undefined, string]]
        : [],
    );

  it("carry data and buffers both ways when a client opens one", async () => {
    await runCell(
      kernel,
      `comms.register("echo", (comm, data) => {
        comm.send({ hello: data });
        comm.onMessage((data, buffers) => comm.send({ echo: data }, buffers));
        comm.onClose((data) => console.log("closed", data));
      })`,
    );
    heard = [];
    await open("e1", "echo", { a: 1 });
    await kernel.sendComm({
      type: "comm_msg",
      comm_id: "e1",
      data: { b: [2] },
      buffers: [Buffer.from([1, 2])],
    });
    assert.deepEqual(comms(), [
      { type: "comm_msg", comm_id: "e1", data: { hello: { a: 1 } } },
      { type: "comm_msg", comm_id: "e1", data: { echo: { b: [2] } }, buffers: [[1, 2]] },
    ]);
    assert.deepEqual((await kernel.commInfo()).comms, { e1: { target_name: "echo" } });
    await kernel.sendComm({ type: "comm_close", comm_id: "e1", data: { why: "done" } });
    assert.deepEqual(
      streams().map(([, text]) => text),
      ["closed { why: 'done' }\n"],
    );
    assert.deepEqual((await kernel.commInfo()).comms, {});
  });

  it("tell the client of its comms when a cell opens, uses and closes one", async () => {
    const { result, reply } = await runCell(
      kernel,
      `const mine = comms.open("front", { start: true }, { metadata: { version: "2.1.0" }, buffers: [new Uint8Array([7]).buffer] });
      mine.send({ x: 1 }, [new Uint16Array([1, 2]).subarray(1)]); mine.id`,
    );
    assert.equal(reply.status, "ok");
    const id = String(result).slice(1, -1);
    assert.deepEqual(comms(), [
      { type: "comm_open", comm_id: id, target_name: "front", data: { start: true }, buffers: [[7]] },
      { type: "comm_msg", comm_id: id, data: { x: 1 }, buffers: [[2, 0]] },
    ]);
    assert.deepEqual(heard.find(isComm)?.metadata, { version: "2.1.0" });
    assert.deepEqual((await kernel.commInfo("front")).comms, { [id]: { target_name: "front" } });
    assert.deepEqual((await kernel.commInfo("other")).comms, {});
    heard = [];
    const closed = await runCell(kernel, `mine.close({ bye: 1 }); mine.close(); mine.send({})`);
    assert.ok(closed.reply.status === "error");
    assert.match(closed.reply.evalue, /the comm "front": it is closed/);
    assert.deepEqual(comms(), [{ type: "comm_close", comm_id: id, data: { bye: 1 } }]);
    assert.deepEqual((await kernel.commInfo()).comms, {});
  });

  it("answer with comm_close when nobody has registered the target", async () => {
    await open("u1", "unheard of");
    assert.deepEqual(comms(), [{ type: "comm_close", comm_id: "u1", data: {} }]);
    assert.deepEqual((await kernel.commInfo()).comms, {});
  });

  it("wait for the target when the cell that registers it has been sent before", async () => {
    const cell = runCell(
      kernel,
      `await new Promise((r) => setTimeout(r, 50)); comms.register("soon", (comm) => comm.send({ here: 1 }));`,
    );
    await Promise.all([open("s1", "soon"), open("s2", "never"), cell]);
    assert.deepEqual(comms(), [
      { type: "comm_msg", comm_id: "s1", data: { here: 1 } },
      { type: "comm_close", comm_id: "s2", data: {} },
    ]);
  });

  it("are handled while a cell awaits, with output in the cell that registered the handler", async () => {
    let registering: string | undefined;
    await runCell(
      kernel,
      `comms.register("move", (comm) => comm.onMessage(async (data) => {
        console.log("moved to", data["to"]);
        await new Promise((r) => setTimeout(r, 20));
        console.log("later"); display(data["to"]); comm.send({ done: true });
      }))`,
      { onMessage: (message: IopubMessage) => void (registering = message.parentId) },
    );
    await open("m1", "move");
    let ended = false;
    const cell = runCell(kernel, `await new Promise((r) => setTimeout(r, 300)); "end"`).finally(
      () => (ended = true),
    );
    await sleep(50);
    heard = [];
    await kernel.sendComm({ type: "comm_msg", comm_id: "m1", data: { to: 5 } });
    assert.equal(ended, false);
    assert.deepEqual(streams(), [
      [registering, "moved to 5\n"],
      [registering, "later\n"],
    ]);
    const shown = heard.find((message) => message.type === "display_data");
    assert.equal(shown?.parentId, registering);
    const sent = heard.find(isComm);
    const statuses = heard
      .filter((message) => message.type === "status")
      .map(({ parentId, content }) => [parentId, content.execution_state]);
    assert.deepEqual(statuses[0], [sent?.parentId, "busy"]);
    assert.deepEqual(statuses[1], [sent?.parentId, "idle"]);
    assert.equal((await cell).result, "'end'");
  });

  it("write errors of handlers to stderr when they throw or reject", async () => {
    await runCell(
      kernel,
      `comms.register("fail", (comm) => {
        comm.onMessage(() => { throw new TypeError("thrown") });
        comm.onMessage(async () => { await null; throw new RangeError("rejected") });
        comm.onMessage(() => comm.send({ alive: true }));
      })`,
    );
    await open("f1", "fail");
    await kernel.sendComm({ type: "comm_msg", comm_id: "f1" });
    const text = streams()
      .map(([, one]) => one)
      .join("");
    assert.match(text, /Uncaught TypeError: thrown\n {4}at .*cell \d+:2:/);
    assert.match(text, /Uncaught RangeError: rejected\n/);
    assert.deepEqual(comms(), [{ type: "comm_msg", comm_id: "f1", data: { alive: true } }]);
  });

  it("stop when a handler that computes for ever is interrupted, and keep the state", async () => {
    await runCell(
      kernel,
      `let turns = 0; comms.register("spin", (comm) => comm.onMessage(() => { for (;;) turns += 1; }))`,
    );
    await open("p1", "spin");
    const message = kernel.sendComm({ type: "comm_msg", comm_id: "p1" });
    await sleep(50);
    await kernel.interrupt();
    await message;
    assert.match(
      streams()
        .map(([, one]) => one)
        .join(""),
      /KeyboardInterrupt/,
    );
    assert.equal((await runCell(kernel, "turns > 0")).result, "true");
  });

  it("stop without an error of their own when a handler that awaits is interrupted", async () => {
    await runCell(
      kernel,
      `import { setTimeout as wait } from "node:timers/promises"; comms.register("wait", (comm) => comm.onMessage(() => wait(60_000)))`,
    );
    await open("w1", "wait");
    const message = kernel.sendComm({ type: "comm_msg", comm_id: "w1" });
    await sleep(50);
    await kernel.interrupt();
    await message;
    assert.deepEqual(
      streams().map(([, text]) => text),
      ["KeyboardInterrupt: a handler of a comm was interrupted\n"],
    );
  });

  it("are closed when the process that held them has died", async () => {
    await open("m2", "move");
    await runCell(
      kernel,
      "process.kill(process.pid, 'SIGKILL'); await new Promise((r) => setTimeout(r, 1000))",
    );
    assert.deepEqual((await kernel.commInfo()).comms, {});
    assert.ok(comms().some((message) => "comm_id" in message && message.comm_id === "m2"));
  });
});
