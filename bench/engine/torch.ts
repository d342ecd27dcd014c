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

/**
 * Makes out/torch, a virtual environment with the PyTorch of the package index that pip is set to.
 *
 * @throws ResidencyError E_BACKEND when Python has no venv or the index no PyTorch for it.
 */
export function installTorch(): string {
  const steps: [string, string[]][] = [
    ["python3", ["-m", "venv", environment]],
    [environmentPython, ["-m", "pip", "install", "--quiet", "--retries", "0", "torch"]],
  ];
  for (const [program, args] of steps) {
    if (program === "python3" && existsSync(environmentPython)) continue;
    const { status } = spawnSync(program, args, { stdio: ["ignore", 2, 2] });
    if (status !== 0) {
      throw new ResidencyError(
        "E_BACKEND",
        `Cannot install PyTorch: ${program} ${args.join(" ")} failed; ${torchAdvice}`,
      );
    }
  }
  return environmentPython;
}
