/** Evaluation beside transformers, early stopping, and the bytes of TensorBoard's event files. */
import assert from "node:assert/strict";
import fs from "node:fs";
import type { TokenizedRow } from "../../../lib/data/index.ts";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  crc32c,
  EarlyStoppingCallback,
  fileVersionEvent,
  maskedCrc32c,
  scalarsEvent,
  Trainer,
  TrainingArguments,
} from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Reference {
  rows: { input_ids: number[]; attention_mask: number[]; labels: number[] }[];
  cases: { per_device_eval_batch_size: number; eval_loss: number }[];
}

describe("Trainer.evaluate()", () => {
  before(() => setBackend("wasm"));
  const reference = JSON.parse(fs.readFileSync(fixture("evaluate", "expected.json"), "utf8")) as Reference;
  const rows = reference.rows.map(
    ({ input_ids: inputIds, attention_mask: attentionMask, labels }): TokenizedRow => ({
      inputIds,
      attentionMask,
      labels,
    }),
  );
  const evaluate = async (settings: ConstructorParameters<typeof TrainingArguments>[0]): Promise<number> => {
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"));
    const args = new TrainingArguments({ maxSteps: 1, ...settings });
    const trainer = new Trainer({ model, trainDataset: rows, evalDataset: rows, args });
    const { evalLoss } = await trainer.evaluate();
    model.dispose();
    return evalLoss;
  };

  for (const { per_device_eval_batch_size: perDeviceEvalBatchSize, eval_loss: expected } of reference.cases) {
    it(`gives transformers' loss for batches of ${perDeviceEvalBatchSize} when batches are weighted by rows`, async () => {
      const found = await evaluate({ perDeviceEvalBatchSize, evalLossWeighting: "row" });
      assertClose(found, expected, 5e-6 * expected);
    });
  }

  it("gives one loss for every size of batch when each trained token counts once", async () => {
    const losses = await Promise.all([1, 3, 7].map((size) => evaluate({ perDeviceEvalBatchSize: size })));
    for (const loss of losses) assertClose(loss, losses[0]!, 1e-5);
  });
});

describe("EarlyStoppingCallback", () => {
  it("ends a run whose evaluation does not get better any more", async () => {
    await setBackend("wasm");
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"));
    const row = (seed: number): TokenizedRow => {
      const inputIds = Array.from({ length: 8 }, (_, t) => (seed * 31 + t * 7) % 101);
      return { inputIds, labels: inputIds };
    };
    const trainer = new Trainer({
      ...{ model, trainDataset: [row(1)], evalDataset: [row(5), row(9)] },
      args: new TrainingArguments({
        maxSteps: 60,
        evalSteps: 1,
        learningRate: 0.02,
        lrSchedulerType: "constant",
      }),
      callbacks: [new EarlyStoppingCallback({ earlyStoppingPatience: 3 })],
    });
    const { globalStep } = await trainer.train();
    const losses = trainer.state.logHistory.flatMap(({ evalLoss }) => evalLoss ?? []);
    assert.ok(globalStep < 60, `${globalStep} steps`);
    const best = Math.min(...losses);
    assert.ok(
      losses.slice(-3).every((loss) => loss > best),
      "the last three are worse than the best",
    );
    model.dispose();
  });
});

describe("TensorBoard's event files", () => {
  it("have the checksum of RFC 3720", () => {
    assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  });

  it("hold records with lengths and checksums, and scalars by tag and step", () => {
    const event = scalarsEvent(12.5, 300, { "train/loss": 0.75 });
    const view = new DataView(event.buffer);
    const length = Number(view.getBigUint64(0, true));
    assert.equal(event.length, 8 + 4 + length + 4);
    assert.equal(view.getUint32(8, true), maskedCrc32c(event.subarray(0, 8)));
    const data = event.subarray(12, 12 + length);
    assert.equal(view.getUint32(12 + length, true), maskedCrc32c(data));
    // Event { wall_time = 1: 12.5, step = 2: 300, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }
    const tag = new TextEncoder().encode("train/loss");
    const value = [0x0a, tag.length, ...tag, 0x15, 0, 0, 0x40, 0x3f];
    assert.deepEqual(
      [...data],
      [
        0x09,
        0,
        0,
        0,
        0,
        0,
        0,
        0x29,
        0x40,
        0x10,
        0xac,
        0x02,
        0x2a,
        value.length + 2,
        0x0a,
        value.length,
        ...value,
      ],
    );
    assert.match(new TextDecoder().decode(fileVersionEvent(0)), /brain\.Event:2/);
  });
});
