/** Installs and removes the kernelspec, by which Jupyter finds the kernel; needs no Python. */
import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { KernelError } from "../errors.ts";

/** Where a kernelspec goes: to the user, to the Python environment, or below a folder. */
export type KernelspecPlace = { kind: "user" } | { kind: "sys-prefix" } | { kind: "prefix"; folder: string };

/** Settings of `installKernelspec`. */
export interface KernelspecOptions {
  place: KernelspecPlace;
  /** The kernel's name in Jupyter (default "residency"). */
  name?: string;
}

const cliMain = fileURLToPath(new URL("../../cli/main.js", import.meta.url));

/** The content of kernel.json. */
export function createKernelspec(): object {
  return {
    argv: [nodeProgram(), cliMain, "kernel", "start", "--connection-file", "{connection_file}"],
    display_name: "TypeScript (Residency)",
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: true },
  };
}

/**
 * Writes the kernelspec and gives its folder.
 *
 * @throws KernelError E_KERNELSPEC when the name is not allowed or no Python environment is found.
 */
export async function installKernelspec(options: KernelspecOptions): Promise<string> {
  const folder = kernelspecFolder(options);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "kernel.json"), `${JSON.stringify(createKernelspec(), null, 2)}\n`);
  return folder;
}

/**
 * Removes the kernelspec and gives the folder where it was.
 *
 * @throws KernelError E_KERNELSPEC when there is none.
 */
export async function uninstallKernelspec(options: KernelspecOptions): Promise<string> {
  const folder = kernelspecFolder(options);
  if (!existsSync(path.join(folder, "kernel.json"))) {
    throw new KernelError("E_KERNELSPEC", `Cannot remove the kernelspec: ${folder} has no kernel.json.`);
  }
  await rm(folder, { recursive: true });
  return folder;
}

function kernelspecFolder({ place, name = "residency" }: KernelspecOptions): string {
  if (!/^[a-zA-Z0-9._-]{1,64}$/.test(name) || /^\.+$/.test(name)) {
    const message = `Cannot use the kernel name ${JSON.stringify(name)}: allowed are 1 to 64 letters, digits, ".", "_" and "-".`;
    throw new KernelError("E_KERNELSPEC", message);
  }
  const data = place.kind === "user" ? userDataFolder() : path.join(prefixFolder(place), "share", "jupyter");
  return path.join(data, "kernels", name);
}

function userDataFolder(): string {
  const { JUPYTER_DATA_DIR: own, XDG_DATA_HOME: xdg, APPDATA: appData } = process.env;
  if (own) return own;
  if (process.platform === "darwin") return path.join(os.homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return path.join(appData ?? os.homedir(), "jupyter");
  return path.join(xdg || path.join(os.homedir(), ".local", "share"), "jupyter");
}

function prefixFolder(place: Exclude<KernelspecPlace, { kind: "user" }>): string {
  if (place.kind === "prefix") return path.resolve(place.folder);
  const { NB_PYTHON_PREFIX, CONDA_PREFIX, VIRTUAL_ENV } = process.env;
  const known = [NB_PYTHON_PREFIX, CONDA_PREFIX, VIRTUAL_ENV].find(Boolean);
  return known ?? pythonPrefix();
}

function pythonPrefix(): string {
  try {
    return execFileSync("python3", ["-c", "import sys; print(sys.prefix)"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    const message =
      "Cannot find a Python environment for --sys-prefix: NB_PYTHON_PREFIX, CONDA_PREFIX and VIRTUAL_ENV are not set " +
      "and python3 does not run. Use --user, or --prefix DIR.";
    throw new KernelError("E_KERNELSPEC", message);
  }
}

/** `node` where that is this Node, so that the kernelspec outlives an update; else its full path. */
function nodeProgram(): string {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const found = (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
  return found !== undefined && realpathSync(found) === realpathSync(process.execPath)
    ? "node"
    : process.execPath;
}
