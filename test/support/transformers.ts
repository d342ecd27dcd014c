/** The Python with transformers, PEFT, TRL and accelerate that exports are tried with, where there is one. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { repositoryRoot } from "./paths.ts";

const environment = path.join(repositoryRoot, "out/torch/bin/python");

/**
 * The Python of RESIDENCY_TRANSFORMERS_PYTHON, else of out/torch; undefined, after saying why, where it lacks a
 * module.
 */
export function transformersPython(...modules: string[]): string | undefined {
  const python = process.env["RESIDENCY_TRANSFORMERS_PYTHON"] ?? environment;
  // Looking for a module takes milliseconds, importing these takes ten seconds.
  const program = `import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in sys.argv[1:]))`;
  if (existsSync(python) && spawnSync(python, ["-c", program, ...modules]).status === 0) return python;
  process.stdout.write(
    `    not compared: ${python} has not all of ${modules.join(", ")} (RESIDENCY_TRANSFORMERS_PYTHON names another)\n`,
  );
  return undefined;
}

/** What a Python needs to compute on the CPU alone and ask nobody. */
export const pythonEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  CUDA_VISIBLE_DEVICES: "",
  HF_HUB_OFFLINE: "1",
  TOKENIZERS_PARALLELISM: "false",
  OMP_NUM_THREADS: "1",
};
