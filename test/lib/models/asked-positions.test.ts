/** Behind its keys and values the last layer computes what is asked for alone, and every family gives the same as with all of it. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { AutoModelForCausalLM, LlamaForCausalLM, type AnyCausalLM } from "../../../lib/models/index.ts";
import type { CausalLMInput, TokenMatrix } from "../../../lib/nn/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { valueAndGradients } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

type Labelled = CausalLMInput & { labels: TokenMatrix };

const prompt = (tokens: number): number[] => new Array<number>(tokens).fill(-100);
const first = [5, 17, 40, 9, 31, 62, 8, 3];
const second = [11, 4, 77, 23, 6, 58, 70, 12];

/** Batches whose labels begin behind a prompt, and end before the row does. */
const batches: Record<string, Labelled> = {
  "two prompts of other lengths": {
    inputIds: [first, second],
    labels: [
      [...prompt(5), ...first.slice(5, 7), -100],
      [...prompt(3), ...second.slice(3, 5), ...prompt(3)],
    ],
  },
  "padding on the left": {
    inputIds: [first, [0, 0, 0, ...second.slice(0, 5)]],
    attentionMask: [new Array<number>(8).fill(1), [0, 0, 0, 1, 1, 1, 1, 1]],
    labels: [
      [...prompt(6), ...first.slice(6)],
      [...prompt(6), ...second.slice(3, 5)],
    ],
  },
  "two texts packed into a row": {
    inputIds: [[...first.slice(0, 4), ...second.slice(0, 4)]],
    positionIds: [[0, 1, 2, 3, 0, 1, 2, 3]],
    labels: [[...prompt(3), first[3]!, ...prompt(2), ...second.slice(2, 4)]],
  },
};

/** The mean loss and the gradients of all parameters. */
function differentiated(model: AnyCausalLM, loss: () => tf.Scalar) {
  const { value, gradients } = valueAndGradients(() => tf.tidy(loss), model.trainableParameters());
  const read = new Map([...gradients].map(([name, gradient]) => [name, gradient.dataSync<"float32">()]));
  const mean = value.dataSync()[0]!;
  tf.dispose([value, ...gradients.values()]);
  return { mean, gradients: read };
}

const meanLoss = (model: AnyCausalLM, input: Labelled): tf.Scalar => {
  const { sum, tokens } = model.summedLoss(input);
  return tf.div(sum, tokens);
};

for (const backend of ["wasm", "residency-cpu"] as const) {
  for (const name of ["gpt2", "llama", "mistral", "phi", "qwen2", "qwen3", "gemma", "gemma2"]) {
    describe(`the last layer of ${name} on ${backend}`, () => {
      let model: AnyCausalLM;
      before(async () => {
        await setBackend(backend);
        model = await AutoModelForCausalLM.fromPretrained(fixture("models", name));
      });
      after(() => model.dispose());

      for (const [kind, input] of Object.entries(batches)) {
        it(`gives the loss and the gradients of the whole pass for ${kind}, and the same bits with checkpointing`, () => {
          const whole = differentiated(model, () => model.forward(input).loss);
          const asked = differentiated(model, () => meanLoss(model, input));
          assertClose([asked.mean], [whole.mean], 1e-5);
          assert.deepEqual([...asked.gradients.keys()].sort(), [...whole.gradients.keys()].sort());
          for (const [parameter, expected] of whole.gradients) {
            const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
            assertClose(asked.gradients.get(parameter)!, expected, 2e-5 * largest + 1e-6, parameter);
          }
          model.gradientCheckpointing = true;
          model.train(true);
          const again = differentiated(model, () => meanLoss(model, input));
          model.gradientCheckpointing = false;
          model.train(false);
          assert.equal(again.mean, asked.mean);
          assert.deepEqual(again.gradients, asked.gradients);
        });
      }

      it("gives each label its probability and its row", () => {
        const input = batches["two prompts of other lengths"]!;
        const { logProbs, rows } = model.labelLogProbs(input);
        const { logits } = model.forward(input);
        const all = tf.tidy(() => tf.logSoftmax(logits).arraySync());
        const labels = input.labels as number[][];
        const expected = labels.flatMap((row, b) =>
          row.flatMap((label, t) => (label === -100 ? [] : [{ b, logProb: all[b]![t - 1]![label]! }])),
        );
        assertClose(
          logProbs.dataSync(),
          expected.map(({ logProb }) => logProb),
          1e-4,
        );
        assert.deepEqual(
          rows,
          expected.map(({ b }) => b),
        );
        tf.dispose([logProbs, logits]);
      });
    });
  }
}

describe("the last layer", () => {
  before(() => setBackend("residency-cpu"));

  it("feeds forward the positions between the first and the last that predict a label, and the last of a prompt", async () => {
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"));
    const fed: number[] = [];
    for (const { mlp } of model.model.layers) {
      const forward = mlp.forward.bind(mlp);
      mlp.forward = (x) => {
        fed.push(x.shape[1]!);
        return forward(x);
      };
    }
    const { layers } = model.model;
    const { sum } = model.summedLoss(batches["two prompts of other lengths"]!);
    assert.deepEqual(fed.splice(0), [...layers.slice(1).map(() => 6), 4]);
    await model.generate([first], { maxNewTokens: 1 });
    assert.deepEqual(fed, [...layers.slice(1).map(() => 8), 1]);
    sum.dispose();
    model.dispose();
  });
});
