/** TensorFlow's binding for tests: built once against the Python that RESIDENCY_TENSORFLOW_PYTHON names. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { setBackend } from "../../lib/tensor/index.ts";
import { repositoryRoot } from "./paths.ts";

/** The `residency` command as it is compiled. */
export const cli = path.join(repositoryRoot, "dist/cli/main.js");

/** A Python environment with TensorFlow; undefined where there is none to try. */
export const tensorflowPython = process.env["RESIDENCY_TENSORFLOW_PYTHON"];

/** Where the tests build; it is kept from run to run. */
export const tensorflowFolder = path.join(repositoryRoot, "out/tensorflow");

/** How a command of this package ended. */
export interface CommandEnd {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs Node with some variables of the environment changed. */
export function runNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = repositoryRoot,
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, cwd, timeout: 240_000 };
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

let built: Promise<CommandEnd> | undefined;

/** Builds the binding, the first time that it is called; gives the command's end. */
export function buildOnce(): Promise<CommandEnd> {
  assert.ok(tensorflowPython !== undefined, "RESIDENCY_TENSORFLOW_PYTHON is not set");
  built ??= runNode([
    ...[cli, "backend", "build", "tensorflow", "--json"],
    ...["--python", tensorflowPython, "--folder", tensorflowFolder],
  ]);
  return built;
}

/** Why the backend is not tried here; undefined when it is. */
export const whyNoTensorflow =
  tensorflowPython === undefined && process.env["RESIDENCY_TENSORFLOW"] === undefined
    ? "RESIDENCY_TENSORFLOW_PYTHON names no Python with TensorFlow, RESIDENCY_TENSORFLOW no folder with a binding"
    : undefined;

/** Builds the binding where a Python is named, and starts the backend in this process. */
export async function startTensorflowForTests(): Promise<void> {
  if (tensorflowPython === undefined) {
    await setBackend("tensorflow");
    return;
  }
  const { code, stdout, stderr } = await buildOnce();
  assert.equal(code, 0, `the build failed: ${stdout}${stderr}`);
  const before = process.env["RESIDENCY_TENSORFLOW"];
  process.env["RESIDENCY_TENSORFLOW"] = tensorflowFolder;
  try {
    await setBackend("tensorflow");
  } finally {
    // Processes that other tests start are to choose their backend as ever.
    if (before === undefined) delete process.env["RESIDENCY_TENSORFLOW"];
    else process.env["RESIDENCY_TENSORFLOW"] = before;
  }
}
