/** The configuration of a run: what is read, what is refused, and the job that is made of it. */
import assert from "node:assert/strict";
import { accelerateJob, snakeCase } from "../../../lib/export/accelerate/job.ts";
import { accelerateYaml, launchReadme, requirements } from "../../../lib/export/accelerate/launch-files.ts";
import { parseRunConfig } from "../../../lib/export/index.ts";

const minimal = { model: "assets/intern", data: { train: "train.jsonl", format: "prompt-completion" } };
const files = { model: "model", tokenizer: "model", data: minimal.data, adapter: null };

describe("parseRunConfig", () => {
  it("fills in the defaults of the library when a file names model and data only", () => {
    const run = parseRunConfig(minimal);
    assert.equal(run.tokenizer, "assets/intern");
    assert.equal(run.training.learningRate, 2e-5);
    assert.equal(run.seed, 42);
    assert.equal(run.lora, undefined);
  });

  it("reads adapter, quantisation and seed when they are given", () => {
    const run = parseRunConfig({
      ...minimal,
      lora: { r: 4, loraAlpha: 16, targetModules: ["q_proj"], useRslora: true },
      quantization: { loadIn4bit: true, bnb4bitQuantType: "nf4" },
      training: { maxSteps: 3 },
      seed: 7,
    });
    assert.equal(run.lora?.scaling, 8);
    assert.equal(run.quantization?.bnb4bitQuantType, "nf4");
    assert.deepEqual([run.seed, run.training.seed, run.training.maxSteps], [7, 7, 3]);
  });

  it("finds outputDir in the file and in its training", () => {
    assert.equal(parseRunConfig({ ...minimal, outputDir: "out" }).training.outputDir, "out");
    assert.equal(parseRunConfig({ ...minimal, training: { outputDir: "out" } }).training.outputDir, "out");
    assert.equal(parseRunConfig(minimal).training.outputDir, undefined);
  });

  it("names what is wrong and what is allowed when a field is missing, unknown or out of range", () => {
    const lora = { targetModules: "all-linear" };
    for (const [value, message] of [
      [[], /it must be an object/],
      [{ data: minimal.data }, /"model" is missing/],
      [{ model: "m" }, /"data" is missing/],
      [{ ...minimal, epochs: 3 }, /has "epochs", which it does not know; known are data, /],
      [{ ...minimal, data: { train: "a", format: "csv" } }, /must be prompt-completion, text, messages/],
      [
        { ...minimal, training: { learnRate: 1 } },
        /"training" has "learnRate"; did you mean "learningRate"\?/,
      ],
      [{ ...minimal, training: { max_steps: 1 } }, /"max_steps"; did you mean "maxSteps"\?/],
      [
        { ...minimal, outputDir: "a", training: { outputDir: "b" } },
        /"outputDir" and "training.outputDir" differ/,
      ],
      [{ ...minimal, outputDir: 3 }, /"outputDir" must be a text/],
      [{ ...minimal, training: { learningRate: "fast" } }, /learningRate fast: it must be a number/],
      [{ ...minimal, lora: { r: 4 } }, /"lora.targetModules" must be a list/],
      [{ ...minimal, lora: { ...lora, rank: 4 } }, /"lora" has "rank"/],
      [{ ...minimal, lora: { ...lora, r: 0 } }, /the rank must be an integer of at least 1/],
      [{ ...minimal, quantization: { loadIn4bit: true } }, /"quantization" needs "lora"/],
      [{ ...minimal, seed: 1, training: { seed: 2 } }, /"seed" and "training.seed" differ/],
      [{ ...minimal, model: 3 }, /"model" must be a text/],
    ] as const) {
      assert.throws(() => parseRunConfig(value), { code: "E_CONFIG", message });
    }
  });
});

