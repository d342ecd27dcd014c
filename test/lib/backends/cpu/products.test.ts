/** Products of residency-cpu beside float64 under each of its settings, and the bits that a seed gives under them. */
import assert from "node:assert/strict";
import { runChild } from "./child.ts";
import type { ProductsReport } from "./products-child.ts";

const settings: Record<string, Record<string, string>> = {
  "all defaults": {},
  "all defaults again": {},
  "no BLAS": { RESIDENCY_BLAS: "none" },
  "no BLAS again": { RESIDENCY_BLAS: "none" },
  "no BLAS, one thread": { RESIDENCY_BLAS: "none", RESIDENCY_THREADS: "1" },
  "no BLAS, five threads": { RESIDENCY_BLAS: "none", RESIDENCY_THREADS: "5" },
  "no BLAS, plain SIMD": { RESIDENCY_BLAS: "none", RESIDENCY_SIMD: "simd", RESIDENCY_THREADS: "2" },
  "plain SIMD, one thread": { RESIDENCY_SIMD: "simd", RESIDENCY_THREADS: "1" },
};

describe("products of residency-cpu", function () {
  this.timeout(60_000);
  const reports = new Map<string, ProductsReport>();

  before(async () => {
    for (const [name, environment] of Object.entries(settings)) {
      const child = await runChild("products-child", {
        ...{ RESIDENCY_BACKEND: "residency-cpu", RESIDENCY_THREADS: "2" },
        ...environment,
      });
      assert.equal(child.stderr.replaceAll(/^\s*$|.*(={20}|TensorFlow\.js).*\n/gm, ""), "", name);
      assert.equal(child.code, 0, name);
      reports.set(name, child.result as ProductsReport);
    }
  });

  for (const [name, environment] of Object.entries(settings)) {
    it(`with ${name} are those of float64, in all transpose cases, batched, broadcast, empty, and added in place`, () => {
      const { errors, ...report } = reports.get(name)!;
      assert.ok(Object.keys(errors).length > 60);
      const wrong = Object.entries(errors).filter(([, error]) => !(error < 2e-6));
      assert.deepEqual(wrong, []);
      assert.equal(report.threads, Number(environment["RESIDENCY_THREADS"] ?? 2));
      assert.equal(report.build, environment["RESIDENCY_SIMD"] ?? report.bestBuild);
      if (environment["RESIDENCY_BLAS"] === "none") {
        assert.equal(report.hasBlas, false);
        assert.match(report.reason, /products by its own kernels \(no BLAS: RESIDENCY_BLAS is none\)/);
      }
    });
  }

  const bits = (name: string): unknown => {
    const { productBits, losses, weightBits } = reports.get(name)!;
    return { productBits, losses, weightBits };
  };

  it("and the losses and weights of a training run are the same to the bit for the same seed", () => {
    assert.deepEqual(bits("all defaults"), bits("all defaults again"));
    assert.deepEqual(bits("no BLAS"), bits("no BLAS again"));
  });

  // A BLAS may sum in another order where the blocks that a thread gets have other sizes.
  it("and those of a training run are the same for any number of threads where there is no BLAS", () => {
    assert.deepEqual(bits("no BLAS, one thread"), bits("no BLAS"));
    assert.deepEqual(bits("no BLAS, five threads"), bits("no BLAS"));
  });

  it("train to the same losses under every setting, but for rounding", () => {
    const expected = reports.get("no BLAS")!.losses;
    assert.equal(expected.length, 5);
    assert.ok(expected[4]! < expected[0]!);
    for (const [name, { losses }] of reports) {
      losses.forEach((loss, i) =>
        assert.ok(Math.abs(loss - expected[i]!) < 1e-5 * loss, `${name}, step ${i}`),
      );
    }
  });
});
