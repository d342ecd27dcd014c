/** Tests of `residency backend`: each thing that can be missing, and a build for real where a Python has TensorFlow. */
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {
  buildOnce,
  cli,
  runNode,
  tensorflowFolder,
  tensorflowPython,
  type CommandEnd,
} from "../support/tensorflow.ts";

interface Failure {
  ok: boolean;
  error: { code: string; missing: string; message: string; remedy: string };
}

const machine = process.arch === "arm64" ? "aarch64" : "x86_64";

describe("residency backend build tensorflow", function () {
  this.timeout(60_000);
  let folder: string;
  let fakeTensorflow: string;
  let goodPython: string;
  before(async function () {
    if (process.platform !== "linux") this.skip();
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    fakeTensorflow = path.join(folder, "site-packages/tensorflow");
    await mkdir(path.join(fakeTensorflow, "include/tensorflow/c/eager"), { recursive: true });
    for (const file of ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]) {
      await writeFile(path.join(fakeTensorflow, file), "");
    }
    for (const file of ["c_api.h", "eager/c_api.h"]) {
      await writeFile(path.join(fakeTensorflow, "include/tensorflow/c", file), "");
    }
    goodPython = await python("good", {
      origin: path.join(fakeTensorflow, "__init__.py"),
      version: "2.21.0",
    });
  });
  after(async () => {
    if (process.platform === "linux") await rm(folder, { recursive: true });
  });

  /** A program that answers as a Python does that was asked for its TensorFlow. */
  async function python(name: string, answer: Record<string, unknown>): Promise<string> {
    const file = path.join(folder, name);
    const text = JSON.stringify({
      program: file,
      python: "3.11.2",
      machine,
      origin: null,
      version: null,
      ...answer,
    });
    await writeFile(file, `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`);
    await chmod(file, 0o755);
    return file;
  }
  async function build(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    target = path.join(folder, "target"),
  ): Promise<CommandEnd> {
    return runNode([cli, "backend", "build", "tensorflow", "--folder", target, ...args], env);
  }
  async function failure(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    target?: string,
  ): Promise<Failure["error"]> {
    const { code, stdout, stderr } = await build(["--json", ...args], env, target);
    assert.equal(code, 1, stdout + stderr);
    const { ok, error } = JSON.parse(stdout) as Failure;
    assert.equal(ok, false);
    assert.equal(error.code, "E_BACKEND_BUILD");
    assert.ok(error.message.includes(error.remedy));
    return error;
  }
  /** A folder for PATH with some programs of the system and no others. */
  async function programs(...names: string[]): Promise<string> {
    const bin = await mkdtemp(path.join(folder, "bin-"));
    for (const name of names) await symlink(path.join("/usr/bin", name), path.join(bin, name));
    return bin;
  }

  it("names a Python that does not run, with the commands that make one", async () => {
    const error = await failure(["--python", path.join(folder, "nowhere/python")]);
    assert.equal(error.missing, "python");
    assert.match(error.message, /nowhere\/python does not run: .*ENOENT/);
    assert.match(error.remedy, /python3 -m venv/);
  });

  it("names a program that is no Python", async () => {
    const error = await failure(["--python", "/bin/true"]);
    assert.equal(error.missing, "python");
  });

  it("names a Python without TensorFlow, with pip's command", async () => {
    const bare = await python("bare", {});
    const error = await failure(["--python", bare]);
    assert.equal(error.missing, "tensorflow");
    assert.match(error.remedy, /bare -m pip install tensorflow/);
  });

  it("names what an old TensorFlow lacks", async () => {
    await mkdir(path.join(folder, "old"), { recursive: true });
    const old = await python("old-python", {
      origin: path.join(folder, "old/__init__.py"),
      version: "2.4.0",
    });
    const error = await failure(["--python", old]);
    assert.equal(error.missing, "tensorflow-libraries");
    assert.match(error.message, /TensorFlow 2\.4\.0 in .*lacks libtensorflow_cc\.so\.2/);
    assert.match(error.remedy, /pip install --upgrade tensorflow/);
  });

  it("names a Python for another processor", async () => {
    const origin = path.join(fakeTensorflow, "__init__.py");
    const other = await python("other", { origin, version: "2.21.0", machine: "ppc64le" });
    assert.equal((await failure(["--python", other])).missing, "architecture");
  });

  it("names a compiler and a make that are missing, with the package manager's command", async () => {
    const compiler = await failure(["--python", goodPython], { CXX: "no-such-compiler" });
    assert.equal(compiler.missing, "compiler");
    assert.match(compiler.remedy, /install/);
    const make = await failure(["--python", goodPython], { CXX: "/bin/true", MAKE: "no-such-make" });
    assert.equal(make.missing, "make");
  });

  it("names node-gyp when npm is not on PATH", async () => {
    const PATH = await programs("cat");
    const error = await failure(["--python", goodPython], { CXX: "/bin/true", MAKE: "/bin/true", PATH });
    assert.equal(error.missing, "node-gyp");
  });

  it("names a folder that cannot be made, and one with a space", async () => {
    const file = path.join(folder, "file");
    await writeFile(file, "");
    assert.equal((await failure(["--python", goodPython], {}, path.join(file, "below"))).missing, "folder");
    assert.match(
      (await failure(["--python", goodPython], {}, path.join(folder, "a b"))).message,
      /has a space/,
    );
  });

  it("names a package that npm cannot install, with the command to do it by hand", async () => {
    const error = await failure(["--python", goodPython], {
      CXX: "/bin/true",
      MAKE: "/bin/true",
      npm_config_registry: "http://127.0.0.1:9/",
      npm_config_fetch_retries: "0",
      npm_config_cache: path.join(folder, "npm-cache"),
    });
    assert.equal(error.missing, "package");
    assert.match(error.message, /ECONNREFUSED/);
    assert.match(error.remedy, /npm install --ignore-scripts .*@tensorflow\/tfjs-node-gpu@4\.22\.0/);
  });

  it("says the compiler's first error, keeps a log and puts earlier libraries back", async function () {
    const target = path.join(folder, "broken");
    const packageFolder = path.join(target, "node_modules/@tensorflow/tfjs-node-gpu");
    await mkdir(path.join(packageFolder, "deps"), { recursive: true });
    await writeFile(path.join(packageFolder, "deps/earlier"), "");
    await writeFile(path.join(packageFolder, "package.json"), '{ "version": "4.22.0" }');
    const gyp = { targets: [{ target_name: "tfjs_binding", sources: ["a.cc"] }] };
    await writeFile(path.join(packageFolder, "binding.gyp"), JSON.stringify(gyp));
    await writeFile(path.join(packageFolder, "a.cc"), '#include "no-such-header.h"\n');
    // node-gyp needs a Python that is one.
    const real = path.join(folder, "real-python");
    const answer = await python("answer", {
      program: real,
      origin: path.join(fakeTensorflow, "__init__.py"),
      version: "2.21.0",
    });
    await writeFile(real, `#!/bin/sh\nexec python3 "$@"\n`);
    await chmod(real, 0o755);
    const end = await build(["--python", answer, "--json"], {}, target);
    const { error } = JSON.parse(end.stdout) as Failure;
    if (["compiler", "make", "node-gyp", "node-headers"].includes(error.missing)) {
      process.stdout.write(`    not tried: ${error.message}\n`);
      this.skip();
    }
    assert.equal(error.missing, "compilation");
    assert.match(error.message, /no-such-header\.h: No such file or directory/);
    const log = await readFile(path.join(target, "residency-build.log"), "utf8");
    assert.match(log, /node-gyp\.js rebuild --python=.*real-python/);
    assert.equal(await readFile(path.join(packageFolder, "deps/earlier"), "utf8"), "");

    // Without --folder, a project that has the package is where it is built.
    const inPlace = await runNode(
      [cli, "backend", "build", "tensorflow", "--python", answer, "--json"],
      {},
      target,
    );
    assert.equal((JSON.parse(inPlace.stdout) as Failure).error.missing, "compilation");
    assert.match(await readFile(path.join(packageFolder, "residency-build.log"), "utf8"), /rebuild/);
  });

  it("prints the same without --json as an error, and explains itself", async () => {
    const { code, stdout, stderr } = await build(["--python", path.join(folder, "nowhere/python")]);
    assert.equal(code, 1);
    assert.match(stdout, /1\/5 {2}asking .*nowhere\/python for its TensorFlow/);
    assert.match(stderr, /^residency backend: Cannot build the tensorflow backend: .*\nWhat to do: /);
    assert.match(
      (await runNode([cli, "backend", "--help"])).stdout,
      /Usage: residency backend build tensorflow/,
    );
    const wrong = await runNode([cli, "backend", "build", "abacus"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /cannot do "build abacus"/);
  });

  it("builds against the TensorFlow of RESIDENCY_TENSORFLOW_PYTHON, and doctor and the library find it", async function () {
    this.timeout(400_000);
    if (tensorflowPython === undefined) {
      process.stdout.write("    not tried: RESIDENCY_TENSORFLOW_PYTHON names no Python\n");
      return this.skip();
    }
    const { code, stdout, stderr } = await buildOnce();
    assert.equal(code, 0, stdout + stderr);
    const outcome = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(outcome["ok"], true);
    assert.equal(outcome["package"], "@tensorflow/tfjs-node-gpu");
    assert.deepEqual(outcome["environment"], { RESIDENCY_TENSORFLOW: tensorflowFolder });
    assert.match(
      String(outcome["reason"]),
      new RegExp(`^TensorFlow ${String(outcome["tensorflow"])} through`),
    );
    const env = { RESIDENCY_TENSORFLOW: tensorflowFolder, RESIDENCY_BACKEND: "tensorflow" };
    const doctor = await runNode([cli, "doctor", "--json"], env);
    const { findings } = JSON.parse(doctor.stdout) as { findings: { status: string; found: string }[] };
    const finding = findings.find(({ found }) => found.startsWith("tensorflow: "));
    assert.equal(finding?.status, "ok");
    assert.match(finding.found, /tensorflow: TensorFlow \d/);
  });

  it("is named by doctor with what is missing when RESIDENCY_BACKEND asks for it", async () => {
    const env = { RESIDENCY_TENSORFLOW: folder, RESIDENCY_BACKEND: "tensorflow" };
    const { code, stdout } = await runNode([cli, "doctor"], env);
    assert.equal(code, 1);
    assert.match(stdout, /✘ Backends {4}tensorflow: .*RESIDENCY_TENSORFLOW is .*\n {14}→ do as it says/);
  });
});