describe("accelerateJob", () => {
  it("says what TRL would do otherwise when the run leaves it out", () => {
    const { training, dtype } = accelerateJob(parseRunConfig(minimal), files, "no");
    assert.equal(dtype, "float32");
    for (const [name, value] of Object.entries({
      bf16: false,
      gradient_checkpointing: false,
      optim: "adamw_torch",
      max_length: 1024,
      learning_rate: 2e-5,
      max_steps: -1,
      eval_strategy: "no",
      per_device_train_batch_size: 8,
      adam_beta2: 0.999,
      lr_scheduler_type: "linear",
    })) {
      assert.equal(training[name], value, name);
    }
  });

  it("hands over how rows are made, packed and smoothed, and nothing that TRL does not know", () => {
    const training = {
      ...{ packing: true, packingStrategy: "bfd_split", maxLength: 64, assistantOnlyLoss: true },
      ...{ chatTemplatePath: "template.jinja", datasetTextField: "body", eosToken: "</s>" },
      ...{ lrSchedulerType: "polynomial", lrSchedulerKwargs: { lrEnd: 1e-6, power: 2 } },
      ...{ labelSmoothingFactor: 0.1, shuffleDataset: true, padToMultipleOf: 8 },
    };
    const job = accelerateJob(parseRunConfig({ ...minimal, training }), files, "no");
    for (const [name, value] of Object.entries({
      packing: true,
      eval_packing: true,
      packing_strategy: "bfd_split",
      max_length: 64,
      assistant_only_loss: true,
      chat_template_path: "chat_template.jinja",
      dataset_text_field: "body",
      eos_token: "</s>",
      lr_scheduler_type: "polynomial",
      lr_scheduler_kwargs: { lr_end: 1e-6, power: 2 },
      label_smoothing_factor: 0.1,
      shuffle_dataset: true,
      pad_to_multiple_of: 8,
    })) {
      assert.deepEqual(job.training[name], value, name);
    }
    assert.equal(job.maxLength, 64);
    assert.ok(!("completion_only_loss" in job.training), "TRL's default depends on the rows, as ours");
  });

  it("refuses wrapped packing, in which TRL's texts see each other", () => {
    const run = parseRunConfig({ ...minimal, training: { packing: true, packingStrategy: "wrapped" } });
    assert.throws(() => accelerateJob(run, files, "no"), { code: "E_CONFIG", message: /wrapped/ });
  });

  it("has one argument for warm-up, which is a share below 1 and steps from there on", () => {
    const warmup = (training: object): unknown =>
      accelerateJob(parseRunConfig({ ...minimal, training }), files, "no").training["warmup_steps"];
    assert.equal(warmup({ warmupRatio: 0.03 }), 0.03);
    assert.equal(warmup({ warmupRatio: 0.03, warmupSteps: 5 }), 5);
    // All 1000 steps: ceil(1000 · w) with a w below 1.
    assert.equal(Math.ceil(1000 * Number(warmup({ warmupRatio: 1 }))), 1000);
  });

  it("holds frozen weights in 16 bits and trained ones in 32 when the precision is mixed", () => {
    const lora = { targetModules: "all-linear" };
    assert.equal(accelerateJob(parseRunConfig({ ...minimal, lora }), files, "bf16").dtype, "bfloat16");
    assert.equal(accelerateJob(parseRunConfig(minimal), files, "bf16").dtype, "float32");
  });

  it("refuses a block size that transformers has no option for", () => {
    const quantization = { loadIn4bit: true, bnb4bitBlockSize: 128 };
    const run = parseRunConfig({ ...minimal, lora: { targetModules: "all-linear" }, quantization });
    assert.throws(() => accelerateJob(run, files, "no"), { code: "E_CONFIG", message: /blocks of 64 only/ });
  });

  it("turns names into those of Python when they are in camelCase", () => {
    assert.deepEqual(["perDeviceTrainBatchSize", "adamBeta1", "seed"].map(snakeCase), [
      "per_device_train_batch_size",
      "adam_beta1",
      "seed",
    ]);
  });
});

describe("the files around an exported script", () => {
  const job = accelerateJob(parseRunConfig(minimal), files, "no");

  it("name every process, and FSDP's choices, when there are several machines", () => {
    const text = accelerateYaml({ gpus: 8, machines: 2, strategy: "fsdp", mixedPrecision: "bf16" });
    assert.match(text, /^num_processes: 16$/m);
    assert.match(text, /^num_machines: 2$/m);
    assert.match(text, /^distributed_type: "FSDP"$/m);
    assert.match(text, /^fsdp_config:\n {2}fsdp_version: 2$/m);
    assert.match(
      launchReadme(job, { gpus: 8, machines: 2 }),
      /--machine_rank RANK --main_process_ip ADDRESS/,
    );
  });

  it("say that rows are packed otherwise when they are packed", () => {
    const packing = accelerateJob(parseRunConfig({ ...minimal, training: { packing: true } }), files, "no");
    assert.match(launchReadme(packing, {}), /packed a thousand at a time/);
    assert.doesNotMatch(launchReadme(job, {}), /packed/);
  });

  it("ask for no distribution when there is one GPU", () => {
    assert.match(accelerateYaml({}), /^distributed_type: "NO"$/m);
    assert.throws(() => accelerateYaml({ strategy: "fsdp" }), { code: "E_CONFIG" });
    assert.throws(() => accelerateYaml({ gpus: 0 }), { code: "E_CONFIG", message: /0 gpus/ });
  });

  it("pin every package", () => {
    assert.ok(
      requirements(job)
        .split("\n")
        .filter(Boolean)
        .every((line) => /^[a-z]+==\d/.test(line)),
    );
    assert.match(requirements({ quantization: {} }), /^bitsandbytes>=/m);
  });
});
