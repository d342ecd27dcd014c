/** Every family gives the logits, losses, gradients and greedy tokens that transformers gives, on two backends. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import {
  AutoModelForCausalLM,
  modelFromConfig,
  type AnyCausalLM,
  type ConfigJson,
} from "../../../lib/models/index.ts";
import { sequenceLogProbs } from "../../../lib/ops/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { valueAndGradients } from "../../../lib/train/gradients.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";
import { readJson, readReference, type ForwardCase } from "./reference.ts";

const names = [
  "gpt2",
  "gpt2-hub-layout",
  "llama",
  "llama-tied",
  "mistral",
  "phi",
  "qwen2",
  "qwen3",
  "gemma",
  "gemma2",
];

/** GPT-2's key bias moves all scores of a query alike: its gradient is 0, and what is computed is rounding. */
function withoutKeyBias(name: string, values: ArrayLike<number>): number[] {
  const all = Array.from(values);
  const third = all.length / 3;
  return name.endsWith("c_attn.bias") ? [...all.slice(0, third), ...all.slice(2 * third)] : all;
}

for (const backend of ["wasm", "residency-cpu"] as const) {
  for (const name of names) {
    describe(`AutoModelForCausalLM, the reference checkpoint ${name} on ${backend}`, () => {
      const { num_parameters: size, parameter_shapes: shapes, cases } = readReference(name);
      let model: AnyCausalLM;

      before(async () => {
        await setBackend(backend);
        model = await AutoModelForCausalLM.fromPretrained(fixture("models", name));
      });
      after(() => model.dispose());

      const forward = ({ input_ids: ids, attention_mask: mask, position_ids: positions }: ForwardCase) => {
        const { logits } = model.forward({
          inputIds: ids,
          attentionMask: mask ?? undefined,
          positionIds: positions ?? undefined,
        });
        const values = logits.arraySync();
        logits.dispose();
        return values;
      };

      it("has the reference's parameters, by name and shape", () => {
        const parameters = [...model.namedParameters()];
        assert.deepEqual(Object.fromEntries(parameters.map(([key, { shape }]) => [key, [...shape]])), shapes);
        assert.equal(
          parameters.reduce((sum, [, parameter]) => sum + parameter.size, 0),
          size,
        );
      });

      it("gives the logits and the hidden states of one sequence", () => {
        const { input_ids: inputIds, logits: expected, hidden_states: summaries } = cases.basic;
        const { logits, hiddenStates } = model.forward({ inputIds, outputHiddenStates: true });
        assertClose(logits.dataSync(), expected, 1e-4);
        assert.equal(hiddenStates?.length, summaries.length);
        summaries.forEach(({ shape, sum, abs_sum: absolute, l2, first4, last4 }, index) => {
          const state = hiddenStates[index]!;
          const values = Array.from(state.dataSync());
          const add = (f: (value: number) => number): number =>
            values.reduce((total, value) => total + f(value), 0);
          assert.deepEqual(state.shape, shape);
          assertClose(values.slice(0, 4), first4, 2e-5, `hidden states ${index}`);
          assertClose(values.slice(-4), last4, 2e-5, `hidden states ${index}`);
          assertClose(add(Math.abs), absolute, 1e-5 * absolute, `sum of |hidden states ${index}|`);
          assertClose(
            add((value) => value),
            sum,
            1e-5 * absolute,
            `sum of hidden states ${index}`,
          );
          assertClose(Math.sqrt(add((value) => value * value)), l2, 1e-5 * l2, "norm");
        });
        tf.dispose([logits, ...hiddenStates]);
      });

      for (const kind of ["right_pad", "left_pad"] as const) {
        it(`gives the logits of real tokens in a batch with ${kind}`, () => {
          const reference = cases[kind];
          const logits = forward(reference);
          reference.attention_mask.forEach((row, b) => {
            row.forEach((real, t) => {
              if (real) assertClose(logits[b]![t], reference.logits[b]![t], 1e-4, `row ${b}, token ${t}`);
            });
          });
        });
      }

      it("gives the logits of texts packed into a row, which do not see each other", () => {
        assertClose(forward(cases.packed), cases.packed.logits, 1e-4);
      });

      it("gives the losses of a padded batch: mean, by numItemsInBatch, smoothed; and of a long sequence", () => {
        const { right_pad: padded, long } = cases;
        const batch = {
          inputIds: padded.input_ids,
          attentionMask: padded.attention_mask,
          labels: padded.labels,
        };
        const lossOf = (options: { numItemsInBatch?: number; labelSmoothing?: number }): number => {
          const { logits, loss } = model.forward({ ...batch, ...options });
          const value = loss.dataSync()[0]!;
          tf.dispose([logits, loss]);
          return value;
        };
        assertClose(lossOf({}), padded.loss, 2e-6 * padded.loss);
        const shared = padded.loss_with_num_items_in_batch_37;
        assertClose(lossOf({ numItemsInBatch: 37 }), shared, 2e-6 * shared);
        for (const [smoothing, expected] of Object.entries(padded.label_smoothing_loss)) {
          const labelSmoothing = Number(smoothing);
          assertClose(lossOf({ labelSmoothing }), expected, 2e-6 * expected, `smoothing ${smoothing}`);
          const { sum, tokens } = model.summedLoss({ ...batch, labelSmoothing });
          assertClose(sum.dataSync()[0]! / tokens, expected, 2e-6 * expected, `smoothing ${smoothing}`);
          sum.dispose();
        }
        const { sum, tokens } = model.summedLoss({ inputIds: long.input_ids, labels: long.input_ids });
        assertClose(sum.dataSync()[0]! / tokens, long.loss, 2e-6 * long.loss, "long");
        sum.dispose();
      });

      it("gives the last logits of a long sequence, and the log-probability of each sequence of a batch", () => {
        const { long, right_pad: padded } = cases;
        const logits = forward({ input_ids: long.input_ids, logits: [] });
        assertClose(logits[0]!.at(-1), long.last_position_logits, 1e-4);
        const batch = model.forward({ inputIds: padded.input_ids, attentionMask: padded.attention_mask });
        const sums = tf.tidy(() => sequenceLogProbs(batch.logits, padded.labels));
        assertClose(sums.dataSync(), padded.per_sequence_sum_logprob, 1e-4);
        tf.dispose([batch.logits, sums]);
      });

      for (const checkpointing of [false, true]) {
        it(`gives the gradient of every parameter ${checkpointing ? "when activations are made again" : "when nothing is made again"}`, () => {
          const { input_ids: inputIds, labels } = cases.right_pad;
          model.gradientCheckpointing = checkpointing;
          model.train(checkpointing);
          const { value, gradients } = valueAndGradients(() => {
            const { sum, tokens } = model.summedLoss({ inputIds, labels });
            return tf.div(sum, tokens);
          }, model.trainableParameters());
          model.train(false);
          const folder = name.replace("-hub-layout", "");
          for (const [key, { values }] of readSafetensorsFile(
            fixture("models", folder, "expected_grads.safetensors"),
          )) {
            const parameter = key.replace(/^grad\./, "");
            const largest = values.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
            const gradient = gradients.get(parameter);
            assert.ok(gradient, parameter);
            const [actual, expected] = [gradient.dataSync(), values].map((v) => withoutKeyBias(parameter, v));
            assertClose(actual, expected, 2e-5 * largest + 1e-6, parameter);
            gradient.dispose();
            gradients.delete(parameter);
          }
          assert.deepEqual([...gradients.keys()], [], "no gradient without a reference");
          value.dispose();
        });
      }

      for (const kind of ["greedy", "greedy_left_padded_batch", "greedy_eos", "greedy_multi_eos"]) {
        it(`generate() gives the reference's tokens when ${kind}`, async () => {
          const { input_ids: inputIds, attention_mask: mask, args, sequences } = cases.generate[kind]!;
          const tokens = await model.generate(inputIds, {
            ...(mask ? { attentionMask: mask } : {}),
            maxNewTokens: args.max_new_tokens,
            padTokenId: args.pad_token_id,
            eosTokenId: args.eos_token_id ?? [],
          });
          assert.deepEqual(tokens, sequences);
        });
      }

      it("holds no tensors beyond its parameters after all that", () => {
        const before = tf.memory().numTensors;
        forward(cases.basic);
        assert.equal(tf.memory().numTensors, before);
      });
    });
  }
}

describe("modelFromConfig()", () => {
  for (const name of names.filter((folder) => folder !== "gpt2-hub-layout")) {
    it(`reads the same ${name} from the config.json of transformers 4 and of transformers 5`, () => {
      const [four, five] = ["config.json", "config.v5.json"].map(
        (file) => modelFromConfig(readJson("models", name, file) as ConfigJson).config,
      );
      assert.deepEqual(five, four);
    });
  }
});
