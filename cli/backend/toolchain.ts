/** Finds what compiles a native module for Node: a C++ compiler, make, node-gyp and Node's headers. */
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { BackendBuildError } from "./build-error.ts";
import { runProgram } from "./run-program.ts";

/** The programs and headers of a build. */
export interface Toolchain {
  /** The C++ compiler's first line about itself. */
  compiler: string;
  /** node-gyp's script. */
  nodeGyp: string;
  /** The folder above `include/node`; undefined where node-gyp has to download the headers. */
  nodeFolder: string | undefined;
}

/** How to install compilers, by the package manager that is there. */
function installCommand(): string {
  const managers: [program: string, command: string][] = [
    ["apt-get", "sudo apt-get install g++ make"],
    ["dnf", "sudo dnf install gcc-c++ make"],
    ["yum", "sudo yum install gcc-c++ make"],
    ["zypper", "sudo zypper install gcc-c++ make"],
    ["pacman", "sudo pacman -S gcc make"],
  ];
  const found = managers.find(([program]) => findProgram(program) !== undefined);
  return found?.[1] ?? "install g++ and make with the system's package manager";
}

/** A program on PATH. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/** node-gyp as npm brings it, or as it is installed. */
function findNodeGyp(): string | undefined {
  const script = "node-gyp/bin/node-gyp.js";
  const npm = findProgram("npm");
  const installed = findProgram("node-gyp");
  const places = npm ? [path.join(path.dirname(realpathSync(npm)), "../node_modules", script)] : [];
  // Debian keeps the modules of npm beside it, not in it.
  if (npm) places.push(path.join(path.dirname(realpathSync(npm)), "../..", script));
  if (installed) places.push(realpathSync(installed));
  try {
    places.unshift(createRequire(path.join(process.cwd(), "package.json")).resolve(script));
  } catch {
    // The project has none of its own.
  }
  return places.map((place) => path.resolve(place)).find((place) => existsSync(place));
}

/** The folder whose `include/node` belongs to the Node that runs. */
function findNodeFolder(): string | undefined {
  const named = process.env["npm_config_nodedir"];
  const beside = path.resolve(path.dirname(realpathSync(process.execPath)), "..");
  return [named, beside]
    .filter((folder): folder is string => folder !== undefined && folder !== "")
    .find((folder) => existsSync(path.join(folder, "include/node/node_api.h")));
}

/**
 * Checks that a native module can be compiled here.
 *
 * @throws BackendBuildError that names what is missing and the command that installs it.
 */
export async function findToolchain(log: string): Promise<Toolchain> {
  const compiler = process.env["CXX"] ?? "g++";
  const [program = "g++", ...flags] = compiler.split(/\s+/).filter(Boolean);
  const version = await runProgram(program, [...flags, "--version"], { log, timeout: 30_000 });
  if (version.code !== 0) {
    const reason = version.reason ?? `${compiler} --version ended with ${version.code}`;
    throw new BackendBuildError("compiler", `there is no C++ compiler (${reason})`, installCommand());
  }
  const make = process.env["MAKE"] ?? "make";
  const made = await runProgram(make, ["--version"], { log, timeout: 30_000 });
  if (made.code !== 0) {
    const reason = made.reason ?? `${make} --version ended with ${made.code}`;
    throw new BackendBuildError("make", `there is no make (${reason})`, installCommand());
  }
  const nodeGyp = findNodeGyp();
  if (nodeGyp === undefined) {
    throw new BackendBuildError(
      "node-gyp",
      "there is no node-gyp: npm, which brings it, is not on PATH",
      "npm install --global node-gyp, or put npm on PATH",
    );
  }
  return { compiler: version.stdout.split("\n")[0] ?? compiler, nodeGyp, nodeFolder: findNodeFolder() };
}
