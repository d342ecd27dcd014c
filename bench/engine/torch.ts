/** Finds a Python that has PyTorch, or makes one. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { ResidencyError } from "../../lib/errors.ts";
import { repositoryRoot } from "./paths.ts";

/** PyTorch's side of the benchmarks. */
export const torchScript = path.join(repositoryRoot, "bench/peers/torch_train.py");

/** The virtual environment that `--install` makes. */
const environment = path.join(repositoryRoot, "out/torch");

const environmentPython = path.join(
  environment,
  process.platform === "win32" ? "Scripts/python.exe" : "bin/python",
);

/** How a person gets PyTorch here. */
export const torchAdvice =
  "npm run bench:peers -- --install makes a virtual environment in out/torch (pip install torch), " +
  "RESIDENCY_PYTHON=FILE names a Python that has it, such as Debian's with python3-torch and libopenblas0-pthread (slower)";

function hasTorch(python: string): boolean {
  const { status } = spawnSync(
    python,
    ["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"],
    {
      stdio: "ignore",
    },
  );
  return status === 0;
}

/** The Python of RESIDENCY_PYTHON, of out/torch or of PATH: the first that has PyTorch, undefined when none has. */
export function findTorch(): string | undefined {
  return [process.env["RESIDENCY_PYTHON"], environmentPython, "python3"].find(
    (python) => python !== undefined && hasTorch(python),
  );
}

/** PyTorch's own index of builds for the CPU; those of PyPI bring gigabytes of CUDA on Linux. */
const cpuIndex = "https://download.pytorch.org/whl/cpu";

function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: ["ignore", 2, 2] }).status === 0;
}

/**
 * Makes out/torch, a virtual environment with PyTorch from its index of CPU builds, else from the index that pip is
 * set to.
 *
 * @throws ResidencyError E_BACKEND when Python has no venv or no index has a PyTorch for it.
 */
export function installTorch(): string {
  if (hasTorch(environmentPython)) return environmentPython;
  const pip = (...flags: string[]): boolean =>
    succeeds(environmentPython, ["-m", "pip", "install", "--quiet", "--retries", "0", ...flags, "torch"]);
  const installed =
    (existsSync(environmentPython) || succeeds("python3", ["-m", "venv", environment])) &&
    (pip("--index-url", cpuIndex) || pip());
  if (!installed) {
    throw new ResidencyError("E_BACKEND", `Cannot install PyTorch into ${environment}; ${torchAdvice}`);
  }
  return environmentPython;
}
