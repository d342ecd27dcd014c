/** What residency-cpu runs on: the build of its kernels, a BLAS or none, the number of threads, and what it says of them. */
import assert from "node:assert/strict";
import { runChild } from "./child.ts";
import type { ChoiceReport } from "./choice-child.ts";

describe("the choice of residency-cpu", function () {
  this.timeout(60_000);

  const choose = async (
    environment: Record<string, string>,
    nodeOptions: string[] = [],
  ): Promise<ChoiceReport> => {
    const settings = {
      RESIDENCY_BACKEND: "",
      RESIDENCY_BLAS: "",
      RESIDENCY_THREADS: "2",
      RESIDENCY_SIMD: "",
      ...environment,
    };
    const child = await runChild(
      "choice-child",
      { ...settings, RESIDENCY_BACKEND: "residency-cpu" },
      { nodeOptions },
    );
    assert.equal(child.code, 0, child.stderr);
    return child.result as ChoiceReport;
  };

  const blas: Record<string, [value: string, reason: RegExp]> = {
    "none, where none is wanted": ["none", /products by its own kernels \(no BLAS: RESIDENCY_BLAS is none\)/],
    "none, and why, where the library does not exist": [
      "/nowhere/libblas.so",
      /products by its own kernels \(no BLAS: \/nowhere\/libblas\.so: .*(cannot open|no such|not found|could not)/i,
    ],
    "none, and why, where the library is no BLAS": [
      process.platform === "linux" ? "libm.so.6" : "/usr/lib/libSystem.B.dylib",
      /products by its own kernels \(no BLAS: .*: .*cblas_sgemm/,
    ],
  };
  for (const [name, [value, reason]] of Object.entries(blas)) {
    it(`of a BLAS is ${name}`, async () => {
      const report = await choose({ RESIDENCY_BLAS: value });
      assert.ok("name" in report, JSON.stringify(report));
      assert.equal(report.name, "residency-cpu");
      assert.match(report.reason, reason);
      assert.match(report.reason, /2 threads/);
      assert.deepEqual(report.product, [1, 3, 3, 7]);
    });
  }

  it("of kernels is relaxed SIMD where the engine runs it, else plain SIMD", async () => {
    const report = await choose({ RESIDENCY_BLAS: "none" });
    assert.ok("name" in report);
    const relaxed = report.builds[1] === "relaxed-simd";
    assert.match(report.reason, relaxed ? /^WebAssembly with relaxed SIMD,/ : /^WebAssembly with SIMD,/);
    // Node 20 has it behind a flag that the backend sets; the probe says no until then.
    if (Number(process.versions.node.split(".")[0]) === 20)
      assert.deepEqual(report.builds, ["simd", "relaxed-simd"]);
    const plain = await choose({ RESIDENCY_BLAS: "none", RESIDENCY_SIMD: "simd" });
    assert.ok("name" in plain);
    assert.match(plain.reason, /^WebAssembly with SIMD,/);
  });

  for (const [name, value] of [
    ["RESIDENCY_THREADS", "0"],
    ["RESIDENCY_THREADS", "abc"],
    ["RESIDENCY_THREADS", "1.5"],
    ["RESIDENCY_THREADS", "100000"],
    ["RESIDENCY_SIMD", "avx"],
  ] as const) {
    it(`refuses ${name}=${value} with E_CONFIG`, async () => {
      const report = await choose({ [name]: value });
      assert.ok("code" in report);
      assert.equal(report.code, "E_CONFIG");
      assert.match(report.message, new RegExp(`Cannot use ${name}=${value}: `));
    });
  }
});
