/** The kernels that are compared: how each is started and interrupted, and what stands in its cells. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { denoCode, pythonCode, residencyCode, tslabCode } from "./code.ts";
import type { KernelCode } from "./code.ts";

/** A kernel as its kernelspec describes it. */
export interface BenchKernel {
  id: "residency" | "tslab" | "deno" | "ipykernel";
  name: string;
  /** The program and its arguments; "{connection_file}" is replaced. */
  argv: readonly string[];
  interruptMode: "signal" | "message";
  code: KernelCode;
}

/** The folder that holds package.json; every kernel runs its cells there. */
export const repositoryRoot = path.resolve(fileURLToPath(import.meta.url), "../../../..");

const require = createRequire(import.meta.url);

/** Every kernel that is there, and a line for each that is not. */
export function findKernels(): { kernels: BenchKernel[]; missing: string[] } {
  const found = [tslab(), deno(), ipykernel(), residency()];
  return {
    kernels: found.filter((one) => typeof one !== "string"),
    missing: found.filter((one) => typeof one === "string"),
  };
}

function residency(): BenchKernel {
  const { version } = require(path.join(repositoryRoot, "package.json")) as { version: string };
  const main = path.join(repositoryRoot, "dist/cli/main.js");
  return {
    id: "residency",
    name: `Residency ${version}`,
    argv: [process.execPath, main, "kernel", "start", "--connection-file", "{connection_file}"],
    interruptMode: "message",
    code: residencyCode,
  };
}

function tslab(): BenchKernel | string {
  const folder = path.join(repositoryRoot, "node_modules/tslab");
  if (!existsSync(folder)) return "tslab: run npm ci without --omit=dev";
  const { version } = require(path.join(folder, "package.json")) as { version: string };
  return {
    id: "tslab",
    name: `tslab ${version}`,
    argv: [process.execPath, path.join(folder, "bin/tslab"), "kernel", "--config-path", "{connection_file}"],
    interruptMode: "signal",
    code: tslabCode,
  };
}

function deno(): BenchKernel | string {
  const program = process.env["RESIDENCY_DENO"] ?? "deno";
  const version = /deno (\S+)/.exec(outputOf(program, ["--version"]))?.[1];
  if (version === undefined) return `deno: ${program} does not run; RESIDENCY_DENO=FILE names another`;
  return {
    id: "deno",
    name: `Deno ${version}`,
    argv: [program, "jupyter", "--kernel", "--conn", "{connection_file}"],
    interruptMode: "signal",
    code: denoCode,
  };
}

function ipykernel(): BenchKernel | string {
  const program = process.env["RESIDENCY_PYTHON"] ?? "python3";
  const version = outputOf(program, ["-c", "import ipykernel; print(ipykernel.__version__)"]).trim();
  if (version === "") {
    return `ipykernel: ${program} cannot import it; RESIDENCY_PYTHON=FILE names another Python`;
  }
  return {
    id: "ipykernel",
    name: `ipykernel ${version}`,
    argv: [program, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    interruptMode: "signal",
    code: pythonCode,
  };
}

function outputOf(program: string, args: string[]): string {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
  return status === 0 ? stdout : "";
}
