/** The arithmetic of the benchmarks: medians, fitted lines, sweeps, ratios and the table made of them. */
import assert from "node:assert/strict";
import { largestRelativeDifference } from "../../bench/engine/check.ts";
import { compare, failureReason, type PeerMeasurement } from "../../bench/engine/comparison.ts";
import { fitLine } from "../../bench/engine/linear-fit.ts";
import { parseCpuFlags } from "../../bench/engine/machine.ts";
import {
  markdownMarks,
  markdownReport,
  markdownTable,
  replaceBetweenMarks,
} from "../../bench/engine/markdown.ts";
import { median } from "../../bench/engine/median.ts";
import { otherCores, parseProcessorTime, type ProcessorTime } from "../../bench/engine/other-work.ts";
import { sweepOf } from "../../bench/engine/scaling.ts";
import { ResidencyError } from "../../lib/errors.ts";

describe("median", () => {
  it("is the middle, or the mean of the middle two", () => {
    assert.equal(median([9, 1, 3]), 3);
    assert.equal(median([4, 1, 3, 100]), 3.5);
    assert.throws(() => median([]), RangeError);
  });
});

describe("fitLine", () => {
  it("finds a line exactly", () => {
    const fit = fitLine([1, 2, 5].map((x) => ({ x, y: 3 * x + 7 })));
    assert.ok(Math.abs(fit.slope - 3) < 1e-12 && Math.abs(fit.intercept - 7) < 1e-12);
    assert.equal(fit.r2, 1);
  });

  it("says how far points are off", () => {
    // By hand: means 1 and 2, slope 3/2, intercept 1/2, residuals 1/2, -1, 1/2, total 6, left 3/2.
    const fit = fitLine([
      { x: 0, y: 1 },
      { x: 1, y: 1 },
      { x: 2, y: 4 },
    ]);
    assert.deepEqual(fit, { slope: 1.5, intercept: 0.5, r2: 0.75, residuals: [0.5, -1, 0.5] });
  });

  it("refuses points of one x", () => {
    assert.throws(
      () =>
        fitLine([
          { x: 1, y: 1 },
          { x: 1, y: 2 },
        ]),
      RangeError,
    );
  });
});

describe("sweepOf", () => {
  it("varies one size and keeps the rest, and never measures one size twice", () => {
    const shape = { layers: 2, heads: 4, kv_heads: 2, hidden: 32, ffn: 64, vocab: 128, seq: 16, batch: 4 };
    const workload = { name: "a", kind: "full", ...shape } as const;
    assert.deepEqual(
      sweepOf(workload, "seq").map(({ seq }) => seq),
      [4, 8, 12, 16, 20],
    );
    assert.deepEqual(
      sweepOf(workload, "layers").map(({ layers, seq }) => [layers, seq]),
      [
        [1, 16],
        [2, 16],
        [3, 16],
        [4, 16],
        [5, 16],
      ],
    );
  });
});

describe("largestRelativeDifference", () => {
  it("is relative to the other trace", () => {
    assert.equal(largestRelativeDifference([1, 2, 5], [1, 2, 4]), 0.25);
    assert.throws(() => largestRelativeDifference([1], [1, 2]), RangeError);
  });
});

const measured = (
  peer: string,
  round: number,
  [speed, fastest, memory]: [number, number, number],
): PeerMeasurement => ({
  peer,
  round,
  workload: "w",
  engine: `${peer} 1.0`,
  tokens_per_s: speed,
  ms_per_step: 1000 / speed,
  ms_fastest: fastest,
  loss_first: 2,
  loss_last: 1,
  peak_rss_mb: memory,
  other_cores: round / 10,
});

