/** How many tests of Jupyter's own suite for kernels pass, where Debian's python3-jupyter-kernel-test is there. */
import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { repositoryRoot } from "../kernels.ts";
import type { BenchKernel } from "../kernels.ts";
import type { Measurement } from "../measurement.ts";

const python = process.env["RESIDENCY_KERNEL_TEST_PYTHON"] ?? "/usr/bin/python3";
const program = path.join(repositoryRoot, "bench/kernel/conformance.py");

/** A kernel that fails tests waits for its answers to the end of their time. */
const timeoutMs = 240_000;

/** The twelve tests of jupyter_kernel_test 0.4.5; one that the suite skips for a kernel is not passed. */
export const conformance: Measurement = {
  rows: [{ name: "tests of jupyter_kernel_test", unit: "passed", goal: "12" }],
  rounds: 1,
  async sample(kernel) {
    if (spawnSync(python, ["-c", "import jupyter_kernel_test"]).status !== 0) {
      return [{ note: `${python} has no jupyter_kernel_test` }];
    }
    const prefix = await mkdtemp(path.join(os.tmpdir(), "residency-bench-"));
    try {
      await installKernelspec(kernel, prefix);
      const report = await runSuite(kernel, prefix);
      const value = report.match(/\.\.\. ok$/gm)?.length ?? 0;
      return [/^Ran \d+ tests? in/m.test(report) ? { value } : { value, note: "cut off" }];
    } finally {
      await rm(prefix, { recursive: true, force: true });
    }
  },
};

async function installKernelspec(kernel: BenchKernel, prefix: string): Promise<void> {
  const folder = path.join(prefix, "share/jupyter/kernels", kernel.id);
  await mkdir(folder, { recursive: true });
  const spec = {
    argv: kernel.argv,
    display_name: kernel.name,
    language: "any",
    interrupt_mode: kernel.interruptMode,
  };
  await writeFile(path.join(folder, "kernel.json"), JSON.stringify(spec));
}

/** What the suite says, a line for each test. */
async function runSuite(kernel: BenchKernel, prefix: string): Promise<string> {
  const child = spawn(python, [program, kernel.id], {
    cwd: repositoryRoot,
    timeout: timeoutMs,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      JUPYTER_PATH: path.join(prefix, "share/jupyter"),
      JUPYTER_RUNTIME_DIR: path.join(prefix, "runtime"),
      RESIDENCY_HISTORY: path.join(prefix, "history.jsonl"),
    },
  });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await new Promise((resolve) => child.once("close", resolve));
  return text;
}
