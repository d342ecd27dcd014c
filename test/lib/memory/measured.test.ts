/** The estimate against the peak that `residency-cpu` measures: training, with adapters, with checkpointing, generation. */
import assert from "node:assert/strict";
import { cpuMemory, resetCpuPeak } from "../../../lib/backends/cpu/index.ts";
import { estimateMemory, type EstimateMemoryOptions } from "../../../lib/memory/index.ts";
import { initializeWeights, modelFromConfig } from "../../../lib/models/index.ts";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments } from "../../../lib/train/index.ts";

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 512,
  hidden_size: 64,
  intermediate_size: 176,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  tie_word_embeddings: true,
  eos_token_id: 1,
};
const layers = config.num_hidden_layers;

/** GPT-2's and Phi's, whose files may name three kinds of dropout. */
const small = { vocab_size: 512, eos_token_id: 1 };
const gpt2 = { ...small, model_type: "gpt2", n_embd: 64, n_layer: layers, n_head: 4, n_positions: 256 };
const phi = {
  ...{ ...small, model_type: "phi", hidden_size: 64, num_hidden_layers: layers, num_attention_heads: 4 },
  ...{ intermediate_size: 256, partial_rotary_factor: 0.5, resid_pdrop: 0.1, embd_pdrop: 0.1 },
};
const withoutDropout = { attn_pdrop: 0, resid_pdrop: 0, embd_pdrop: 0 };

const assertWithin10Percent = (estimated: number, measured: number): void => {
  const difference = estimated / measured - 1;
  assert.ok(
    Math.abs(difference) <= 0.1,
    `estimated ${estimated} bytes, measured ${measured}: off by ${(100 * difference).toFixed(1)} %`,
  );
};

const bytesInUse = (): number => cpuMemory()!.bytesInUse;

describe("estimateMemory() on residency-cpu", () => {
  before(async () => {
    await setBackend("residency-cpu");
  });
  after(async () => {
    await setBackend();
  });

  const runs: [string, EstimateMemoryOptions, Record<string, unknown>?][] = [
    ["a full step", { method: "full" }],
    ["an untied head", { method: "full" }, { ...config, tie_word_embeddings: false }],
    ["checkpointing", { method: "full", checkpointing: true }],
    ["accumulation", { method: "full", gradientAccumulationSteps: 2 }],
    ["LoRA on every layer", { method: "lora", loraRank: 8 }],
    ["LoRA on two layers", { method: "lora", loraRank: 4, targetModules: ["q_proj", "v_proj"] }],
    ["LoRA with checkpointing", { method: "lora", loraRank: 8, checkpointing: true }],
    ["long rows", { method: "full", batch: 1, seq: 256 }],
    ["LoRA with dropout", { method: "lora", loraDropout: 0.1 }],
    ["LoRA with dropout and checkpointing", { method: "lora", loraDropout: 0.1, checkpointing: true }],
    ["dropout of attention", { method: "full" }, { ...config, attention_dropout: 0.1 }],
    [
      "dropout of attention over long rows",
      { method: "lora", seq: 256 },
      { ...config, attention_dropout: 0.1 },
    ],
    ["GPT-2 without dropout", { method: "full" }, { ...gpt2, ...withoutDropout }],
    ["GPT-2's dropout", { method: "full" }, gpt2],
    ["GPT-2's dropout over long rows", { method: "full", seq: 256 }, gpt2],
    ["GPT-2's dropout and checkpointing", { method: "full", checkpointing: true }, gpt2],
    ["Phi's dropout and LoRA", { method: "lora", loraDropout: 0.05 }, phi],
  ];
  for (const [name, asked, json = config] of runs) {
    it(`is within 10 % of the measured peak of training with ${name}`, async () => {
      const options = { batch: 2, seq: 64, gradientAccumulationSteps: 1, loraRank: 8, ...asked };
      const { batch, seq, gradientAccumulationSteps, loraRank: r, checkpointing, method } = options;
      const before = bytesInUse();
      const base = modelFromConfig(json);
      initializeWeights(base, { seed: 0, layers });
      const targetModules = (options.targetModules ?? "all-linear") as "all-linear";
      const { loraDropout = 0 } = options;
      const model =
        method === "lora" ? getPeftModel(base, new LoraConfig({ r, loraDropout, targetModules })) : base;
      base.gradientCheckpointing = checkpointing ?? false;
      const rows = Array.from({ length: 3 * batch * gradientAccumulationSteps }, (_, row) => {
        const ids = Array.from({ length: seq }, (_, t) => (7 * row + 13 * t) % config.vocab_size);
        return { inputIds: ids, labels: ids };
      });
      let peak = 0;
      const trainer = new Trainer({
        model,
        trainDataset: rows,
        args: new TrainingArguments({
          perDeviceTrainBatchSize: batch,
          gradientAccumulationSteps,
          maxSteps: 2,
          learningRate: 1e-3,
        }),
        callbacks: [
          {
            // The second step is the first that has the optimiser's state from its start.
            onStepEnd({ step }) {
              if (step === 1) resetCpuPeak();
              else peak = cpuMemory()!.peakBytes - before;
            },
          },
        ],
      });
      await trainer.train();
      model.root.dispose();
      assertWithin10Percent(estimateMemory(json, options).totalBytes, peak);
    });
  }

  for (const [prompt, maxNewTokens] of [
    [96, 8],
    [8, 120],
  ] as const) {
    it(`is within 10 % of the measured peak of generating ${maxNewTokens} tokens behind ${prompt}`, async () => {
      const before = bytesInUse();
      const model = modelFromConfig(config);
      initializeWeights(model, { seed: 0, layers });
      resetCpuPeak();
      const ids = Array.from({ length: prompt }, (_, t) => (13 * t) % config.vocab_size);
      await model.generate([ids, ids], { maxNewTokens, eosTokenId: [] });
      const peak = cpuMemory()!.peakBytes - before;
      const weights = bytesInUse() - before;
      model.dispose();
      const options = { method: "inference", batch: 2, seq: prompt, maxNewTokens } as const;
      const { totalBytes, byComponent } = estimateMemory(model, options);
      assertWithin10Percent(totalBytes, peak);
      // Beside the weights, which are most of it, too.
      assertWithin10Percent(totalBytes - byComponent.parameters, peak - weights);
    });
  }
});
