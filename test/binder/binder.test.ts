/** Binder: what its image is built from works in a clean folder, from committed and new files alone. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { launchKernel } from "../../kernel/client/index.ts";
import { repositoryRoot } from "../support/paths.ts";
import { copyWorkingTree } from "../support/working-tree.ts";

const run = promisify(execFile);

describe("binder", () => {
  it("environment.yml asks for the Node version that package.json needs", async () => {
    const environment = await readFile(path.join(repositoryRoot, "binder/environment.yml"), "utf8");
    assert.equal(environment, "dependencies:\n  - nodejs=20\n");
    const { engines } = JSON.parse(await readFile(path.join(repositoryRoot, "package.json"), "utf8")) as {
      engines: { node: string };
    };
    assert.match(engines.node, /^>=20\./);
  });

  it("start hands over to the command it is given", async () => {
    const { stdout } = await run(path.join(repositoryRoot, "binder/start"), [
      "echo",
      "server",
      "--port=8888",
    ]);
    assert.equal(stdout, "server --port=8888\n");
  });

  // Needs the package registry, or a filled cache of it; without either it fails, as a Binder build would.
  it("postBuild installs a kernel that answers, in a clean folder", async function () {
    this.timeout(300_000);
    this.slow(120_000);
    const folder = await mkdtemp(path.join(tmpdir(), "residency-binder-"));
    try {
      const home = path.join(folder, "home");
      const prefix = path.join(folder, "prefix");
      await Promise.all([mkdir(home), mkdir(prefix)]);
      await copyWorkingTree(home);
      await run("bash", ["binder/postBuild"], {
        cwd: home,
        env: { ...process.env, NB_PYTHON_PREFIX: prefix },
        maxBuffer: 2 ** 26,
      });
      const spec = JSON.parse(
        await readFile(path.join(prefix, "share/jupyter/kernels/residency/kernel.json"), "utf8"),
      ) as { argv: string[]; language: string };
      assert.ok(spec.argv.includes("{connection_file}"));
      assert.equal(spec.language, "typescript");
      const client = await launchKernel({ cwd: path.join(home, "notebooks"), command: spec.argv });
      try {
        assert.equal(client.info.language_info.name, "typescript");
      } finally {
        await client.shutdown();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
