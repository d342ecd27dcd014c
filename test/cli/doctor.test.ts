/** Tests of `residency doctor`: what it finds on a machine that a test has laid out, and how it says so. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { checks, examine, formatFinding, formatSummary } from "../../cli/doctor/index.ts";
import type { Finding } from "../../cli/doctor/index.ts";
import { createPainter } from "../../cli/terminal/index.ts";
import { installKernelspec } from "../../kernel/install/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const cli = path.join(repositoryRoot, "dist/cli/main.js");

describe("residency doctor", function () {
  this.timeout(30_000);
  let folder: string;
  before(async function () {
    if (process.platform === "win32") this.skip();
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    await mkdir(path.join(folder, "bin"));
    const jupyter = path.join(folder, "bin/jupyter");
    await writeFile(jupyter, `#!/bin/sh\necho '{"data": ["${folder}/venv", "${folder}/user"]}'\n`);
    await chmod(jupyter, 0o755);
  });
  after(async () => {
    if (process.platform !== "win32") await rm(folder, { recursive: true });
  });

  /** Runs the command on a machine with one Jupyter and nothing else. */
  async function doctor(
    env: NodeJS.ProcessEnv,
    ...args: string[]
  ): Promise<{ code: number; stdout: string }> {
    const own = { JUPYTER_DATA_DIR: path.join(folder, "user"), PATH: path.join(folder, "bin") };
    return new Promise((resolve) => {
      const options = { env: { HOME: folder, ...own, ...env } };
      execFile(process.execPath, [cli, "doctor", ...args], options, (error, stdout) =>
        resolve({ code: error ? Number(error.code) : 0, stdout }),
      );
    });
  }
  /** Runs one check in this process, with some variables of the environment changed. */
  async function check(title: string, env: Record<string, string>): Promise<Finding[]> {
    const saved = { ...process.env };
    Object.assign(
      process.env,
      { JUPYTER_DATA_DIR: path.join(folder, "user"), PATH: path.join(folder, "bin") },
      env,
    );
    try {
      return await examine(
        () => undefined,
        checks.filter((one) => one.title === title),
      );
    } finally {
      for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, saved);
    }
  }
  async function findings(env: NodeJS.ProcessEnv = {}): Promise<{ code: number; all: Finding[] }> {
    const { code, stdout } = await doctor(env, "--json");
    const report = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
    assert.equal(report.ok, code === 0);
    return { code, all: report.findings };
  }
  const about = (all: readonly Finding[], title: string): Finding => {
    const found = all.filter((finding) => finding.title === title);
    return found.find(({ status }) => status !== "ok") ?? found[0]!;
  };

  it("warns and exits with 0 when the kernel is not installed", async () => {
    const { code, all } = await findings();
    assert.equal(code, 0);
    for (const title of ["Node.js", "Package", "Folders", "ZeroMQ", "Kernel", "Backends", "Jupyter"]) {
      assert.equal(about(all, title).status, "ok", `${title}: ${about(all, title).found}`);
    }
    assert.match(about(all, "Jupyter").found, new RegExp(`${folder}/venv, ${folder}/user`));
    const spec = about(all, "Kernelspec");
    assert.equal(spec.status, "warning");
    assert.equal(spec.advice, "residency kernel install --user");
  });

  it("tells a good kernelspec from one of another version and one whose program is gone", async () => {
    const { folder: installed } = await installKernelspec({
      place: { kind: "prefix", folder: path.join(folder, "prefix") },
    });
    const text = await readFile(path.join(installed, "kernel.json"), "utf8");
    const target = path.join(folder, "user/kernels/residency");
    await mkdir(target, { recursive: true });
    const seen: string[][] = [];
    for (const content of [
      text,
      text.replace(/"version": "[^"]+"/, '"version": "0.0.1"'),
      text.replaceAll(cli, "/gone/main.js"),
    ]) {
      await writeFile(path.join(target, "kernel.json"), content);
      const all = await check("Jupyter", {});
      seen.push([about(all, "Kernelspec").status, about(all, "Kernelspec").advice ?? "none"]);
    }
    assert.deepEqual(seen, [
      ["ok", "none"],
      ["warning", "residency kernel install again, to start this version"],
      ["failure", `it cannot start: residency kernel install again, or remove ${target}`],
    ]);
    await rm(target, { recursive: true });
  });

  it("warns when there is no Jupyter", async () => {
    const jupyter = about(await check("Jupyter", { PATH: "/nowhere" }), "Jupyter");
    assert.equal(jupyter.status, "warning");
    assert.match(jupyter.advice ?? "", /pip install jupyterlab/);
  });

  it("prints lines without colour codes, and exits with 1 when the backend that is asked for does not exist", async () => {
    const { code, stdout } = await doctor({ RESIDENCY_BACKEND: "abacus" });
    assert.equal(code, 1);
    assert.match(stdout, /^Residency [\d.]+\n\n✔ Node\.js {5}v/);
    assert.match(stdout, /\n! Kernelspec {2}.*\n {14}→ residency kernel install --user\n/);
    assert.match(
      stdout,
      /\n✘ +RESIDENCY_BACKEND is "abacus"\n {14}→ .*one of tensorflow, webgpu, residency-cpu, wasm, cpu\n/,
    );
    assert.match(stdout, /\n\n1 failure, 1 warning: it does not work as it is\.\n$/);
    assert.ok(!stdout.includes("\u001b"));
  });

  it("counts a check that throws as a failure and goes on with the next", async () => {
    const shown: string[] = [];
    const all = await examine(
      ({ title }) => shown.push(title),
      [
        {
          title: "First",
          run() {
            throw new Error("broken\nat length");
          },
        },
        { title: "Second", run: () => [{ title: "Second", status: "ok", found: "fine" }] },
      ],
    );
    assert.deepEqual(shown, ["First", "Second"]);
    assert.deepEqual(all[0], { title: "First", status: "failure", found: "broken", advice: "report this" });
    const plain = createPainter({ write: () => true });
    assert.match(formatSummary(all, plain), /^1 failure, 0 warnings/);
    const terminal = createPainter({ write: () => true, isTTY: true });
    assert.equal(formatFinding(all[1]!, terminal).includes("\u001b[32m"), !process.env["NO_COLOR"]);
  });
});
