/** The command lines of the engine's benchmarks. */
import assert from "node:assert/strict";
import os from "node:os";
import { parseBenchOptions, parsePeersOptions } from "../../bench/engine/options.ts";
import { defaultWorkloads } from "../../bench/engine/paths.ts";
import { ResidencyError } from "../../lib/errors.ts";

const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof ResidencyError && error.code === "E_CONFIG" && pattern.test(error.message);

describe("parseBenchOptions", () => {
  it("has defaults for everything, which depend on the mode", () => {
    const options = parseBenchOptions([]);
    assert.deepEqual(options, {
      mode: "workloads",
      workloads: defaultWorkloads,
      names: [],
      seconds: 20,
      threads: os.availableParallelism(),
      backend: undefined,
      help: false,
    });
    assert.deepEqual(
      ["--scaling", "--operations", "--check"].map((flag) => parseBenchOptions([flag]).mode),
      ["scaling", "operations", "check"],
    );
    assert.ok(parseBenchOptions(["--operations"]).seconds < 1);
  });

  it("takes options and names in any order", () => {
    const options = parseBenchOptions(
      "a --seconds 1.5 --threads 4 b --backend wasm --workloads f.json".split(" "),
    );
    assert.deepEqual(
      { ...options, mode: undefined, help: undefined },
      {
        names: ["a", "b"],
        seconds: 1.5,
        threads: 4,
        backend: "wasm",
        workloads: "f.json",
        mode: undefined,
        help: undefined,
      },
    );
  });

  it("refuses unknown options, values out of range and two modes", () => {
    assert.throws(() => parseBenchOptions(["--rounds", "2"]), refused(/--rounds/));
    assert.throws(() => parseBenchOptions(["--seconds", "fast"]), refused(/--seconds is "fast"/));
    assert.throws(() => parseBenchOptions(["--seconds", "0"]), refused(/above 0/));
    assert.throws(() => parseBenchOptions(["--threads", "1.5"]), refused(/--threads is "1.5".*whole/));
    assert.throws(() => parseBenchOptions(["--scaling", "--check"]), refused(/--scaling and --check/));
  });
});

describe("parsePeersOptions", () => {
  it("takes rounds, what PyTorch shall do and a file for the table", () => {
    const { rounds, install, sdpa, markdown, seconds, wait } = parsePeersOptions([]);
    assert.deepEqual(
      { rounds, install, sdpa, markdown, seconds, wait },
      { rounds: 3, install: false, sdpa: false, markdown: undefined, seconds: 10, wait: 0 },
    );
    const options = parsePeersOptions("--rounds 5 --sdpa --install --markdown t.md x".split(" "));
    assert.deepEqual(
      [options.rounds, options.sdpa, options.install, options.markdown, options.names],
      [5, true, true, "t.md", ["x"]],
    );
    assert.throws(() => parsePeersOptions(["--rounds", "0"]), refused(/--rounds is "0"/));
  });
});
