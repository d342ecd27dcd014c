/** The estimate against the peak that `residency-cpu` measures: training, with adapters, packed weights, pages, generation. */
import assert from "node:assert/strict";
import { cpuMemory, resetCpuPeak } from "../../../lib/backends/cpu/index.ts";
import { estimateMemory, type EstimateMemoryOptions } from "../../../lib/memory/index.ts";
import {
  initializeWeights,
  modelFromConfig,
  replaceConv1D,
  weightPackings,
  type AnyCausalLM,
} from "../../../lib/models/index.ts";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import { BitsAndBytesConfig } from "../../../lib/quant/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments, type TrainingArgumentsOptions } from "../../../lib/train/index.ts";

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

/** Families of Llama's layout, each with what it does differently: a window, biases, norms of heads, Gemma's bounds. */
const kin = { ...config, tie_word_embeddings: false };
const untied = kin;
const mistral = { ...kin, architectures: undefined, model_type: "mistral", sliding_window: 32 };
const qwen2 = { ...config, architectures: undefined, model_type: "qwen2" };
const qwen3 = { ...qwen2, model_type: "qwen3", head_dim: 32 };
const gemma = { ...qwen2, model_type: "gemma", num_key_value_heads: 1, head_dim: 32 };
const gemma2 = { ...gemma, model_type: "gemma2", query_pre_attn_scalar: 32, sliding_window: 32 };

const assertWithin10Percent = (estimated: number, measured: number): void => {
  const difference = estimated / measured - 1;
  assert.ok(
    Math.abs(difference) <= 0.1,
    `estimated ${estimated} bytes, measured ${measured}: off by ${(100 * difference).toFixed(1)} %`,
  );
};

const bytesInUse = (): number => cpuMemory()!.bytesInUse;

/** A model whose weights are held as the options say. */
function build(json: Record<string, unknown>, options: EstimateMemoryOptions): AnyCausalLM {
  const { method, dtype = "float32", doubleQuant = false } = options;
  const quantType = options.quantType ?? (method === "qlora" ? "nf4" : undefined);
  const quantizationConfig =
    quantType &&
    new BitsAndBytesConfig(
      quantType === "int8"
        ? { loadIn8bit: true }
        : { loadIn4bit: true, bnb4bitQuantType: quantType, bnb4bitUseDoubleQuant: doubleQuant },
    );
  const model = modelFromConfig(json);
  if (quantizationConfig) replaceConv1D(model, quantizationConfig);
  const packings = weightPackings(model, { dtype, ...(quantizationConfig && { quantizationConfig }) });
  initializeWeights(model, { seed: 0, layers, packings });
  return model;
}

