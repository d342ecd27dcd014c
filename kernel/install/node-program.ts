/** Which Node a kernel runs on, and whether it is new enough. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { KernelError } from "../errors.ts";

const packageFile = new URL("../../../package.json", import.meta.url);

/** The version of this package, and the oldest Node that it runs on. */
export function packageVersions(): { version: string; minimumNode: string } {
  const { version, engines } = JSON.parse(readFileSync(packageFile, "utf8")) as {
    version: string;
    engines: { node: string };
  };
  return { version, minimumNode: engines.node.replace(/^>=/, "") };
}

/** Whether a version of Node, such as "v22.1.0", is at least the minimum, such as "20.19". */
export function isNewEnough(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = minimum.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** A Node program and what it says its version is. */
export interface NodeProgram {
  path: string;
  /** As Node prints it, with a "v". */
  version: string;
}

/**
 * Asks a Node program for its version.
 *
 * @throws KernelError E_KERNELSPEC when it does not run, is no Node, or is too old.
 */
export function checkNodeProgram(file: string): NodeProgram {
  const program = path.resolve(file);
  const { minimumNode } = packageVersions();
  let version: string;
  try {
    version = execFileSync(program, ["--version"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    }).trim();
  } catch (error) {
    const message = `Cannot use ${program} for the kernel: it does not run. Give the path of a node program, as "which node" prints it.`;
    throw new KernelError("E_KERNELSPEC", message, { cause: error });
  }
  if (!/^v\d+\.\d+\.\d+/.test(version)) {
    const message = `Cannot use ${program} for the kernel: "--version" prints ${JSON.stringify(version.slice(0, 40))}, so it is no Node.`;
    throw new KernelError("E_KERNELSPEC", message);
  }
  if (!isNewEnough(version, minimumNode)) {
    const message = `Cannot use ${program} for the kernel: it is Node ${version}, and ${minimumNode} or later is needed. Install a newer one from https://nodejs.org, or name another with --node.`;
    throw new KernelError("E_KERNELSPEC", message);
  }
  return { path: program, version };
}
