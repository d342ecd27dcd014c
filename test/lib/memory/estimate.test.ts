/** The ledger adds up, follows its options, and refuses those that contradict each other. */
import assert from "node:assert/strict";
import {
  architectureFamilies,
  estimateMemory,
  formatBytes,
  formatLedger,
  layerRows,
  ledgerRows,
  memoryMethods,
  optimizerBytes,
  packedBytes,
  pageableBytes,
  type EstimateMemoryOptions,
} from "../../../lib/memory/index.ts";
import { configOf, publishedModels, smallLlama } from "../../support/model-configs.ts";

const phi2 = configOf("microsoft/phi-2");
const llama3 = configOf("meta-llama/Meta-Llama-3-8B");

const total = (config: Record<string, unknown>, options: EstimateMemoryOptions): number =>
  estimateMemory(config, options).totalBytes;

describe("estimateMemory()", () => {
  for (const implementation of ["residency", "transformers"] as const) {
    for (const method of memoryMethods) {
      it(`adds up by component and by layer when the method is ${method} on ${implementation}`, () => {
        const estimate = estimateMemory(smallLlama, { method, implementation, batch: 2, seq: 64 });
        const sum = (values: Iterable<number>): number => [...values].reduce((all, one) => all + one, 0);
        assert.ok(estimate.totalBytes > 0);
        assert.equal(sum(estimate.entries.map(({ bytes }) => bytes)), estimate.totalBytes);
        assert.equal(sum(Object.values(estimate.byComponent)), estimate.totalBytes);
        assert.equal(sum(Object.values(estimate.byLayer)), estimate.totalBytes);
        for (const index of [0, 1, 2, 3]) assert.ok(estimate.byLayer[`model.layers.${index}`]! > 0);
        assert.equal(sum(layerRows(estimate).map((row) => row.total)), estimate.totalBytes);
      });
    }
  }

  it("grows with batch, sequence and accumulation, and shrinks with checkpointing", () => {
    const base: EstimateMemoryOptions = { method: "full", batch: 2, seq: 128 };
    const least = total(smallLlama, base);
    for (const more of [{ batch: 4 }, { seq: 256 }, { gradientAccumulationSteps: 4 }]) {
      assert.ok(total(smallLlama, { ...base, ...more }) > least, JSON.stringify(more));
    }
    assert.ok(total(smallLlama, { ...base, checkpointing: true }) < least);
    assert.ok(total(smallLlama, { ...base, trainedTokens: 10 }) < least);
  });

  it("needs less for LoRA than for full training, and less still for QLoRA", () => {
    const options = { implementation: "transformers", batch: 1, seq: 512 } as const;
    const methods = ["full", "lora", "qlora"] as const;
    const bytes = methods.map((method) => total(llama3, { ...options, method }));
    assert.deepEqual(
      [...bytes].sort((a, b) => b - a),
      bytes,
    );
  });

  it("counts 6, 8, 16 and 18 bytes a parameter by optimiser and mixed precision", () => {
    const parameters = publishedModels["microsoft/phi-2"]!.total;
    const perParameter = (options: Partial<EstimateMemoryOptions>): number => {
      const { byComponent } = estimateMemory(phi2, {
        method: "full",
        implementation: "transformers",
        ...options,
      });
      return (byComponent.parameters + byComponent.gradients + byComponent.optimizer) / parameters;
    };
    // bitsandbytes keeps a float32 a block of 256 beside each 8-bit moment.
    assert.ok(Math.abs(perParameter({ optimizer: "adamw_8bit" }) - (6 + 8 / 256)) < 0.01);
    assert.equal(perParameter({}), 8);
    assert.equal(perParameter({ mixedPrecision: "master" }), 16);
    assert.equal(perParameter({ mixedPrecision: "autocast" }), 18);
    assert.equal(perParameter({ optimizer: "sgd" }), 4);
    assert.ok(perParameter({ optimizer: "adafactor" }) < 4.01);
  });

  it("stores phi-2 in 1.70 GiB and Llama-3-8B in 5.31 GiB when packed with double quantisation", () => {
    for (const [config, gibibytes, plain] of [
      [phi2, 1.699, 1.808],
      [llama3, 5.311, 5.614],
    ] as const) {
      const options = { method: "inference", implementation: "transformers", quantType: "nf4" } as const;
      const stored = (doubleQuant: boolean): number =>
        estimateMemory(config, { ...options, doubleQuant }).byComponent.parameters / 1024 ** 3;
      assert.ok(Math.abs(stored(true) - gibibytes) < 0.001);
      assert.ok(Math.abs(stored(false) - plain) < 0.001);
    }
  });

  it("says how much of the optimiser bitsandbytes may move to the host when it is paged", () => {
    const options = { method: "full", implementation: "transformers" } as const;
    const optimizer = "paged_adamw_32bit";
    const paged = estimateMemory(phi2, { ...options, optimizer });
    const small = paged.byComponent.optimizer - paged.pageableBytes;
    assert.ok(small > 0 && small < 0.001 * paged.pageableBytes, `${small} bytes`);
    assert.equal(paged.pagedBytes, 0);
    assert.equal(estimateMemory(phi2, options).pageableBytes, 0);
    // The matrices of a small adapter are never paged.
    assert.equal(estimateMemory(phi2, { ...options, method: "lora", optimizer }).pageableBytes, 0);
  });

  it("has the state of one parameter at a time in this library's memory when it is paged", () => {
    const options = { method: "full", batch: 1, seq: 16, checkpointing: true } as const;
    const untied = { ...smallLlama, tie_word_embeddings: false };
    const resident = estimateMemory(untied, options);
    const paged = estimateMemory(untied, { ...options, optimizer: "paged_adamw_32bit" });
    assert.equal(paged.pagedBytes, 8 * paged.trainableParameters);
    assert.equal(paged.pagedBytes, resident.byComponent.optimizer);
    assert.deepEqual([paged.pageableBytes, resident.pagedBytes], [0, 0]);
    assert.equal(paged.moment, "the optimiser's step");
    // The embedding is the largest.
    assert.equal(paged.byComponent.optimizer, 8 * 1024 * 128);
    assert.ok(paged.totalBytes < resident.totalBytes - paged.pagedBytes / 2);
  });

  it("keeps the 8-bit optimiser's state of embeddings in 32 bits", () => {
    const state = (vocabulary: number): number =>
      estimateMemory({ ...smallLlama, vocab_size: vocabulary }, { method: "full", optimizer: "adamw_8bit" })
        .byComponent.optimizer;
    assert.equal(state(2048) - state(1024), 8 * 1024 * 128);
  });

  it("holds embeddings and head in the dtype asked for, beside quantised layers, too", () => {
    const untied = { ...smallLlama, tie_word_embeddings: false };
    const held = (options: Partial<EstimateMemoryOptions>): number =>
      estimateMemory(untied, { method: "inference", ...options }).byComponent.parameters;
    const tables = 2 * 1024 * 128;
    for (const quantType of ["nf4", "int8"] as const) {
      assert.equal(held({ quantType }) - held({ quantType, dtype: "bfloat16" }), 2 * tables);
    }
    const linear = 4 * (128 * 128 * 3 + 128 * 352 * 3);
    assert.equal(held({}) - held({ dtype: "float16" }), 2 * (tables + linear));
    // 0.127 bits a weight in place of 0.5; each place is rounded up to 64 bytes.
    const double = held({ quantType: "nf4", doubleQuant: true }) - held({ quantType: "nf4" });
    const bits = (8 * double) / linear;
    assert.ok(Math.abs(bits + 0.373) < 0.02, `${bits} bits`);
  });

  it("refuses GPT-2 in 16 bits, which the engine refuses, unless its layers are quantised", () => {
    const gpt2 = { model_type: "gpt2", vocab_size: 64, n_embd: 32, n_layer: 2, n_head: 2 };
    assert.throws(() => estimateMemory(gpt2, { method: "lora", dtype: "bfloat16" }), {
      code: "E_CONFIG",
      message: /gpt2.*Conv1D/,
    });
    assert.ok(total(gpt2, { method: "qlora", dtype: "bfloat16" }) > 0);
    assert.ok(total(gpt2, { method: "lora", dtype: "bfloat16", implementation: "transformers" }) > 0);
  });

  it("reads whether Gemma 2's logits are bounded", () => {
    const gemma2 = { ...smallLlama, model_type: "gemma2", head_dim: 32 };
    const options: EstimateMemoryOptions = { method: "full", batch: 2, seq: 64 };
    assert.ok(total(gemma2, options) > total({ ...gemma2, final_logit_softcapping: null }, options));
    assert.throws(() => total({ ...gemma2, final_logit_softcapping: "30" }, options), {
      code: "E_CHECKPOINT",
      message: /final_logit_softcapping/,
    });
  });

  it("estimates a model by the config that it offers", () => {
    const options: EstimateMemoryOptions = { method: "full", seq: 32 };
    assert.deepEqual(
      estimateMemory({ configJson: smallLlama }, options),
      estimateMemory(smallLlama, options),
    );
  });

  it("follows every family that the engine computes, and says so for the others", () => {
    const computed = Object.values(publishedModels).filter(
      ({ config }) => !/opt|mt5/.test(String(config["model_type"])),
    );
    for (const { config } of computed) {
      const estimate = estimateMemory(config, { method: "lora", seq: 128, checkpointing: true });
      assert.ok(estimate.byComponent.activations > 0 && estimate.byComponent.optimizer > 0);
    }
    assert.ok(architectureFamilies.includes("mt5"));
    const mt0 = publishedModels["bigscience/mt0-large"]!.config;
    assert.throws(() => estimateMemory(mt0, { method: "full" }), {
      code: "E_CONFIG",
      message: /mt5.*implementation: "transformers"/,
    });
    assert.ok(total(mt0, { method: "full", implementation: "transformers" }) > 0);
  });

  it("refuses options outside their range and those that contradict each other", () => {
    const refuses = (options: EstimateMemoryOptions, message: RegExp): void => {
      assert.throws(() => estimateMemory(smallLlama, options), { code: "E_CONFIG", message });
    };
    refuses({ method: "finetune" as "full" }, /"finetune".*full, lora, qlora, inference/);
    refuses({ method: "full", batch: 0 }, /batch 0/);
    refuses({ method: "full", seq: 1.5 }, /seq 1.5/);
    refuses({ method: "full", trainedTokens: 512 }, /trainedTokens 512.*1 to 511/);
    refuses({ method: "full", optimizer: "lion" as "adamw" }, /"lion".*adamw_8bit/);
    refuses({ method: "full", quantType: "nf4" }, /"nf4"/);
    refuses({ method: "full", dtype: "bfloat16" }, /float32/);
    refuses({ method: "lora", mixedPrecision: "master" }, /"master"/);
    refuses({ method: "full", implementation: "jax" as "residency" }, /"jax"/);
    refuses({ method: "lora", dtype: "float8" as "float32" }, /"float8"/);
  });
});

