/** Texts that are packed into a row have the loss and the gradients that they have alone. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import {
  collate,
  DataCollatorForLanguageModeling,
  DataCollatorWithFlattening,
  packDataset,
  packingStrategies,
  type Batch,
  type TokenizedRow,
} from "../../../lib/data/index.ts";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import type { CausalLanguageModel } from "../../../lib/nn/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments, valueAndGradients } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

const random = seededRandom(5);
const texts: TokenizedRow[] = [9, 4, 6, 2, 7, 5, 3, 8].map((length) => {
  const inputIds = Array.from({ length }, () => 3 + random.int(70));
  return { inputIds, labels: inputIds.map((id, at) => (at < length / 3 ? -100 : id)) };
});

interface Result {
  loss: number;
  gradients: Map<string, Float32Array>;
}

/** The summed loss and the gradients of batches, added up in double precision. */
function total(model: CausalLanguageModel, batches: readonly Batch[]): Result {
  const gradients = new Map<string, Float32Array>();
  let loss = 0;
  for (const batch of batches) {
    const result = valueAndGradients(() => model.summedLoss(batch).sum, model.root.trainableParameters());
    loss += result.value.dataSync()[0]!;
    for (const [name, gradient] of result.gradients) {
      const values = gradient.dataSync() as Float32Array;
      const sum = gradients.get(name);
      gradients.set(name, sum ? sum.map((value, at) => value + values[at]!) : values.slice());
    }
    tf.dispose([result.value, ...result.gradients.values()]);
  }
  return { loss, gradients };
}

function assertEqual(actual: Result, expected: Result, what: string): void {
  assertClose(actual.loss, expected.loss, 1e-6 * expected.loss, `${what}: loss`);
  assert.deepEqual([...actual.gradients.keys()], [...expected.gradients.keys()]);
  for (const [name, gradient] of expected.gradients) {
    const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assertClose(actual.gradients.get(name)!, gradient, 1e-5 * largest + 1e-6, `${what}: ${name}`);
  }
}

describe("packed rows", () => {
  before(() => setBackend("wasm"));

  for (const [name, backend] of [
    ["llama", "wasm"],
    ["gpt2", "wasm"],
    ["qwen2", "wasm"],
    ["mistral", "wasm"],
    ["llama", "residency-cpu"],
    ["gpt2", "residency-cpu"],
  ] as const) {
    it(`have the loss and gradients of each text alone on ${name} by ${backend}`, async () => {
      await setBackend(backend);
      const model = await AutoModelForCausalLM.fromPretrained(fixture("models", name));
      const alone = total(
        model,
        texts.map((text) => collate([text], 0)),
      );
      const rows = packDataset(texts, 12);
      assert.ok(rows.length < texts.length && rows.some((row) => row.positionIds!.lastIndexOf(0) > 0));
      assertEqual(total(model, [collate(rows, 0)]), alone, "packed into one batch");
      assertEqual(total(model, [new DataCollatorWithFlattening().collate(texts)]), alone, "flattened");
      assertEqual(
        total(model, [collate([...rows, texts[0]!], 0, { padToMultipleOf: 8 })]),
        {
          ...total(
            model,
            [...texts, texts[0]!].map((text) => collate([text], 0)),
          ),
        },
        "packed rows beside a text",
      );
      model.dispose();
    });
  }

  it("have another loss when texts see each other, so that the test can fail", async () => {
    await setBackend("wasm");
    const model = await AutoModelForCausalLM.fromPretrained(fixture("models", "llama"));
    const [row] = packDataset(texts, 40);
    const seeing = { inputIds: [[...row!.inputIds]], labels: [[...row!.labels]] };
    const difference = total(model, [seeing]).loss - total(model, [collate([row!], 0)]).loss;
    assert.ok(Math.abs(difference) > 1e-3, String(difference));
    model.dispose();
  });

  it("give the losses of unpacked rows when a trainer takes all in one step", async () => {
    const losses: number[] = [];
    const flattened = new DataCollatorForLanguageModeling({ padTokenId: 0, paddingFree: true });
    for (const [rows, dataCollator] of [
      [texts, undefined],
      [texts, flattened],
      ...packingStrategies
        .slice(0, 2)
        .map((strategy) => [packDataset(texts, 12, strategy), undefined] as const),
    ] as const) {
      const model = await AutoModelForCausalLM.fromPretrained(fixture("models", "llama"));
      const args = new TrainingArguments({
        maxSteps: 3,
        perDeviceTrainBatchSize: 8,
        learningRate: 1e-3,
        loggingSteps: 1,
      });
      const trainer = new Trainer({ model, args, trainDataset: rows, dataCollator });
      await trainer.train();
      losses.push(...trainer.state.logHistory.map(({ loss }) => loss!));
      model.dispose();
    }
    const [reference, ...others] = [
      losses.slice(0, 3),
      losses.slice(3, 6),
      losses.slice(6, 9),
      losses.slice(9),
    ];
    for (const other of others) assertClose(other, reference, 1e-5);
  });
});
