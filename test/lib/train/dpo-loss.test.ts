/** dpoLoss() and dpoRewards() beside TRL: losses, rewards and gradients of given log-probabilities. */
import assert from "node:assert/strict";
import fs from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { setBackend } from "../../../lib/tensor/index.ts";
import { dpoLoss, dpoLossTypes, dpoRewards, type DPOLossType } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface GivenCase {
  loss_type: string;
  beta: number;
  label_smoothing: number;
  reference_free: boolean;
  losses: number[];
  chosen_rewards: number[];
  rejected_rewards: number[];
  grad_chosen_logps: number[];
  grad_rejected_logps: number[];
}

const { given_logps: given } = JSON.parse(fs.readFileSync(fixture("dpo", "expected.json"), "utf8")) as {
  given_logps: Record<
    "chosen_logps" | "rejected_logps" | "ref_chosen_logps" | "ref_rejected_logps",
    number[]
  > & {
    cases: GivenCase[];
  };
};

describe("dpoLoss()", () => {
  before(() => setBackend("wasm"));
  for (const one of given.cases) {
    const { loss_type: lossType, beta, label_smoothing: labelSmoothing, reference_free: isFree } = one;
    // TRL 0.24's IPO, which made these, does not divide by lengths; with lengths of 1 ours does not either.
    it(`gives TRL's losses, rewards and gradients of ${lossType}, beta ${beta}, smoothing ${labelSmoothing}${isFree ? ", without a reference" : ""}`, () => {
      assert.ok((dpoLossTypes as readonly string[]).includes(lossType), lossType);
      const options = { lossType: lossType as DPOLossType, beta, labelSmoothing };
      const ref = (values: number[]): tf.Tensor1D => tf.tensor1d(isFree ? values.map(() => 0) : values);
      const logProbs = (chosen: tf.Tensor, rejected: tf.Tensor) => ({
        chosen: chosen as tf.Tensor1D,
        rejected: rejected as tf.Tensor1D,
        refChosen: ref(given.ref_chosen_logps),
        refRejected: ref(given.ref_rejected_logps),
      });
      const inputs = [tf.tensor1d(given.chosen_logps), tf.tensor1d(given.rejected_logps)] as const;
      const losses = tf.tidy(() => dpoLoss(logProbs(...inputs), options).dataSync());
      assertClose(losses, one.losses, 1e-5 * Math.max(1, ...one.losses.map(Math.abs)));
      // TRL's rewards are relative to the reference even where the loss is not.
      const [refChosen, refRejected] = [
        tf.tensor1d(given.ref_chosen_logps),
        tf.tensor1d(given.ref_rejected_logps),
      ];
      const rewards = dpoRewards({ ...logProbs(...inputs), refChosen, refRejected }, beta);
      assertClose(rewards.chosen.dataSync(), one.chosen_rewards, 1e-5);
      assertClose(rewards.rejected.dataSync(), one.rejected_rewards, 1e-5);
      const gradients = tf.grads((chosen: tf.Tensor, rejected: tf.Tensor) =>
        tf.mean(dpoLoss(logProbs(chosen, rejected), options)),
      )([...inputs]);
      assertClose(
        gradients[0]!.dataSync(),
        one.grad_chosen_logps,
        1e-5 * Math.max(1, ...one.grad_chosen_logps.map(Math.abs)),
      );
      assertClose(
        gradients[1]!.dataSync(),
        one.grad_rejected_logps,
        1e-5 * Math.max(1, ...one.grad_rejected_logps.map(Math.abs)),
      );
    });
  }
});
