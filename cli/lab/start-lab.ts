/** Starts JupyterLab as a child that finds our kernelspec in a temporary folder. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { installKernelspec } from "../../kernel/install/index.ts";

/** Settings of `startLab`. */
export interface LabOptions {
  /** A notebook or a folder (default: the current folder). */
  target?: string;
  /** Further options of `jupyter lab`. */
  options: readonly string[];
}

/** How long JupyterLab may take to end its kernels after Ctrl-C. */
const endTimeoutMs = 10_000;

/** Runs JupyterLab until it ends, and gives its exit code; says what to install when there is none. */
export async function startLab({ target, options }: LabOptions): Promise<number> {
  if (target !== undefined && !existsSync(target)) {
    process.stderr.write(`residency lab: there is no file or folder ${path.resolve(target)}\n`);
    return 2;
  }
  const program = findProgram("jupyter-lab");
  if (program === undefined) {
    process.stderr.write(
      "residency lab: JupyterLab is not on PATH. Install it with: pip install jupyterlab (or conda, or uv tool install " +
        "jupyterlab), and activate its environment.\nWithout it: residency run NOTEBOOK, or open the notebook in VS Code.\n",
    );
    return 1;
  }
  // A kernelspec of this run alone, in front of what is installed, so that this package's kernel is the one that starts.
  const prefix = await mkdtemp(path.join(os.tmpdir(), "residency-lab-"));
  try {
    await installKernelspec({ place: { kind: "prefix", folder: prefix } });
    const data = path.join(prefix, "share", "jupyter");
    const others = process.env["JUPYTER_PATH"];
    const JUPYTER_PATH = others ? `${data}${path.delimiter}${others}` : data;
    return await runLab(program, [...(target === undefined ? [] : [target]), ...options], {
      ...process.env,
      JUPYTER_PATH,
    });
  } finally {
    await rm(prefix, { recursive: true, force: true });
  }
}

/** Runs JupyterLab in a process group of its own: one Ctrl-C then ends it without its question. */
function runLab(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const lab = spawn(program, args, { env, stdio: ["ignore", "inherit", "inherit"], detached: true });
  const end = (): void => {
    // SIGTERM ends JupyterLab and its kernels without a question; SIGINT would ask one.
    lab.kill("SIGTERM");
    setTimeout(() => lab.kill("SIGKILL"), endTimeoutMs).unref();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, end);
  return new Promise<number>((resolve, reject) => {
    lab.once("error", reject);
    lab.once("close", (code, signal) => {
      for (const one of signals) process.off(one, end);
      resolve(signal === null ? (code ?? 1) : 0);
    });
  });
}

function findProgram(name: string): string | undefined {
  const names = process.platform === "win32" ? [`${name}.exe`, `${name}.cmd`] : [name];
  return (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .filter(Boolean)
    .flatMap((folder) => names.map((file) => path.join(folder, file)))
    .find((file) => existsSync(file));
}
