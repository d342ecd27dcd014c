/** Llama checkpoints give the logits, losses, gradients and greedy tokens that transformers gives. */
import assert from "node:assert/strict";
import fs from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import { AutoModelForCausalLM, type LlamaForCausalLM } from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { valueAndGradients } from "../../../lib/train/gradients.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Case {
  input_ids: number[][];
  attention_mask: number[][] | null;
  position_ids?: number[][] | null;
  labels?: number[][] | string;
  logits: number[][][];
  loss: number;
}

interface Generation {
  input_ids: number[][];
  attention_mask: number[][] | null;
  args: { max_new_tokens: number; eos_token_id?: number | number[]; pad_token_id: number };
  sequences: number[][];
}

interface Expected {
  num_parameters: number;
  cases: { basic: Case; right_pad: Case; left_pad: Case; long: Case; generate: Record<string, Generation> };
}

for (const name of ["llama", "llama-tied"]) {
  describe(`LlamaForCausalLM, the reference checkpoint ${name}`, () => {
    const expected = JSON.parse(
      fs.readFileSync(fixture("models", name, "expected.json"), "utf8"),
    ) as Expected;
    let model: LlamaForCausalLM;

    before(async () => {
      await setBackend("wasm");
      model = await AutoModelForCausalLM.fromPretrained(fixture("models", name));
    });
    after(() => model.dispose());

    const forward = ({
      input_ids: inputIds,
      attention_mask: mask,
      position_ids: positions,
    }: Case): number[][][] => {
      const { logits } = model.forward({
        inputIds,
        attentionMask: mask ?? undefined,
        positionIds: positions ?? undefined,
      });
      const values = logits.arraySync();
      logits.dispose();
      return values;
    };

    it("has the reference's number of parameters", () => {
      const count = [...model.namedParameters()].reduce((sum, [, parameter]) => sum + parameter.size, 0);
      assert.equal(count, expected.num_parameters);
    });

    it("gives the logits of one sequence", () => {
      assertClose(forward(expected.cases.basic), expected.cases.basic.logits, 1e-4);
    });

    for (const kind of ["right_pad", "left_pad"] as const) {
      it(`gives the logits of real tokens in a batch with ${kind}`, () => {
        const reference = expected.cases[kind];
        const logits = forward(reference);
        reference.attention_mask!.forEach((row, b) => {
          row.forEach((real, t) => {
            if (real) assertClose(logits[b]![t], reference.logits[b]![t], 1e-4, `row ${b}, token ${t}`);
          });
        });
      });
    }

    it("gives the loss of a padded batch and of a long sequence", () => {
      const { right_pad: padded, long } = expected.cases;
      const { logits, loss } = model.forward({
        inputIds: padded.input_ids,
        attentionMask: padded.attention_mask!,
        labels: padded.labels as number[][],
      });
      assertClose(loss!.dataSync()[0], padded.loss, 2e-6 * padded.loss);
      const { sum, tokens } = model.summedLoss({ inputIds: long.input_ids, labels: long.input_ids });
      assertClose(sum.dataSync()[0]! / tokens, long.loss, 2e-6 * long.loss);
      tf.dispose([logits, loss!, sum]);
    });

    it("gives the gradient of every parameter", () => {
      const { input_ids: inputIds, labels } = expected.cases.right_pad;
      const { value, gradients } = valueAndGradients(() => {
        const { sum, tokens } = model.summedLoss({ inputIds, labels: labels as number[][] });
        return tf.div(sum, tokens);
      }, model.trainableParameters());
      for (const [key, { values }] of readSafetensorsFile(
        fixture("models", name, "expected_grads.safetensors"),
      )) {
        const parameter = key.replace(/^grad\./, "");
        const largest = values.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
        assertClose(gradients.get(parameter)!.dataSync(), values, 2e-5 * largest + 1e-6, parameter);
        gradients.get(parameter)!.dispose();
        gradients.delete(parameter);
      }
      assert.deepEqual([...gradients.keys()], [], "no gradient without a reference");
      value.dispose();
    });

    for (const kind of ["greedy", "greedy_left_padded_batch", "greedy_eos", "greedy_multi_eos"]) {
      it(`generate() gives the reference's tokens when ${kind}`, async () => {
        const {
          input_ids: inputIds,
          attention_mask: attentionMask,
          args,
          sequences,
        } = expected.cases.generate[kind]!;
        const tokens = await model.generate(inputIds, {
          ...(attentionMask ? { attentionMask } : {}),
          maxNewTokens: args.max_new_tokens,
          padTokenId: args.pad_token_id,
          ...(args.eos_token_id === undefined ? {} : { eosTokenId: args.eos_token_id }),
        });
        assert.deepEqual(tokens, sequences);
      });
    }

    it("holds no tensors beyond its parameters after all that", () => {
      const before = tf.memory().numTensors;
      forward(expected.cases.basic);
      assert.equal(tf.memory().numTensors, before);
    });
  });
}