describe("packedBytes()", () => {
  it("takes 4.5 bits a weight, 4.127 with double quantisation", () => {
    const elements = 4096 * 4096;
    const bits = (double: boolean): number => (8 * packedBytes([4096, 4096], "nf4", { double })) / elements;
    assert.deepEqual([bits(false), bits(true)], [4.5, 4.126953125]);
    assert.equal(packedBytes([10, 20], "int8", { double: false }), 240);
    // The last block is short, and the last byte half full.
    assert.equal(packedBytes([5, 13], "fp4", { double: false }), 33 + 8);
  });
});

describe("optimizerBytes()", () => {
  it("counts moments, 8-bit blocks, rows and columns", () => {
    const shape = [64, 128];
    assert.equal(optimizerBytes(shape, "adamw"), 8 * 8192);
    assert.equal(optimizerBytes(shape, "adamw", 2), 4 * 8192);
    assert.equal(optimizerBytes(shape, "adamw_8bit"), 2 * (8192 + 4 * 32));
    assert.equal(optimizerBytes([4095], "paged_adamw_8bit"), 8 * 4095);
    assert.equal(optimizerBytes(shape, "sgd"), 0);
    assert.equal(optimizerBytes(shape, "sgd_momentum"), 4 * 8192);
    assert.equal(optimizerBytes(shape, "adafactor"), 4 * (64 + 128));
    assert.equal(optimizerBytes([128], "adafactor"), 4 * 128);
  });
});

