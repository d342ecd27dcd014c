/** Dropout that a config.json names: the places and rates are transformers', the same in each run, off outside of training. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { AutoModelForCausalLM, modelFromConfig } from "../../../lib/models/index.ts";
import { disableDropout, setGradientCheckpointing, type CausalLanguageModel } from "../../../lib/nn/index.ts";
import { withSeedSource } from "../../../lib/ops/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments, valueAndGradients } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Case {
  rates: Record<string, number>;
  drawn: number[];
  loss: number;
  loss_without: number;
  gradient_norms: Record<string, number>;
}

const { ids, cases } = JSON.parse(fs.readFileSync(fixture("dropout", "expected.json"), "utf8")) as {
  ids: number[][];
  cases: Record<string, Case>;
};
const input = { inputIds: ids, labels: ids };

describe("dropout of a config.json", () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "dropout-"));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  /** The fixture model with other rates in its config.json. */
  async function load(name: string, rates: Record<string, number>): Promise<CausalLanguageModel> {
    const place = path.join(folder, name);
    fs.cpSync(fixture("models", name), place, { recursive: true });
    const file = path.join(place, "config.json");
    const json = JSON.parse(fs.readFileSync(file, "utf8")) as object;
    fs.writeFileSync(file, JSON.stringify({ ...json, ...rates }));
    return AutoModelForCausalLM.fromPretrained(place);
  }

  /** Loss and gradients in training, by the seeds 0, 1, 2, … as in the fixture; and how many were drawn. */
  function differentiated(model: CausalLanguageModel) {
    let drawn = 0;
    const { value, gradients } = withSeedSource(
      () => drawn++,
      () =>
        valueAndGradients(() => tf.tidy(() => model.forward(input).loss), model.root.trainableParameters()),
    );
    return { loss: value.dataSync()[0]!, gradients, drawn };
  }

  for (const [name, one] of Object.entries(cases)) {
    it(`is where transformers has it in ${name}: losses and gradients in training are the same by the same masks`, async () => {
      for (const backend of ["wasm", "residency-cpu"] as const) {
        await setBackend(backend);
        const model = await load(name, one.rates);
        const lossOf = (): number => model.forward(input).loss.dataSync()[0]!;
        assertClose(lossOf(), one.loss_without, 1e-5 * one.loss_without);
        model.root.train(true);
        const { loss, gradients, drawn } = differentiated(model);
        assert.equal(drawn, one.drawn.length);
        assertClose(loss, one.loss, 2e-5 * one.loss);
        for (const [parameter, norm] of Object.entries(one.gradient_norms)) {
          const own = tf.norm(gradients.get(parameter)!).dataSync()[0]!;
          assertClose(own, norm, 2e-4 * Math.max(norm, 1e-2), parameter);
        }
        assert.notEqual(lossOf(), one.loss_without);
        disableDropout(model.root);
        assertClose(lossOf(), one.loss_without, 1e-5 * one.loss_without);
        model.root.dispose();
      }
    });
  }

  it("is the same to the bit with gradient checkpointing", async () => {
    await setBackend("wasm");
    for (const name of ["gpt2", "phi", "llama"]) {
      const model = await load(name, cases[name]!.rates);
      model.root.train(true);
      const plain = differentiated(model);
      assert.ok(setGradientCheckpointing(model.root, true) > 0);
      const again = differentiated(model);
      assert.deepEqual([again.loss, again.drawn], [plain.loss, plain.drawn]);
      for (const [parameter, gradient] of plain.gradients) {
        assert.deepEqual(again.gradients.get(parameter)!.dataSync(), gradient.dataSync(), parameter);
      }
      model.root.dispose();
    }
  });

  it("follows from a trainer's seed, and is off in evaluation", async () => {
    await setBackend("wasm");
    const run = async (seed: number) => {
      const model = await load("gpt2", cases["gpt2"]!.rates);
      const rows = ids.map((inputIds) => ({ inputIds, labels: inputIds }));
      const args = new TrainingArguments({
        ...{ maxSteps: 2, perDeviceTrainBatchSize: 2, loggingSteps: 1, evalOnStart: true, seed },
        ...{ trainSamplingStrategy: "sequential", silenceWarnings: ["W_LARGE_BATCH", "W_NO_EOS"] },
      });
      const trainer = new Trainer({ model, trainDataset: rows, evalDataset: rows, args });
      await trainer.train();
      model.root.dispose();
      const [first, ...steps] = trainer.state.logHistory;
      return { evalLoss: first!.evalLoss!, losses: steps.map(({ loss }) => loss) };
    };
    const one = await run(1);
    assert.deepEqual(await run(1), one);
    const other = await run(2);
    assert.notDeepEqual(other.losses, one.losses);
    assert.equal(other.evalLoss, one.evalLoss);
    assertClose(one.evalLoss, cases["gpt2"]!.loss_without, 1e-5);
  });

  it("is 0.1 in GPT-2 where the file names none, as in transformers, and refused outside of [0, 1)", () => {
    const shape = { vocab_size: 64, n_positions: 32, n_embd: 16, n_layer: 1, n_head: 2, model_type: "gpt2" };
    const rates = (config: object): unknown[] => {
      const { embeddingDropout, attentionDropout, residualDropout } = config as Record<string, unknown>;
      return [embeddingDropout, attentionDropout, residualDropout];
    };
    assert.deepEqual(rates(modelFromConfig(shape).config), [0.1, 0.1, 0.1]);
    for (const wrong of [1, -0.1, "0.1"]) {
      assert.throws(() => modelFromConfig({ ...shape, resid_pdrop: wrong }), {
        code: "E_CHECKPOINT",
        message: /resid_pdrop/,
      });
    }
  });
});
