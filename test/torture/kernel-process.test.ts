/** Torture of the kernel's life: connection files, lost parents, unusable addresses, empty keys. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { KernelError, launchKernel } from "../../kernel/index.ts";
import { openRequests } from "../../kernel/client/requests.ts";
import { readConnectionFile, writeConnectionFile } from "../../kernel/protocol/index.ts";
import type { ConnectionInfo } from "../../kernel/protocol/index.ts";
import { findProcess } from "../../kernel/processes/index.ts";
import { runCell } from "../kernel/session.ts";
import { repositoryRoot } from "../support/paths.ts";
import { chooseAddresses, spawnKernel, startRawKernel, waitUntil } from "./raw-kernel.ts";
import type { RawKernel } from "./raw-kernel.ts";

const isRunning = (pid: number): boolean => findProcess(pid) !== undefined;

describe("torture: kernel process", function () {
  this.timeout(20_000);
  let folder: string;
  before(async function () {
    if (process.platform !== "linux") this.skip();
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
  });
  after(async () => {
    if (process.platform === "linux") await rm(folder, { recursive: true });
  });

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
    const info = await chooseAddresses(folder);
    const target = path.join(folder, "target");
    await writeFile(target, "untouched");
    for (const [name, to] of [
      ["to-a-file", target],
      ["to-nothing", path.join(folder, "nothing")],
    ] as const) {
      const link = path.join(folder, name);
      await symlink(to, link);
      await assert.rejects(writeConnectionFile(link, info), { code: "EEXIST" });
    }
    assert.equal(await readFile(target, "utf8"), "untouched");
    assert.equal(existsSync(path.join(folder, "nothing")), false);
  });

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
