/** Tests of the kernelspec: what is written, how it finds Node, what is refused. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { launchKernel } from "../../kernel/index.ts";
import { checkNodeProgram, installKernelspec, uninstallKernelspec } from "../../kernel/install/index.ts";
import type { Kernelspec } from "../../kernel/install/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const cli = path.join(repositoryRoot, "dist/cli/main.js");

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function runProgram(program: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe("kernelspec", function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const place = (): { kind: "prefix"; folder: string } => ({ kind: "prefix", folder });
  const kernels = (): string => path.join(folder, "share/jupyter/kernels");

  it("has logos of the sizes that Jupyter shows and nothing half-written when it is installed", async () => {
    const installed = await installKernelspec({ place: place() });
    await installKernelspec({ place: place() });
    assert.equal(installed.folder, path.join(kernels(), "residency"));
    const names = ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];
    assert.deepEqual((await readdir(installed.folder)).sort(), names);
    for (const size of [32, 64]) {
      const png = await readFile(path.join(installed.folder, `logo-${size}x${size}.png`));
      assert.equal(png.subarray(1, 4).toString(), "PNG");
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [size, size]);
    }
    const spec = JSON.parse(await readFile(path.join(installed.folder, "kernel.json"), "utf8")) as Kernelspec;
    assert.deepEqual(spec, installed.spec);
    assert.equal(spec.language, "typescript");
    assert.equal(spec.display_name, "TypeScript (Residency)");
    assert.deepEqual(installed.warnings, []);
  });

  it("starts a kernel when node is on PATH, and with the Node of the installation when it is not", async () => {
    const { spec } = await installKernelspec({ place: place() });
    for (const PATH of [process.env["PATH"], "/nowhere"]) {
      const kernel = await launchKernel({ command: spec.argv, cwd: folder, env: { ...process.env, PATH } });
      assert.equal(kernel.info.implementation, "residency");
      await kernel.shutdown();
    }
  });

  it("says what to install when there is no Node, and what to do when the package is gone", async function () {
    if (process.platform === "win32") this.skip();
    const { spec } = await installKernelspec({ place: place() });
    const [program = "", ...args] = spec.argv;
    const without = args.map((word) => (word === process.execPath ? "/nowhere/node" : word));
    const missing = await runProgram(program, without, { PATH: "/nowhere" });
    assert.equal(missing.code, 127);
    assert.match(
      missing.stderr,
      /^residency: Node\.js is neither on PATH nor at \/nowhere\/node\. Install Node/,
    );
    const moved = args.map((word) => (word === cli ? "/nowhere/main.js" : word));
    const gone = await runProgram(program, moved);
    assert.equal(gone.code, 127);
    assert.match(gone.stderr, /\/nowhere\/main\.js is gone/);
  });

  it("says that Node is too old before anything is loaded", async () => {
    const old = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.1" } });`;
    const preload = ["--import", `data:text/javascript,${encodeURIComponent(old)}`];
    const { code, stderr } = await runProgram(process.execPath, [...preload, cli, "kernel", "start"]);
    assert.equal(code, 1);
    assert.match(stderr, /^residency: Node\.js 20\.19 or later is needed, this is /);
    const { engines } = JSON.parse(await readFile(path.join(repositoryRoot, "package.json"), "utf8")) as {
      engines: { node: string };
    };
    assert.equal(engines.node, ">=20.19", "cli/main.ts names the oldest version too");
  });

  it("runs on one Node alone when that was named, side by side with others", async () => {
    const node = checkNodeProgram(process.execPath);
    const major = process.versions.node.split(".")[0]!;
    const installed = await installKernelspec({ place: place(), node });
    assert.equal(installed.name, `residency-node${major}`);
    assert.equal(installed.spec.display_name, `TypeScript (Residency, Node ${major})`);
    await installKernelspec({ place: place(), node, name: "mine", displayName: "My own" });
    assert.deepEqual((await readdir(kernels())).sort(), ["mine", `residency-node${major}`]);
    const env = { ...process.env, PATH: "/nowhere" };
    const kernel = await launchKernel({ command: installed.spec.argv, env });
    await kernel.shutdown();
  });

  it("is refused with E_KERNELSPEC when the named program is no Node, too old or missing", async function () {
    if (process.platform === "win32") this.skip();
    for (const [name, script, why] of [
      ["old", "echo v18.20.1", /Node v18\.20\.1, and 20\.19 or later is needed/],
      ["other", "echo Python 3.11", /so it is no Node/],
      ["broken", "exit 3", /does not run/],
    ] as const) {
      const file = path.join(folder, name);
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
      assert.throws(() => checkNodeProgram(file), { code: "E_KERNELSPEC", message: why });
    }
    assert.throws(() => checkNodeProgram(path.join(folder, "missing")), { code: "E_KERNELSPEC" });
  });

  it("is refused with E_KERNELSPEC when the name or the folder cannot be used", async function () {
    for (const name of ["", "a/b", "..", "a b", "x".repeat(65)]) {
      const message = /1 to 64 letters/;
      await assert.rejects(installKernelspec({ place: place(), name }), { code: "E_KERNELSPEC", message });
    }
    const file = path.join(folder, "file");
    await writeFile(file, "");
    await assert.rejects(installKernelspec({ place: { kind: "prefix", folder: file } }), {
      code: "E_KERNELSPEC",
      message: /is a file and not a folder/,
    });
    if (process.getuid?.() === 0) return;
    await chmod(folder, 0o500);
    await assert.rejects(installKernelspec({ place: place() }), {
      code: "E_KERNELSPEC",
      message: /may not write there/,
    });
  });

  it("leaves the kernel of someone else alone when it has the same name", async () => {
    const other = path.join(kernels(), "python3");
    await mkdir(other, { recursive: true });
    await writeFile(path.join(other, "kernel.json"), '{"argv":["python3"],"display_name":"Python 3"}');
    for (const change of [installKernelspec, uninstallKernelspec]) {
      await assert.rejects(change({ place: place(), name: "python3" }), {
        code: "E_KERNELSPEC",
        message: /another kernel of the name "python3"/,
      });
    }
    assert.deepEqual(await readdir(other), ["kernel.json"]);
  });

  it("is gone when it was uninstalled, and a second time is an error", async () => {
    await installKernelspec({ place: place() });
    await uninstallKernelspec({ place: place() });
    assert.deepEqual(await readdir(kernels()), []);
    await assert.rejects(uninstallKernelspec({ place: place() }), {
      code: "E_KERNELSPEC",
      message: /no kernel\.json/,
    });
  });

  it("goes where the environment says when no folder is named", async () => {
    const env = {
      ...process.env,
      JUPYTER_DATA_DIR: path.join(folder, "user"),
      VIRTUAL_ENV: path.join(folder, "venv"),
    };
    delete (env as NodeJS.ProcessEnv)["CONDA_PREFIX"];
    delete (env as NodeJS.ProcessEnv)["NB_PYTHON_PREFIX"];
    for (const [option, expected] of [
      ["--user", "user/kernels/residency"],
      ["--sys-prefix", "venv/share/jupyter/kernels/residency"],
    ] as const) {
      const { stdout } = await runProgram(
        process.execPath,
        [cli, "kernel", "install", option, "--json"],
        env,
      );
      const result = JSON.parse(stdout) as { action: string; name: string; folder: string };
      assert.equal(result.folder, path.join(folder, expected));
      assert.ok((await stat(path.join(result.folder, "kernel.json"))).isFile());
      const gone = await runProgram(process.execPath, [cli, "kernel", "uninstall", option], env);
      assert.equal(gone.stdout, `Removed the kernel from ${result.folder}\n`);
    }
    const both = await runProgram(
      process.execPath,
      [cli, "kernel", "install", "--user", "--sys-prefix"],
      env,
    );
    assert.equal(both.code, 2);
    assert.match(both.stderr, /exclude each other/);
    const refused = await runProgram(
      process.execPath,
      [cli, "kernel", "install", "--name", "a b", "--json"],
      env,
    );
    assert.equal(refused.code, 1);
    const { error } = JSON.parse(refused.stdout) as { error: { code: string } };
    assert.equal(error.code, "E_KERNELSPEC");
  });

  it("comes with a warning when the package lies in npm's temporary folder", async () => {
    const copy = path.join(folder, "_npx/1/node_modules/residency");
    for (const part of ["dist/cli", "dist/kernel", "assets/kernelspec", "package.json"]) {
      await cp(path.join(repositoryRoot, part), path.join(copy, part), { recursive: true });
    }
    const args = [path.join(copy, "dist/cli/main.js"), "kernel", "install", "--prefix", folder];
    const { code, stderr } = await runProgram(process.execPath, args);
    assert.equal(code, 0);
    assert.match(stderr, /npm's temporary folder .*_npx/);
  });
});