/** The optimisers' names in an estimate and in training. */
const optimizers: Record<string, TrainingArgumentsOptions["optim"]> = {
  adamw: "adamw_torch",
  adamw_8bit: "adamw_8bit",
  paged_adamw_32bit: "paged_adamw_32bit",
  paged_adamw_8bit: "paged_adamw_8bit",
  adafactor: "adafactor",
  sgd: "sgd",
};

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
    ["QLoRA", { method: "qlora" }],
    ["QLoRA in int8", { method: "qlora", quantType: "int8" }],
    ["QLoRA with double quantisation", { method: "qlora", doubleQuant: true }],
    ["QLoRA and checkpointing", { method: "qlora", checkpointing: true }],
    ["QLoRA, an untied head in float32", { method: "qlora" }, untied],
    ["QLoRA, an untied head in bfloat16", { method: "qlora", dtype: "bfloat16" }, untied],
    ["QLoRA of GPT-2", { method: "qlora" }, { ...gpt2, ...withoutDropout }],
    ["LoRA on bfloat16", { method: "lora", dtype: "bfloat16" }],
    ["LoRA on bfloat16 with an untied head", { method: "lora", dtype: "bfloat16" }, untied],
    [
      "LoRA on bfloat16 with logits in two parts",
      { method: "lora", dtype: "bfloat16", batch: 4, seq: 128 },
      { ...config, vocab_size: 20_000 },
    ],
    ["LoRA on float16 Phi", { method: "lora", dtype: "float16" }, { ...phi, ...withoutDropout }],
    ...(["adamw_8bit", "paged_adamw_32bit", "paged_adamw_8bit", "adafactor", "sgd"] as const).map(
      (optimizer): [string, EstimateMemoryOptions, Record<string, unknown>] => [
        `${optimizer}, an untied head and checkpointing`,
        { method: "full", optimizer, checkpointing: true, batch: 1, seq: 16 },
        untied,
      ],
    ),
    ["paged_adamw_32bit and LoRA", { method: "lora", optimizer: "paged_adamw_32bit", loraRank: 64 }],
    ["paged_adamw_8bit and QLoRA", { method: "qlora", optimizer: "paged_adamw_8bit", loraRank: 64 }],
    ...[mistral, qwen2, qwen3, gemma, gemma2].flatMap(
      (json): [string, EstimateMemoryOptions, Record<string, unknown>][] => [
        [json.model_type, { method: "full" }, json],
        [`LoRA on ${json.model_type} in bfloat16`, { method: "lora", dtype: "bfloat16" }, json],
        [`QLoRA on ${json.model_type}`, { method: "qlora" }, json],
      ],
    ),
  ];
  for (const [name, asked, json = config] of runs) {
    it(`is within 10 % of the measured peak of training with ${name}`, async () => {
      const options = { batch: 2, seq: 64, gradientAccumulationSteps: 1, loraRank: 8, ...asked };
      const { batch, seq, gradientAccumulationSteps, loraRank: r, checkpointing, method } = options;
      const before = bytesInUse();
      const base = build(json, options);
      const targetModules = (options.targetModules ?? "all-linear") as "all-linear";
      const { loraDropout = 0 } = options;
      const model =
        method === "lora" || method === "qlora"
          ? getPeftModel(base, new LoraConfig({ r, loraDropout, targetModules }))
          : base;
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
          optim: optimizers[options.optimizer ?? "adamw"]!,
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

  const generations: [
    name: string,
    sizes: readonly [prompt: number, maxNewTokens: number],
    json: Record<string, unknown>,
    held?: Partial<EstimateMemoryOptions>,
  ][] = [
    ["", [96, 8], config],
    ["", [8, 120], config],
    [" in bfloat16", [96, 8], config, { dtype: "bfloat16" }],
    [" in bfloat16", [8, 120], config, { dtype: "bfloat16" }],
    [" in nf4", [96, 8], untied, { quantType: "nf4" }],
    [" in int8, the untied head in float16", [8, 120], untied, { quantType: "int8", dtype: "float16" }],
    ...[mistral, qwen2, qwen3, gemma, gemma2].map(
      (json): [string, [number, number], Record<string, unknown>] => [
        ` by ${json.model_type}`,
        [40, 80],
        json,
      ],
    ),
  ];
  for (const [name, [prompt, maxNewTokens], json, held] of generations) {
    it(`is within 10 % of the measured peak of generating ${maxNewTokens} tokens behind ${prompt}${name}`, async () => {
      const options = {
        ...({ method: "inference", batch: 2, seq: prompt, maxNewTokens } as const),
        ...held,
      };
      const before = bytesInUse();
      const model = build(json, options);
      resetCpuPeak();
      const ids = Array.from({ length: prompt }, (_, t) => (13 * t) % config.vocab_size);
      await model.generate([ids, ids], { maxNewTokens, eosTokenId: [] });
      const peak = cpuMemory()!.peakBytes - before;
      const weights = bytesInUse() - before;
      model.dispose();
      const { totalBytes, byComponent } = estimateMemory(model, options);
      assertWithin10Percent(totalBytes, peak);
      // Beside the weights, which are most of it, too.
      assertWithin10Percent(totalBytes - byComponent.parameters, peak - weights);
    });
  }
});
