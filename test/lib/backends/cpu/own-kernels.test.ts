/** Attention by the library's own products, which a machine with a BLAS would not run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { repositoryRoot } from "../../../support/paths.ts";

describe("attention of residency-cpu without a BLAS", function () {
  this.timeout(120_000);

  for (const build of ["relaxed-simd", "simd"]) {
    it(`passes the tests of fused attention by the kernels of ${build}`, () => {
      const { status, stdout } = spawnSync(
        process.execPath,
        [
          path.join(repositoryRoot, "node_modules/mocha/bin/mocha.js"),
          ...["--no-package", "--reporter", "json", "--timeout", "60000"],
          path.join(repositoryRoot, "dist/test/lib/ops/fused-attention.test.js"),
        ],
        {
          encoding: "utf8",
          env: { ...process.env, RESIDENCY_BLAS: "none", RESIDENCY_SIMD: build },
          maxBuffer: 2 ** 26,
        },
      );
      const { stats } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
        stats: { passes: number; failures: number };
      };
      assert.equal(status, 0, stdout);
      assert.equal(stats.failures, 0);
      assert.ok(stats.passes >= 14, `${stats.passes} tests ran`);
    });
  }
});
