/** The engine's benchmarks end to end on tiny workloads: what they print, and that PyTorch agrees about the losses. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { copyBandwidth } from "../../bench/engine/bandwidth.ts";
import type { LossCheck } from "../../bench/engine/check.ts";
import type { Measurement } from "../../bench/engine/measure-workload.ts";
import type { OperationTiming } from "../../bench/engine/operation.ts";
import { measureScaling, type ScalingFit, type ScalingPoint } from "../../bench/engine/scaling.ts";
import { findTorch, torchAdvice, torchScript } from "../../bench/engine/torch.ts";
import { repositoryRoot } from "../support/paths.ts";

const run = promisify(execFile);

const shape = { layers: 1, heads: 4, kv_heads: 2, hidden: 16, ffn: 32, vocab: 48, seq: 8, batch: 2 };
const tiny = [
  { name: "tiny-full", kind: "full", ...shape },
  { name: "tiny-lora", kind: "lora", lora_r: 2, ...shape },
  { name: "tiny-generate", kind: "generate", new_tokens: 3, ...shape },
];

/** The fields that both sides print. */
const fields = [
  ...["workload", "engine", "tokens_per_s", "ms_per_step", "ms_fastest"],
  ...["loss_first", "loss_last", "peak_rss_mb"],
];

describe("the engine's benchmark", function () {
  this.timeout(120_000);
  this.slow(20_000);
  let folder: string;
  let workloads: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "residency-bench-"));
    workloads = path.join(folder, "tiny.json");
    await writeFile(workloads, JSON.stringify(tiny));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const linesOf = (text: string): unknown[] =>
    text
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as unknown);

  async function bench(program: string, ...args: string[]): Promise<unknown[]> {
    const main = path.join(repositoryRoot, `dist/bench/engine/${program}.js`);
    const env = { ...process.env, RESIDENCY_BACKEND: "wasm" };
    const { stdout } = await run(process.execPath, [main, "--workloads", workloads, ...args], { env });
    return linesOf(stdout);
  }

  /** What holds for a measurement of either side. */
  function checkMeasurements(lines: readonly unknown[]): void {
    const measured = lines as Measurement[];
    assert.deepEqual(
      measured.map(({ workload }) => workload),
      tiny.map(({ name }) => name),
    );
    for (const [index, line] of measured.entries()) {
      assert.deepEqual(
        fields.filter((field) => !(field in line)),
        [],
      );
      const tokens = index === 2 ? 2 : 2 * 8;
      assert.ok(Math.abs(line.tokens_per_s - (1000 * tokens) / line.ms_per_step) < 1e-6 * line.tokens_per_s);
      assert.ok(line.ms_fastest > 0 && line.ms_fastest <= line.ms_per_step);
      assert.ok(line.peak_rss_mb > 20 && line.peak_rss_mb < 4000);
      if (index === 2) {
        assert.deepEqual([line.loss_first, line.loss_last, (line.runs ?? 0) >= 2], [null, null, true]);
      } else {
        assert.ok((line.steps ?? 0) >= 3);
        // Untrained, a model knows nothing: ln 48.
        assert.ok(Math.abs(line.loss_first! - Math.log(48)) < 0.1);
        assert.ok(Number.isFinite(line.loss_last));
      }
    }
  }

  it("prints a measurement a workload", async () => {
    const lines = await bench("main", "--seconds", "0.01");
    checkMeasurements(lines);
    assert.ok((lines as Measurement[]).every(({ engine }) => engine === "residency wasm"));
  });

  it("times single operations with --operations", async () => {
    const lines = (await bench(
      "main",
      ...["--operations", "--seconds", "0.001", "AdamW", "trainedLinear with", "Attention", "rmsNorm frozen"],
    )) as OperationTiming[];
    const names = lines.map(({ operation, shape }) => `${operation} ${shape}`);
    assert.equal(new Set(names).size, names.length);
    for (const name of ["AdamW.step", "trainedLinear with gradient", "causalAttention", "decodeAttention"]) {
      assert.ok(
        lines.some(({ operation }) => operation === name),
        name,
      );
    }
    for (const { ms, ms_fastest, rate, rate_fastest, unit, runs } of lines) {
      assert.ok(ms_fastest > 0 && ms_fastest <= ms && rate_fastest >= rate);
      assert.ok(ms > 0 && rate > 0 && runs > 0 && ["GFLOP/s", "GB/s"].includes(unit));
    }
  });

  it("measures a sweep and fits its lines", async () => {
    const lines: (ScalingPoint | ScalingFit)[] = [];
    const options = { seconds: 0.001, threads: 1, backend: "wasm", sweeps: ["layers"] } as const;
    for await (const line of measureScaling({ name: "tiny", kind: "full", ...shape }, options)) {
      lines.push(line);
    }
    const points = lines.filter((line) => "x" in line);
    const fits = lines.filter((line) => "r2" in line);
    assert.deepEqual(
      points.map(({ x }) => x),
      [1, 2, 3, 4, 5],
    );
    assert.deepEqual(
      fits.map(({ sweep, fit_of }) => [sweep, fit_of]),
      [
        ["layers", "ms_per_step"],
        ["layers", "ms_fastest"],
      ],
    );
    for (const { slope, intercept, residuals, fit_of } of fits) {
      for (const [index, residual] of residuals.entries()) {
        const { x, [fit_of]: measured } = points[index]!;
        assert.ok(Math.abs(measured - (slope * x + intercept) - residual) < 1e-6 * measured);
      }
    }
  });

  it("copies memory with several threads", async () => {
    assert.ok((await copyBandwidth(2, 20)) > 0.1);
  });

  describe("beside PyTorch", () => {
    const python = findTorch() ?? "";
    before(function () {
      if (python === "") {
        console.log(`      PyTorch is missing: ${torchAdvice}`);
        this.skip();
      }
    });

    it("prints the same fields as torch_train.py", async () => {
      const args = [torchScript, "--workloads", workloads, "--seconds", "0.01", "--threads", "1"];
      checkMeasurements(linesOf((await run(python, args)).stdout));
    });

    it("has the same losses from the same weights and batches", async () => {
      const checks = (await bench("main", "--check")) as LossCheck[];
      assert.deepEqual(
        checks.map(({ workload }) => workload),
        ["tiny-full", "tiny-lora"],
      );
      for (const { agrees, largest_relative_difference: difference, losses } of checks) {
        assert.ok(agrees && difference < 1e-5, String(difference));
        assert.deepEqual(
          losses.map(({ length }) => length),
          [5, 5],
        );
        // The fifth step sees the first batch again, after four updates.
        assert.ok(losses[0][4]! < losses[0][0]!);
      }
    });

    it("compares in turns and writes the table", async () => {
      const table = path.join(folder, "table.md");
      const args = ["--seconds", "0.01", "--rounds", "2", "--threads", "1", "--markdown", table, "tiny-lora"];
      const lines = (await bench("peers", ...args)) as { peer?: string; machine?: object }[];
      assert.ok(lines[0]?.machine);
      assert.deepEqual(
        lines.flatMap(({ peer }) => peer ?? []),
        ["residency", "PyTorch", "residency", "PyTorch"],
      );
      assert.match(await readFile(table, "utf8"), /\| tiny-lora \| PyTorch \(torch .*\n/);
    });
  });
});
