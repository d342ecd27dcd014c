/** What trainers warn of: each mistake once, by its code, and nothing where there is none. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { DataCollatorForLanguageModeling, type TokenizedRow } from "../../../lib/data/index.ts";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  SFTConfig,
  SFTTrainer,
  Trainer,
  TrainingArguments,
  type SFTRow,
  type SFTSettings,
  type SFTTokenizer,
  type TrainerOptions,
  type TrainingWarning,
} from "../../../lib/train/index.ts";
import { lintBatch, lintGradients } from "../../../lib/train/lints.ts";
import { chatmlTokenizer } from "../../support/chatml.ts";
import { fixture } from "../../support/paths.ts";

/** The end-of-text token of the fixture's model and of its tokenizer. */
const end = 642;

describe("training lints", () => {
  let tokenizer: SFTTokenizer;
  before(async () => {
    await setBackend("wasm");
    tokenizer = await chatmlTokenizer({ marked: false });
  });

  const loadModel = () => AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));

  async function warningsOfSFT(
    trainDataset: SFTRow[],
    settings: SFTSettings = {},
    given: SFTTokenizer = tokenizer,
  ): Promise<TrainingWarning[]> {
    const warnings: TrainingWarning[] = [];
    const model = await loadModel();
    const args = new SFTConfig({ maxSteps: 1, perDeviceTrainBatchSize: 1, ...settings });
    const trainer = new SFTTrainer({
      ...{ model, tokenizer: given, trainDataset, args },
      onWarning: (warning) => warnings.push(warning),
    });
    await trainer.train();
    await trainer.train();
    model.root.dispose();
    return warnings;
  }

  async function warningsOf(
    trainDataset: TokenizedRow[],
    options: Partial<TrainerOptions> = {},
  ): Promise<TrainingWarning[]> {
    const warnings: TrainingWarning[] = [];
    const model = await loadModel();
    const args = new TrainingArguments({ maxSteps: 1, perDeviceTrainBatchSize: 1 });
    await new Trainer({
      ...{ model, args, trainDataset, onWarning: (warning) => warnings.push(warning), ...options },
    }).train();
    model.root.dispose();
    return warnings;
  }

  const codesOf = (warnings: TrainingWarning[]): string[] => warnings.map(({ code }) => code);
  const rows = [
    { prompt: "May I copy it?", completion: " Yes." },
    { prompt: "Is there a warranty?", completion: " No." },
  ];

  it("find nothing in good rows, packed or not", async () => {
    assert.deepEqual(await warningsOfSFT(rows), []);
    assert.deepEqual(await warningsOfSFT(rows, { packing: true, maxLength: 40 }), []);
    assert.deepEqual(await warningsOf([{ inputIds: [5, 6, 7, end], labels: [-100, 6, 7, end] }]), []);
    assert.deepEqual(await warningsOf([{ inputIds: [5, 6, 7], labels: [5, 6, 7] }]), []);
  });

  it("warn once of W_NO_EOS when no row ends as the model does", async () => {
    const warnings = await warningsOfSFT([{ inputIds: [5, 6, 7, 8], labels: [-100, 6, 7, 8] }]);
    assert.deepEqual(codesOf(warnings), ["W_NO_EOS"]);
    assert.match(warnings[0]!.message, /token \(642\) ends no row/);
    const masked = await warningsOf([{ inputIds: [5, 6, 7, end], labels: [-100, 6, 7, -100] }]);
    assert.deepEqual(codesOf(masked), ["W_NO_EOS"]);
    assert.match(masked[0]!.message, /is masked in every row/);
  });

  it("warn of W_PAD_IS_EOS when the collator masks the token that ends texts", async () => {
    const row = { inputIds: [5, 6, 7, end], labels: [5, 6, 7, end] };
    const collator = (padTokenId: number) => new DataCollatorForLanguageModeling({ padTokenId, mlm: false });
    assert.deepEqual(codesOf(await warningsOf([row], { dataCollator: collator(end) })), ["W_PAD_IS_EOS"]);
    assert.deepEqual(await warningsOf([row], { dataCollator: collator(0) }), []);
  });

  it("warn of rows that are cut, and of those that have nothing to train on left", async () => {
    const given = [...rows, { prompt: "a", completion: " b c" }];
    const warnings = await warningsOfSFT(given, { maxLength: tokenizer.encode(rows[1]!.prompt).length });
    assert.deepEqual(codesOf(warnings).toSorted(), ["W_ROWS_CUT", "W_ROWS_DROPPED"]);
    assert.match(warnings.find(({ code }) => code === "W_ROWS_DROPPED")!.message, /^1 of 3 rows/);
    assert.deepEqual(
      codesOf(
        await warningsOf([
          { inputIds: [5, 6], labels: [5, 6] },
          { inputIds: [5], labels: [5] },
        ]),
      ),
      ["W_ROWS_DROPPED"],
    );
    assert.deepEqual(
      await warningsOfSFT(rows, { packing: true, packingStrategy: "bfd_split", maxLength: 8 }),
      [],
    );
  });

  it("warn of W_DOUBLE_BOS and W_PROMPT_BORDER", async () => {
    const withBos: SFTTokenizer = {
      ...tokenizer,
      bosTokenId: 641,
      encode: (text) => [641, 641, ...tokenizer.encode(text)],
    };
    const doubled = await warningsOfSFT(rows, {}, withBos);
    assert.deepEqual(codesOf(doubled), ["W_DOUBLE_BOS"]);
    assert.match(doubled[0]!.message, /^2 of 2 rows/);
    assert.deepEqual(codesOf(await warningsOfSFT([{ prompt: "the lic", completion: "ence" }])), [
      "W_PROMPT_BORDER",
    ]);
  });

  it("warn of steps that take more rows than there are, and of many that take one", async () => {
    assert.deepEqual(codesOf(await warningsOfSFT(rows, { perDeviceTrainBatchSize: 4 })), ["W_LARGE_BATCH"]);
    const one = { perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 1 };
    assert.deepEqual(codesOf(lintBatch(1000, one)), ["W_SMALL_BATCH"]);
    assert.deepEqual(lintBatch(99, one), []);
  });

  it("warn of nothing that is silenced, and refuse to silence what there is not", async () => {
    const settings = { perDeviceTrainBatchSize: 4, silenceWarnings: ["W_LARGE_BATCH"] } as const;
    assert.deepEqual(await warningsOfSFT(rows, settings), []);
    // @ts-expect-error there is no such code
    assert.throws(() => new SFTConfig({ silenceWarnings: ["W_ALL"] }), {
      code: "E_CONFIG",
      message: /W_ALL/,
    });
  });

  it("go to the console when nobody takes them", async () => {
    const said: unknown[] = [];
    const before = console.warn;
    console.warn = (text: unknown) => said.push(text);
    try {
      const model = await loadModel();
      const args = new SFTConfig({ maxSteps: 1 });
      await new SFTTrainer({ model, tokenizer, trainDataset: rows, args }).train();
      model.root.dispose();
    } finally {
      console.warn = before;
    }
    assert.equal(said.length, 1);
    assert.match(String(said[0]), /^W_LARGE_BATCH: an optimiser step takes 8 rows/);
  });

  it("warn of W_NO_GRADIENT after the first step when the loss does not depend on what is trained", async () => {
    const base = await loadModel();
    const peft = getPeftModel(base, new LoraConfig({ r: 2, targetModules: ["q_proj", "v_proj"] }) as never);
    const cut = [...peft.root.namedModules()].find(([name]) => name.endsWith("layers.1.self_attn.v_proj"));
    assert.ok(cut);
    const warnings: TrainingWarning[] = [];
    const train = () =>
      new SFTTrainer({
        ...{ model: peft, tokenizer, trainDataset: rows, onWarning: (warning) => warnings.push(warning) },
        args: new SFTConfig({ maxSteps: 1, perDeviceTrainBatchSize: 2 }),
      }).train();
    await train();
    assert.equal(warnings.length, 0);
    // An adapter that is off takes part in nothing.
    (cut[1] as unknown as { enabled: boolean }).enabled = false;
    await train();
    assert.deepEqual(codesOf(warnings), ["W_NO_GRADIENT"]);
    assert.match(warnings[0]!.message, /depend on model\.layers\.1\.self_attn\.v_proj,/);
    base.root.dispose();
  });

  it("know that a fresh adapter's first matrix has no gradient yet", async () => {
    const gradients = new Map<string, tf.Tensor>([
      ["q.lora_A.default.weight", tf.zeros([2])],
      ["q.lora_B.default.weight", tf.ones([2])],
      ["v.lora_A.default.weight", tf.zeros([2])],
      ["v.lora_B.default.weight", tf.zeros([2])],
    ]);
    const names = [...gradients.keys(), "norm.weight"];
    const [warning] = await lintGradients(names, gradients);
    assert.match(warning!.message, /depend on v, norm\.weight, which/);
    tf.dispose([...gradients.values()]);
  });
});
