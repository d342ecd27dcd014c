/** Torture of the kernel process: forged and broken messages, dying executors, lost parents, unusable addresses. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { KernelError, launchKernel } from "../../kernel/index.ts";
import type { IopubMessage } from "../../kernel/index.ts";
import { openRequests } from "../../kernel/client/requests.ts";
import { createHeader, readConnectionFile, writeConnectionFile } from "../../kernel/protocol/index.ts";
import type { ConnectionInfo, JsonObject } from "../../kernel/protocol/index.ts";
import { findProcess } from "../../kernel/processes/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { runCell, startTestKernel } from "../kernel/session.ts";
import { chooseAddresses, residentMegabytes, spawnKernel, startRawKernel, waitUntil } from "./raw-kernel.ts";
import type { RawKernel } from "./raw-kernel.ts";

const isRunning = (pid: number): boolean => findProcess(pid) !== undefined;

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

describe("torture: kernel process", function () {
  this.timeout(20_000);
  let kernel: RawKernel;
  let folder: string;
  const executed: IopubMessage[] = [];
  before(async function () {
    if (process.platform !== "linux") this.skip();
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    kernel = await startRawKernel();
    kernel.client.onIopub((message) => message.type === "execute_input" && executed.push(message));
  });
  after(async () => {
    await kernel.stop();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => void executed.splice(0));

  const answers = async (): Promise<void> => {
    const reply = await kernel.client.send("shell", "kernel_info_request", {});
    assert.equal(reply["status"], "ok");
  };

  it("1. a connection file is made private when others can read it, and refused when they could have written it", async () => {
    const file = path.join(folder, "modes.json");
    const info = await chooseAddresses(folder);
    const umask = process.umask(0);
    await writeConnectionFile(file, info).finally(() => process.umask(umask));
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const warnings: string[] = [];
    const read = (): Promise<ConnectionInfo> =>
      readConnectionFile(file, { onWarning: (text) => warnings.push(text) });
    await read();
    assert.deepEqual(warnings, []);
    await chmod(file, 0o644);
    assert.deepEqual(await read(), info);
    assert.match(String(warnings), /of mode 0644; its mode is 0600 now/);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await chmod(file, 0o666);
    await assert.rejects(read(), {
      code: "E_CONNECTION_FILE",
      message: /mode is 0666.*JUPYTER_ALLOW_INSECURE_WRITES/,
    });
    process.env["JUPYTER_ALLOW_INSECURE_WRITES"] = "1";
    await read().finally(() => Reflect.deleteProperty(process.env, "JUPYTER_ALLOW_INSECURE_WRITES"));
    assert.doesNotMatch(warnings.join(), new RegExp(info.key));
  });

  it("1. a connection file is never written through a symlink", async () => {
    const target = path.join(folder, "target");
    await writeFile(target, "untouched");
    for (const [name, to] of [
      ["to-a-file", target],
      ["to-nothing", path.join(folder, "nothing")],
    ] as const) {
      const link = path.join(folder, name);
      await symlink(to, link);
      await assert.rejects(writeConnectionFile(link, kernel.info), { code: "EEXIST" });
    }
    assert.equal(await readFile(target, "utf8"), "untouched");
    assert.equal(existsSync(path.join(folder, "nothing")), false);
  });

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

  it("7. a cell that exits, aborts or kills its process fails with the reason, and the next cell runs", async () => {
    const own = await startTestKernel();
    try {
      const exit = await runCell(own, "let state = 1; process.exit(0)");
      assert.ok(exit.reply.status === "error");
      assert.equal(exit.reply.ename, "ProcessExit");
      assert.equal((await runCell(own, "state")).result, "1");
      const deaths: [string, RegExp][] = [
        ["process.abort()", /signal SIGABRT/],
        ["process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})", /signal SIGKILL/],
        ["process.reallyExit(3)", /exit code 3/],
        // A child that holds the executor's pipes open must not hide its death.
        [
          "const { spawn } = await import('node:child_process'); var sleep = spawn('sleep', ['20'], { stdio: 'inherit' }); console.log(sleep.pid); process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})",
          /signal SIGKILL/,
        ],
      ];
      for (const [code, why] of deaths) {
        const started = performance.now();
        const { reply, text } = await runCell(
          own,
          code.replace("process.reallyExit", "(process as any).reallyExit"),
        );
        assert.ok(reply.status === "error", code);
        assert.equal(reply.ename, "ExecutorDied", code);
        assert.match(reply.evalue, why);
        assert.match(reply.evalue, /all variables are lost/);
        assert.ok(performance.now() - started < 5000, `${code}: ${performance.now() - started} ms`);
        assert.equal((await runCell(own, "1 + 1")).result, "2");
        if (/^\d+$/m.test(text)) process.kill(Number(/^\d+$/m.exec(text)?.[0]), "SIGKILL");
      }
    } finally {
      await own.shutdown();
    }
  });

  it("9. a cell that fills JavaScript's heap fails with the limit, and the kernel stays small", async () => {
    const own = await startTestKernel({ env: { ...process.env, NODE_OPTIONS: "--max-old-space-size=160" } });
    try {
      const { reply } = await runCell(
        own,
        "const all: unknown[] = []; for (;;) all.push(new Array(1000).fill(all.length));",
      );
      assert.ok(reply.status === "error");
      assert.equal(reply.ename, "ExecutorDied");
      assert.match(
        reply.evalue,
        /heap was full; the limit is \d+ MB, which NODE_OPTIONS=--max-old-space-size=MB/,
      );
      assert.ok((await residentMegabytes(own.pid)) < 300);
      assert.equal((await runCell(own, "1 + 1")).result, "2");
    } finally {
      await own.shutdown();
    }
  });

  const buffers: [string, string][] = [
    ["at once", "for (let i = 0; i < 20; i++) all.push(Buffer.alloc(500 * 2 ** 20, 1));"],
    [
      "bit by bit",
      "for (;;) { all.push(Buffer.alloc(20 * 2 ** 20, 1)); await new Promise((r) => setTimeout(r, 1)); }",
    ],
  ];
  for (const [how, code] of buffers) {
    it(`9. a cell that fills buffers ${how} is ended at the limit of memory, and says so`, async () => {
      const own = await startTestKernel({ env: { ...process.env, RESIDENCY_MEMORY_LIMIT_MB: "250" } });
      try {
        const { reply } = await runCell(own, `const all: Buffer[] = []; ${code}`);
        assert.ok(reply.status === "error");
        assert.equal(reply.ename, "ExecutorDied");
        assert.match(reply.evalue, /used \d+ MB of memory; the limit is 250 MB, .*RESIDENCY_MEMORY_LIMIT_MB/);
        assert.equal((await runCell(own, "1 + 1")).result, "2");
        assert.ok((await residentMegabytes(own.pid)) < 300);
      } finally {
        await own.shutdown();
      }
    });
  }

  for (const restart of [true, false]) {
    it(`15. shutdown_request with restart ${restart} ends executor and children when a cell runs`, async () => {
      const own = await startRawKernel();
      const pids = await startEndlessCell(own);
      const started = performance.now();
      const reply = await own.client.send("control", "shutdown_request", { restart });
      assert.deepEqual([reply["status"], reply["restart"]], ["ok", restart]);
      assert.equal(await own.ended, 0);
      await waitUntil(() => !pids.some(isRunning), "executor and children are gone");
      assert.ok(performance.now() - started < 2000);
      // The sockets' files go with the kernel; the connection file is Jupyter's, who may use it again.
      assert.deepEqual(readdirSync(own.folder), ["connection.json"]);
      await own.stop();
    });
  }

  it("15. SIGTERM ends the kernel, its executor and their children when a cell runs", async () => {
    const own = await startRawKernel();
    const pids = await startEndlessCell(own);
    process.kill(own.pid, "SIGTERM");
    assert.equal(await own.ended, 0);
    await waitUntil(() => !pids.some(isRunning), "executor and children are gone");
    await own.stop();
  });

  it("15. SIGKILL of the kernel ends its executor and children within a second", async () => {
    const own = await startRawKernel();
    const pids = await startEndlessCell(own);
    process.kill(own.pid, "SIGKILL");
    const ms = await waitUntil(() => !pids.some(isRunning), "executor and children are gone");
    assert.ok(ms < 1000, `${ms} ms`);
    await own.stop();
  });

  it("15. SIGKILL of the parent ends kernel, executor and children within a second and leaves no file", async () => {
    const home = await mkdtemp(path.join(os.tmpdir(), "residency-torture-"));
    const info = await chooseAddresses(home);
    const file = path.join(home, "connection.json");
    await writeConnectionFile(file, info);
    // As Jupyter does: no channel, output to files or pipes of the parent.
    const script = `
      const { spawn } = require("node:child_process");
      const main = ${JSON.stringify(path.join(repositoryRoot, "dist/kernel/main.js"))};
      console.log(spawn(process.execPath, [main, "--connection-file", ${JSON.stringify(file)}], { stdio: ["ignore", "pipe", "pipe"] }).pid);
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
    const line = await new Promise<Buffer>((resolve) => parent.stdout.once("data", resolve));
    const client = openRequests(info);
    await client.welcomed;
    const pids = [Number(line.toString()), ...(await startEndlessCell({ client }))];
    parent.kill("SIGKILL");
    const ms = await waitUntil(() => !pids.some(isRunning), "kernel, executor and children are gone");
    assert.ok(ms < 1000, `${ms} ms`);
    await waitUntil(() => !existsSync(home), "the connection file and the sockets are gone");
    client.fail(new KernelError("E_KERNEL_DIED", "the test is over"));
  });

  it("15. SIGKILL of the parent ends a kernel that is only starting", async () => {
    const home = await mkdtemp(path.join(os.tmpdir(), "residency-torture-"));
    const file = path.join(home, "connection.json");
    await writeConnectionFile(file, await chooseAddresses(home));
    const script = `
      const { spawn } = require("node:child_process");
      const main = ${JSON.stringify(path.join(repositoryRoot, "dist/kernel/main.js"))};
      console.log(spawn(process.execPath, [main, "--connection-file", ${JSON.stringify(file)}], { stdio: "ignore", env: { ...process.env, JPY_PARENT_PID: String(process.pid) } }).pid);
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
    const line = await new Promise<Buffer>((resolve) => parent.stdout.once("data", resolve));
    await new Promise((resolve) => setTimeout(resolve, 40));
    parent.kill("SIGKILL");
    await waitUntil(() => !isRunning(Number(line.toString())), "the kernel is gone");
    await waitUntil(() => !existsSync(home), "the connection file is gone");
  });

  it("16. a port in use ends the kernel with its name, and nothing is half-started", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    const taken = typeof address === "object" && address !== null ? address.port : 0;
    const info = await chooseAddresses(folder, "tcp");
    const file = path.join(folder, "taken.json");
    await writeConnectionFile(file, { ...info, ports: { ...info.ports, control: taken } });
    const { ended, log } = spawnKernel(file);
    assert.equal(await ended, 1);
    assert.match(log(), new RegExp(`Cannot bind the control socket to tcp://127\\.0\\.0\\.1:${taken}`));
    // The ports that it had bound already are free again.
    const again = createServer();
    await new Promise<void>((resolve, reject) => {
      again.once("error", reject);
      again.listen(info.ports.shell, "127.0.0.1", () => resolve());
    });
    again.close();
    server.close();
  });

  it("16. equal ports end the kernel with a coded message", async () => {
    const file = path.join(folder, "equal.json");
    const ports = { shell: 9999, iopub: 9999, stdin: 9999, control: 9999, hb: 9999 };
    await writeConnectionFile(file, { ...(await chooseAddresses(folder, "tcp")), ports });
    const { ended, log } = spawnKernel(file);
    assert.equal(await ended, 1);
    assert.match(log(), /the five ports must differ/);
  });

  it("16. ipc works, with sockets in a folder that nobody else can enter", async () => {
    const own = await launchKernel({ cwd: repositoryRoot });
    const result = await runCell(
      own,
      "(await import('node:fs')).readFileSync(`/proc/${process.ppid}/cmdline`, 'latin1').split('\\0').at(-2)",
    );
    const home = path.dirname(String(result.result).slice(1, -1));
    assert.equal((await stat(home)).mode & 0o777, 0o700);
    assert.equal(readdirSync(home).filter((name) => name.startsWith("socket-")).length, 5);
    await own.shutdown();
    assert.equal(existsSync(home), false);
  });

  it("16. tcp works when it is asked for", async () => {
    const own = await startRawKernel({ info: { transport: "tcp", ip: "127.0.0.1" } });
    const reply = await own.client.send("shell", "execute_request", { code: "1 + 1" });
    assert.equal(reply["status"], "ok");
    await own.stop();
  });

  it("17. an empty key is refused, and taken with --allow-unsigned only", async () => {
    const file = path.join(folder, "unsigned.json");
    await writeConnectionFile(file, { ...(await chooseAddresses(folder)), key: "" });
    const { ended, log } = spawnKernel(file);
    assert.equal(await ended, 1);
    assert.match(log(), /its key is empty, so anyone could run code.*--allow-unsigned/);
    const own = await startRawKernel({ info: { key: "" }, args: ["--allow-unsigned"] });
    const reply = await own.client.send("shell", "execute_request", { code: "1 + 1" });
    assert.equal(reply["status"], "ok");
    await own.stop();
  });
});

/** Sends content as it is, under a valid signature, and gives the reply. */
async function sendRaw(
  kernel: RawKernel,
  header: ReturnType<typeof createHeader>,
  content: string,
): Promise<JsonObject> {
  const { Dealer } = await import("zeromq");
  const { endpoint } = await import("../../kernel/protocol/index.ts");
  const socket = new Dealer({ linger: 0, receiveTimeout: 5000 });
  socket.connect(endpoint(kernel.info, "shell"));
  await socket.send(signedFrames(kernel.info.key, header.msg_type, content, JSON.stringify(header)));
  const frames = await socket.receive();
  socket.close();
  const start = frames.findIndex((frame) => frame.toString() === "<IDS|MSG>");
  return JSON.parse(frames[start + 5]!.toString()) as JsonObject;
}

/** Starts a cell that computes for ever beside a child; gives the numbers of the executor and the child. */
async function startEndlessCell({ client }: Pick<RawKernel, "client">): Promise<number[]> {
  const pids = new Promise<number[]>((resolve) => {
    client
      .send(
        "shell",
        "execute_request",
        {
          code: "const { spawn } = await import('node:child_process'); console.log(process.pid, spawn('sleep', ['100']).pid); for (;;) {}",
        },
        {
          onMessage(message) {
            if (message.type === "stream") resolve(message.content.text.trim().split(" ").map(Number));
          },
        },
      )
      .catch(() => undefined);
  });
  return pids;
}