describe("pageableBytes()", () => {
  it("leaves small tensors and the scales of 8-bit states where they are", () => {
    const large = [400, 250];
    assert.equal(pageableBytes(large, "paged_adamw_32bit"), 8 * 100_000);
    assert.equal(pageableBytes(large, "paged_adamw_8bit"), 2 * 100_000);
    assert.equal(pageableBytes([399, 250], "paged_adamw_32bit"), 0);
    assert.equal(pageableBytes(large, "adamw_8bit"), 0);
  });
});

describe("formatting of a ledger", () => {
  it("formatBytes() takes binary units", () => {
    const shown = [0, 1023, 1024, 15.53 * 1024 ** 3, 150 * 1024 ** 2].map(formatBytes);
    assert.deepEqual(shown, ["0 B", "1023 B", "1.00 KiB", "15.5 GiB", "150 MiB"]);
  });

  it("ledgerRows() and formatLedger() end in the total", () => {
    const estimate = estimateMemory(smallLlama, { method: "full", seq: 64 });
    const rows = ledgerRows(estimate);
    assert.deepEqual(rows[rows.length - 1], {
      component: "total",
      bytes: estimate.totalBytes,
      size: formatBytes(estimate.totalBytes),
      share: 1,
    });
    const lines = formatLedger(estimate).split("\n");
    assert.equal(lines.length, rows.length);
    assert.match(lines[0]!, /^parameters +3\.32 MiB +\d+\.\d% +█/);
    assert.match(lines[lines.length - 1]!, /^total .* 100\.0% {2}at the peak: /);
  });
});
