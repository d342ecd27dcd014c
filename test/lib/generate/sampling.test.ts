/** Sampling keeps the tokens that transformers' processors keep, and refuses settings that mean nothing. */
import assert from "node:assert/strict";
import { argmax, checkSampling, chooseToken, samplingDistribution } from "../../../lib/generate/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose } from "../../support/closeness.ts";

describe("samplingDistribution()", () => {
  it("keeps ties of the k-th token", () => {
    assertClose(samplingDistribution([1, 1, 1, 0], { topK: 2 }), [1 / 3, 1 / 3, 1 / 3, 0], 1e-12);
  });

  it("keeps two of four equal tokens for topP 0.5", () => {
    assertClose(samplingDistribution([0, 0, 0, 0], { topP: 0.5 }), [0.5, 0.5, 0, 0], 1e-12);
  });

  it("gives the reference's chain of temperature 0.7, top-k 4 and top-p 0.8", () => {
    // Scores after a repetition penalty of 1.3 on tokens 6, 4 and 1, as the reference's chain hands them on.
    const scores = [2, 1 / 1.3, 0.5, 0, -1.3, -2, 3 / 1.3, -0.5];
    const probabilities = samplingDistribution(scores, { temperature: 0.7, topK: 4, topP: 0.8 });
    assertClose(probabilities, [0.391846, 0, 0, 0, 0, 0, 0.608154, 0], 1e-6);
  });
});

describe("chooseToken()", () => {
  it("takes the first of equal largest logits without sampling", () => {
    assert.equal(argmax([0, 3, 3]), 1);
    assert.equal(chooseToken([0, 3, 3], {}, seededRandom(0)), 1);
  });

  it("draws each token as often as its probability says", () => {
    const random = seededRandom(5);
    const counts = [0, 0, 0];
    const logits = [Math.log(0.5), Math.log(0.3), Math.log(0.2)];
    for (let i = 0; i < 20000; i++) counts[chooseToken(logits, { doSample: true }, random)]! += 1;
    assertClose(
      counts.map((count) => count / 20000),
      [0.5, 0.3, 0.2],
      0.012,
    );
  });
});

describe("checkSampling()", () => {
  for (const options of [
    { doSample: true, temperature: 0 },
    { doSample: true, temperature: NaN },
    { doSample: true, topK: -1 },
    { doSample: true, topP: 0 },
    { temperature: 0.5 },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => checkSampling(options), { code: "E_CONFIG" });
    });
  }
});
