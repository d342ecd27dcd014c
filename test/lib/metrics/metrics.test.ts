/** Scores with known values. */
import assert from "node:assert/strict";
import { exactMatch, normalizeAnswer, perplexity, tokenF1 } from "../../../lib/metrics/index.ts";

describe("normalizeAnswer", () => {
  it("drops case, punctuation and articles when they are there", () => {
    assert.equal(normalizeAnswer(" The patient's  dose: AN aspirin, a day. "), "patients dose aspirin day");
    assert.equal(normalizeAnswer("theory another"), "theory another");
  });
});

describe("exactMatch", () => {
  it("is 1 when the texts differ in case, articles and punctuation only", () => {
    assert.equal(exactMatch("The aspirin.", "aspirin"), 1);
    assert.equal(exactMatch("aspirin daily", "aspirin"), 0);
  });
});

describe("tokenF1", () => {
  it("is the harmonic mean of precision and recall when words overlap", () => {
    assert.equal(tokenF1("the cat sat", "a cat sat down"), 0.8);
    assert.equal(tokenF1("pain pain", "pain"), 2 / 3);
    assert.equal(tokenF1("fever", "cough"), 0);
    assert.equal(tokenF1("Fever!", "fever"), 1);
  });

  it("is 1 when no side has a word and 0 when one has none", () => {
    assert.equal(tokenF1("the", ""), 1);
    assert.equal(tokenF1("fever", ""), 0);
  });
});

describe("perplexity", () => {
  it("is the vocabulary's size when the model is uniform", () => {
    assert.equal(perplexity(0), 1);
    assert.ok(Math.abs(perplexity(Math.log(1024)) - 1024) < 1e-9);
  });

  it("is refused when the loss is NaN or negative", () => {
    for (const nll of [NaN, -0.1]) assert.throws(() => perplexity(nll), { code: "E_NUMERIC" });
  });
});
