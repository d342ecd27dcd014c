/** The folders in which Jupyter looks for kernels, found without Python wherever that is possible. */
import { execFileSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { KernelError } from "../errors.ts";

/** Where a kernelspec goes: to the user, to the Python environment, or below a folder. */
export type KernelspecPlace = { kind: "user" } | { kind: "sys-prefix" } | { kind: "prefix"; folder: string };

/**
 * The folder of a kernelspec.
 *
 * @throws KernelError E_KERNELSPEC when the name is not allowed or no Python environment is found.
 */
export function kernelspecFolder(place: KernelspecPlace, name: string): string {
  if (!/^[a-zA-Z0-9._-]{1,64}$/.test(name) || /^\.+$/.test(name)) {
    const message = `Cannot use the kernel name ${JSON.stringify(name)}: allowed are 1 to 64 letters, digits, ".", "_" and "-".`;
    throw new KernelError("E_KERNELSPEC", message);
  }
  const data = place.kind === "user" ? userDataFolder() : path.join(prefixFolder(place), "share", "jupyter");
  return path.join(data, "kernels", name);
}

/** The user's data folder of Jupyter. */
export function userDataFolder(): string {
  const { JUPYTER_DATA_DIR: own, XDG_DATA_HOME: xdg, APPDATA: appData } = process.env;
  if (own) return own;
  if (process.platform === "darwin") return path.join(os.homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return path.join(appData ?? os.homedir(), "jupyter");
  return path.join(xdg || path.join(os.homedir(), ".local", "share"), "jupyter");
}

/** The folder in which connection files lie. */
export function runtimeFolder(): string {
  return process.env["JUPYTER_RUNTIME_DIR"] || path.join(userDataFolder(), "runtime");
}

/** The data folders that Jupyter searches wherever it was installed: the variable's, the user's, the system's. */
export function commonDataFolders(): string[] {
  const named = (process.env["JUPYTER_PATH"] ?? "").split(path.delimiter).filter(Boolean);
  const system =
    process.platform === "win32"
      ? [path.join(process.env["PROGRAMDATA"] ?? "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  return [...named, userDataFolder(), ...system];
}

function prefixFolder(place: Exclude<KernelspecPlace, { kind: "user" }>): string {
  if (place.kind === "prefix") return path.resolve(place.folder);
  const { NB_PYTHON_PREFIX, CONDA_PREFIX, VIRTUAL_ENV } = process.env;
  const known = [NB_PYTHON_PREFIX, CONDA_PREFIX, VIRTUAL_ENV].find(Boolean);
  return known ?? pythonPrefix();
}

function pythonPrefix(): string {
  for (const python of ["python3", "python"]) {
    try {
      return execFileSync(python, ["-c", "import sys; print(sys.prefix)"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    } catch {
      // The other name may be there.
    }
  }
  const message =
    "Cannot find a Python environment for --sys-prefix: NB_PYTHON_PREFIX, CONDA_PREFIX and VIRTUAL_ENV are not set " +
    "and python3 does not run. Use --user, or --prefix DIR.";
  throw new KernelError("E_KERNELSPEC", message);
}
