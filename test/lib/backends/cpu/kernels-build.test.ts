/** The kernels in assets/kernels are what their sources compile to. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../../../support/paths.ts";

const run = promisify(execFile);

describe("assets/kernels", function () {
  this.timeout(180_000);

  it("hold what the sources compile to, byte for byte", async function () {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-kernels-"));
    try {
      const script = path.join(repositoryRoot, "lib/backends/cpu/assembly/build.sh");
      // npm asks its registry once, so that a machine without it is told from one whose compiler fails.
      const where = { cwd: repositoryRoot, timeout: 20_000 };
      try {
        await run("npm", ["view", "--fetch-retries=0", "assemblyscript@0.28.20", "version"], where);
      } catch (error) {
        console.log(`      not compiled: npm's registry does not answer (${String(error).split("\n")[0]})`);
        return this.skip();
      }
      await run("bash", [script, folder], { cwd: repositoryRoot });
      for (const name of ["simd.wasm", "relaxed-simd.wasm"]) {
        const built = fs.readFileSync(path.join(folder, name));
        const kept = fs.readFileSync(path.join(repositoryRoot, "assets/kernels", name));
        assert.ok(built.equals(kept), `${name} is not what its sources give; run npm run kernels`);
      }
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
