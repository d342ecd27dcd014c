/** Jupyter's own suite for kernels, Debian's python3-jupyter-kernel-test, against this kernel. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { installKernelspec } from "../../kernel/install/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const python = process.env["RESIDENCY_KERNEL_TEST_PYTHON"] ?? "/usr/bin/python3";

describe("jupyter_kernel_test", () => {
  it("passes all twelve tests and skips none when the kernelspec is installed", async function () {
    this.timeout(60_000);
    if (spawnSync(python, ["-c", "import jupyter_kernel_test"]).status !== 0) {
      process.stdout.write(`      skipped: ${python} has no jupyter_kernel_test\n`);
      return this.skip();
    }
    const prefix = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    try {
      await installKernelspec({ place: { kind: "prefix", folder: prefix } });
      const { stderr } = await promisify(execFile)(
        python,
        [path.join(repositoryRoot, "bench/kernel/conformance.py"), "residency"],
        {
          cwd: prefix,
          env: {
            ...process.env,
            JUPYTER_PATH: path.join(prefix, "share/jupyter"),
            JUPYTER_RUNTIME_DIR: path.join(prefix, "runtime"),
            RESIDENCY_HISTORY: path.join(prefix, "history.jsonl"),
          },
        },
      ).catch((error: unknown) => error as { stderr: string });
      assert.match(stderr, /^Ran 12 tests/m, stderr);
      assert.match(stderr, /^OK$/m, stderr);
      assert.doesNotMatch(stderr, /skipped/, stderr);
    } finally {
      await rm(prefix, { recursive: true });
    }
  });
});
