/** The content of kernel.json, by which Jupyter starts the kernel. */
import { fileURLToPath } from "node:url";
import { packageVersions } from "./node-program.ts";
import type { NodeProgram } from "./node-program.ts";

/** What Jupyter reads from kernel.json. */
export interface Kernelspec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: "message" | "signal";
  metadata: { debugger: boolean; residency: { version: string; main: string } };
}

/** Settings of `createKernelspec`. */
export interface KernelspecContentOptions {
  displayName?: string;
  /** Run on this Node only (default: `node` on PATH at launch, else the one that runs now). */
  node?: NodeProgram;
}

const cliMain = fileURLToPath(new URL("../../cli/main.js", import.meta.url));

/** The content of kernel.json. */
export function createKernelspec(options: KernelspecContentOptions = {}): Kernelspec {
  const { node } = options;
  const start = [cliMain, "kernel", "start", "--connection-file", "{connection_file}"];
  const version = node === undefined ? "" : `, Node ${majorOf(node)}`;
  return {
    argv: [...launcher(node?.path), ...start],
    display_name: options.displayName ?? `TypeScript (Residency${version})`,
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: true, residency: { version: packageVersions().version, main: cliMain } },
  };
}

/** The number before the first dot of a Node's version. */
export function majorOf(node: NodeProgram): string {
  return node.version.replace(/^v(\d+).*$/, "$1");
}

/**
 * The beginning of the command line: Node, found when the kernel is started.
 *
 * Where the first word of a command line does not exist, all that Jupyter shows is a traceback; and Jupyter is often
 * started by a desktop that does not know the PATH of a terminal. So a shell of the system looks for `node` and hands its
 * process over (`exec`), which takes a millisecond. Windows has no such shell; there the path of Node is written down.
 */
function launcher(fixed: string | undefined): string[] {
  if (process.platform === "win32") return [fixed ?? process.execPath];
  const find = fixed === undefined ? "node=$(command -v node) || node=$1" : "node=$1";
  const message =
    fixed === undefined
      ? "Node.js is neither on PATH nor at $1. Install Node.js $2 or later (https://nodejs.org), or name one with: residency kernel install --node PATH"
      : "there is no Node.js at $1 any more. Name another with: residency kernel install --node PATH";
  const moved = "$1 is gone. Where the package lies now, run again: residency kernel install";
  const script = `${find}; if [ ! -x "$node" ]; then echo "residency: ${message}" >&2; exit 127; fi; shift 2; if [ ! -f "$1" ]; then echo "residency: ${moved}" >&2; exit 127; fi; exec "$node" "$@"`;
  return ["/bin/sh", "-c", script, "residency", fixed ?? process.execPath, packageVersions().minimumNode];
}
