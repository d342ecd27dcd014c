/** Whether a kernel ends, with every process of its own, when the process that started it is killed. */
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { repositoryRoot } from "../kernels.ts";
import type { Measurement } from "../measurement.ts";
import { isGone, processTree } from "../processes.ts";
import { commandOf, connect, createConnection, within } from "../session.ts";

const timeoutMs = 5000;

/** The parent: starts the command in its arguments, as Jupyter would, and stays. */
const parentProgram = `
const { spawn } = require("node:child_process");
const [program, ...args] = process.argv.slice(1);
const env = { ...process.env, JPY_PARENT_PID: String(process.pid) };
console.log(spawn(program, args, { stdio: "ignore", env }).pid);
setInterval(() => undefined, 1000);`;

/** Milliseconds until the last process is gone. */
export const orphan: Measurement = {
  rows: [{ name: "exits when its parent is killed", unit: "ms", goal: "<= 1000" }],
  rounds: 3,
  async sample(kernel) {
    const { info, file, folder } = await createConnection();
    const [program, args] = commandOf(kernel, file);
    const parent = spawn(process.execPath, ["--eval", parentProgram, program, ...args], {
      cwd: repositoryRoot,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const line = await new Promise<string>((resolve) =>
      parent.stdout.setEncoding("utf8").once("data", resolve),
    );
    const client = connect(info);
    await client.subscribed();
    await within(client.execute(kernel.code.trivial).idle, timeoutMs);
    const pids = processTree(Number(line));
    const killedAt = performance.now();
    parent.kill("SIGKILL");
    const elapsed = (): number => performance.now() - killedAt;
    while (elapsed() < timeoutMs && !pids.every(isGone)) await sleep(10);
    const value = elapsed();
    const left = pids.filter((pid) => !isGone(pid));
    for (const pid of left) process.kill(pid, "SIGKILL");
    client.close();
    await rm(folder, { recursive: true, force: true });
    return [left.length > 0 ? { note: "no" } : { value }];
  },
};
