/** Workload files: what is read, and what is refused by name. */
import assert from "node:assert/strict";
import { defaultWorkloads } from "../../bench/engine/paths.ts";
import { parseWorkloads, readWorkloads, tokensPerStep } from "../../bench/engine/workload.ts";
import { ResidencyError } from "../../lib/errors.ts";

const shape = { layers: 2, heads: 4, kv_heads: 2, hidden: 32, ffn: 64, vocab: 128, seq: 16, batch: 3 };
const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof ResidencyError && error.code === "E_CONFIG" && pattern.test(error.message);

describe("parseWorkloads", () => {
  it("reads every kind with what it needs", () => {
    const list = [
      { name: "a", kind: "full", ...shape },
      { name: "b", kind: "lora", lora_r: 4, ...shape },
      { name: "q", kind: "qlora", lora_r: 4, ...shape },
      { name: "c", kind: "generate", new_tokens: 5, ...shape },
    ];
    const workloads = parseWorkloads(JSON.stringify(list));
    assert.deepEqual(workloads, list);
    assert.deepEqual(workloads.map(tokensPerStep), [48, 48, 48, 15]);
  });

  it("names what is missing or impossible", () => {
    const cases: [unknown, RegExp][] = [
      [{ name: "a" }, /list/],
      [[], /list/],
      [[7], /entry 0/],
      [[{ kind: "full", ...shape }], /no name/],
      [[{ name: "a", kind: "full", ...shape, layers: 1.5 }], /"layers" of a is 1\.5/],
      [[{ name: "a", kind: "lora", ...shape }], /"lora_r" of a is missing/],
      [[{ name: "a", kind: "generate", ...shape, new_tokens: 0 }], /"new_tokens" of a is 0/],
      [[{ name: "a", kind: "dpo", ...shape }], /kind of a is "dpo", and must be full, lora, qlora, generate/],
      [[1, 2].map(() => ({ name: "a", kind: "full", ...shape })), /two are named a/],
    ];
    for (const [value, pattern] of cases) {
      assert.throws(() => parseWorkloads(JSON.stringify(value)), refused(pattern));
    }
    assert.throws(() => parseWorkloads("[{"), refused(/not JSON/));
  });
});

describe("readWorkloads", () => {
  it("gives the named ones of the default file, whose shapes fit their heads", () => {
    assert.deepEqual(
      readWorkloads(defaultWorkloads, ["lora-120m"]).map(({ name }) => name),
      ["lora-120m"],
    );
    for (const { hidden, heads, kv_heads } of readWorkloads(defaultWorkloads)) {
      assert.equal(hidden % heads, 0);
      assert.equal(heads % kv_heads, 0);
    }
  });

  it("refuses a name that the file does not have, and a file that is not there", () => {
    assert.throws(
      () => readWorkloads(defaultWorkloads, ["pretrain"]),
      refused(/none named pretrain; it has/),
    );
    assert.throws(() => readWorkloads("/nowhere.json"), refused(/cannot be opened/));
  });
});