describe("compare", () => {
  const rows = compare([
    measured("residency", 1, [200, 4, 50]),
    measured("torch", 1, [100, 8, 200]),
    measured("residency", 2, [400, 2, 50]),
    measured("torch", 2, [10, 90, 200]),
    measured("residency", 3, [300, 3, 80]),
    measured("torch", 3, [120, 6, 100]),
  ]);

  it("takes medians and divides ours by the peer's", () => {
    const [own, torch] = rows;
    assert.equal(rows.length, 2);
    assert.deepEqual([own!.tokens_per_s, own!.peak_rss_mb, own!.speed_ratio], [300, 50, 1]);
    assert.deepEqual([torch!.tokens_per_s, torch!.slowest, torch!.fastest], [100, 10, 120]);
    assert.deepEqual([torch!.speed_ratio, torch!.memory_ratio, torch!.fastest_ratio], [3, 0.25, 3]);
    assert.equal(torch!.rounds, 3);
  });

  it("has no ratio without a figure of our own", () => {
    const [row] = compare([measured("torch", 1, [100, 8, 200])]);
    assert.deepEqual([row!.speed_ratio, row!.memory_ratio, row!.fastest_ratio], [null, null, null]);
  });

  it("makes a table whose columns have one width", () => {
    const lines = markdownTable(rows).split("\n");
    assert.equal(lines.length, 4);
    assert.equal(new Set(lines.map((line) => line.length)).size, 1);
    const cells = lines[3]!.split("|").map((cell) => cell.trim());
    assert.deepEqual(cells.slice(1, -1), [
      ...["w", "torch 1.0", "100", "10.0 to 120", "10.0", "200"],
      ...["3.00", "3.00", "0.25", "0.2"],
    ]);
  });

  it("puts the report with the machine and what is missing between the marks of a file", () => {
    const machine = {
      cpu: "CPU",
      cores: 2,
      flags: ["avx2"],
      memory_gb: 8,
      copy_gb_per_s: 20,
      matmul_gflops: null,
      node: "v20",
      torch: null,
      system: "Linux",
      threads: 2,
      load_before: 0.25,
    };
    const report = markdownReport(rows, {
      machine,
      missing: ["tfjs-node: how to get it"],
      failures: [{ peer: "tfjs-wasm", workload: "w", error: "RuntimeError: Aborted()" }],
    });
    assert.match(
      report,
      /^Medians of 3 rounds.*2 cores, CPU \(avx2\), 8 GB, 20 GB\/s \(copy\); Node v20, no PyTorch/,
    );
    assert.match(report, /\n\nFailed: tfjs-wasm on w \(`RuntimeError: Aborted\(\)`\)\.\n/);
    assert.match(report, /Left out: tfjs-node: how to get it\.$/);
    const { begin, end } = markdownMarks;
    const text = replaceBetweenMarks(`# Title\n\n${begin}\nold\n${end}\n\nrest\n`, report);
    assert.equal(text, `# Title\n\n${begin}\n\n${report}\n\n${end}\n\nrest\n`);
    assert.throws(
      () => replaceBetweenMarks("no marks", report),
      (error) => error instanceof ResidencyError && error.code === "E_CONFIG",
    );
  });
});

describe("otherCores", () => {
  const timeOf = (everybody: string, own: string, at: number): ProcessorTime =>
    parseProcessorTime(
      `cpu  ${everybody} 0\ncpu0 1 1 1\n`,
      `7 (a b) c) S 1 1 1 0 -1 4 9 9 9 9 ${own} 20 0`,
      at,
    );

  it("is everybody's time less that of the process and its ended children", () => {
    const before = timeOf("100 0 0 5000 70 0 0 0", "10 0 0 0", 1);
    const after = timeOf("400 20 30 9000 90 10 10 30", "20 10 100 70", 3);
    // 400 ticks are busy, 190 of them our own, in two seconds.
    assert.ok(Math.abs(otherCores(before, after)! - 1.05) < 1e-9);
    assert.equal(otherCores(undefined, after), null);
  });
});

describe("failureReason", () => {
  it("is the line that names the error, else the first", () => {
    const message =
      "Cannot measure: it ended with code 7\nfile.js:1\nRuntimeError: Aborted()\n    at abort (a.js)";
    assert.equal(failureReason(message), "RuntimeError: Aborted()");
    assert.equal(
      failureReason("Cannot measure: it ended with SIGKILL\n"),
      "Cannot measure: it ended with SIGKILL",
    );
  });
});

describe("parseCpuFlags", () => {
  it("picks the vector extensions of x86 and of ARM", () => {
    assert.deepEqual(parseCpuFlags("model name\t: X\nflags\t\t: fpu avx2 avx512f avx512_vnni\n"), [
      ...["avx2", "avx512f", "avx512_vnni"],
    ]);
    assert.deepEqual(parseCpuFlags("Features\t: fp asimd crc32\n"), ["asimd"]);
    assert.deepEqual(parseCpuFlags(""), []);
  });
});
