/** Tests of `residency lab`: a program in JupyterLab's place sees the kernel, and both end together. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { repositoryRoot } from "../support/paths.ts";

const cli = path.join(repositoryRoot, "dist/cli/main.js");

/** Prints what it was given, then waits for SIGTERM as a server does. */
const stand = `#!${process.execPath}
const { readdirSync } = require("node:fs");
const [data, other] = process.env.JUPYTER_PATH.split(":");
process.on("SIGTERM", () => { console.log("ending"); process.exit(0); });
setInterval(() => undefined, 1000);
console.log(JSON.stringify({ args: process.argv.slice(2), data, other, kernels: readdirSync(data + "/kernels"), pid: process.pid }));
`;

describe("residency lab", function () {
  this.timeout(20_000);
  let folder: string;
  before(async function () {
    if (process.platform === "win32") this.skip();
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    await writeFile(path.join(folder, "jupyter-lab"), stand);
    await chmod(path.join(folder, "jupyter-lab"), 0o755);
    await writeFile(path.join(folder, "a.ipynb"), "{}");
  });
  after(async () => {
    if (process.platform !== "win32") await rm(folder, { recursive: true });
  });

  function start(args: string[], PATH: string) {
    const env = { ...process.env, PATH, JUPYTER_PATH: "/other" };
    const child = spawn(process.execPath, [cli, "lab", ...args], {
      env,
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      let [stdout, stderr] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.once("close", (code) => resolve({ code, stdout, stderr }));
    });
    return { child, ended };
  }

  it("starts JupyterLab with the kernel in a folder of its own, and ends both when interrupted", async () => {
    const { child, ended } = start(["a.ipynb", "--", "--no-browser"], folder);
    const line = await new Promise<string>((resolve) => child.stdout.once("data", resolve));
    const seen = JSON.parse(line) as {
      args: string[];
      data: string;
      other: string;
      kernels: string[];
      pid: number;
    };
    assert.deepEqual(seen.args, ["a.ipynb", "--no-browser"]);
    assert.deepEqual(seen.kernels, ["residency"]);
    assert.equal(seen.other, "/other");
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    assert.equal(code, 0);
    assert.match(stdout, /ending\n$/);
    assert.throws(() => process.kill(seen.pid, 0), { code: "ESRCH" });
    assert.equal(existsSync(seen.data), false);
  });

  it("says what to install when there is no JupyterLab, and what is wrong with its argument", async () => {
    const missing = await start([], "/nowhere").ended;
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /JupyterLab is not on PATH\. Install it with: pip install jupyterlab/);
    const wrong = await start(["nowhere.ipynb"], folder).ended;
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /no file or folder .*nowhere\.ipynb/);
  });
});
