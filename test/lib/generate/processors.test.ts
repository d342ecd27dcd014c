/** Processors give the reference's scores, one by one and in chains, and never sort what they need not. */
import assert from "node:assert/strict";
import fs from "node:fs";
import {
  epsilonWarper,
  exponentialDecayLengthProcessor,
  forcedTokensProcessor,
  infNanRemoveProcessor,
  kthLargest,
  largestIndices,
  logitsProcessors,
  minLengthProcessor,
  minPWarper,
  softmax,
  suppressTokensAtBeginProcessor,
  temperatureWarper,
  topKWarper,
  topPWarper,
  typicalWarper,
} from "../../../lib/generate/index.ts";
import type { GenerationSettings, LogitsProcessor } from "../../../lib/nn/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

type Stored = number | "-Infinity";

interface SamplingFixture {
  logits: number[][];
  input_ids: number[][];
  cases: { label: Record<string, unknown>; processed: Stored[][]; probs: number[][] }[];
}

const expected = JSON.parse(fs.readFileSync(fixture("sampling/expected.json"), "utf8")) as SamplingFixture;

/** The settings of a case, under the library's names; its order is the one that the library has anyway. */
function settingsOf(label: Record<string, unknown>): GenerationSettings {
  const settings: Record<string, unknown> = { doSample: true, topK: 0 };
  for (const [name, value] of Object.entries(label)) {
    if (name === "order") continue;
    const key = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    settings[key] =
      name === "sequence_bias"
        ? Object.entries(value as Record<string, number>).map(([token, bias]) => [[Number(token)], bias])
        : value;
  }
  return settings;
}

const run = (processor: LogitsProcessor, scores: number[], tokens: number[] = []): number[] => {
  const changed = Float32Array.from(scores);
  processor(changed, tokens);
  return [...changed];
};

describe("logitsProcessors(), the reference's scores", () => {
  for (const { label, processed, probs } of expected.cases) {
    it(`are met exactly for ${JSON.stringify(label)}`, () => {
      for (const [row, logits] of expected.logits.entries()) {
        const tokens = expected.input_ids[row]!;
        const list = logitsProcessors(settingsOf(label), {
          promptLength: tokens.length,
          maxLength: tokens.length + 5,
          eosTokenIds: [],
          custom: [],
        });
        const scores = Float32Array.from(logits);
        for (const process of list) process(scores, tokens);
        const wanted = processed[row]!.map((score) => Math.fround(Number(score)));
        // Of two equal tokens the reference may drop either; they are the ones that differ then.
        const differing = wanted.flatMap((score, token) => (Object.is(score, scores[token]) ? [] : [token]));
        if (differing.length === 2) {
          assert.equal(logits[differing[0]!], logits[differing[1]!], `row ${row}`);
          assert.deepEqual(
            differing.map((token) => scores[token]!).sort(),
            differing.map((token) => wanted[token]!).sort(),
          );
        } else {
          assert.deepEqual([...scores], wanted, `row ${row}`);
          assertClose(softmax(scores), probs[row]!.map(Number), 2e-7);
        }
      }
    });
  }
});

describe("logitsProcessors()", () => {
  const context = { promptLength: 2, maxLength: 9, eosTokenIds: [7, 8], custom: [] };

  it("applies penalties before the caller's own processors and these before temperature", () => {
    const seen: number[] = [];
    const [first, second, third, ...rest] = logitsProcessors(
      { doSample: true, topK: 0, temperature: 0.5, repetitionPenalty: 2 },
      { ...context, custom: [(scores) => seen.push(scores[0]!)] },
    );
    const scores = Float32Array.from([4, 1]);
    for (const process of [first!, second!, third!]) process(scores, [0]);
    assert.deepEqual([seen, [...scores], rest.length], [[2], [4, 2], 0]);
  });

  it("leaves sampling's processors out without doSample", () => {
    assert.equal(logitsProcessors({ temperature: 0.5, topK: 5, topP: 0.5 }, context).length, 0);
  });

  it("keeps one token more than there are ends when beams are sampled", () => {
    const [topK] = logitsProcessors({ doSample: true, numBeams: 2, topK: 1 }, context);
    assert.deepEqual(run(topK!, [0, 1, 2, 3, 4]), [-Infinity, -Infinity, 2, 3, 4]);
  });
});

describe("topKWarper()", () => {
  it("keeps ties of the k-th token", () => {
    assert.deepEqual(run(topKWarper(2), [1, 1, 1, 0]), [1, 1, 1, -Infinity]);
  });
});

describe("topPWarper()", () => {
  it("keeps two of four equal tokens for 0.5, and one at least", () => {
    assert.deepEqual(run(topPWarper(0.5), [0, 0, 0, 0]), [0, 0, -Infinity, -Infinity]);
    assert.deepEqual(run(topPWarper(1e-9), [0, 3, 1]), [-Infinity, 3, -Infinity]);
  });

  it("keeps minTokensToKeep tokens", () => {
    assert.deepEqual(run(topPWarper(0.1, { minTokensToKeep: 2 }), [9, 3, 1]), [9, 3, -Infinity]);
  });

  it("keeps what a full sort keeps, for many random scores with ties", () => {
    const random = seededRandom(3);
    for (const topP of [0.05, 0.5, 0.9, 0.999]) {
      const scores = Float32Array.from({ length: 3000 }, () => Math.round(random.normal() * 30) / 10);
      const probabilities = softmax(scores);
      const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]! || b - a);
      const sorted = [...scores];
      let sum = 0;
      for (const token of order) {
        sum += probabilities[token]!;
        if (Math.fround(sum) > Math.fround(1 - topP)) break;
        sorted[token] = -Infinity;
      }
      const kept = (values: number[]): number => values.filter((score) => score > -Infinity).length;
      const warped = run(topPWarper(topP), [...scores]);
      // The two add the probabilities in another order, which may decide about one token at the threshold.
      assert.ok(Math.abs(kept(warped) - kept(sorted)) <= 1, `${kept(warped)} and ${kept(sorted)} kept`);
      assert.ok(warped.filter((score, token) => score !== sorted[token]).length <= 1);
    }
  });
});

describe("minPWarper(), epsilonWarper() and typicalWarper()", () => {
  it("keep minTokensToKeep tokens", () => {
    const keep = { minTokensToKeep: 2 };
    assert.deepEqual(run(minPWarper(1, keep), [9, 3, 1]), [9, 3, -Infinity]);
    assert.deepEqual(run(epsilonWarper(0.99, keep), [9, 3, 1]), [9, 3, -Infinity]);
    assert.deepEqual(run(typicalWarper(0.1, keep), [9, 3, 1]), [9, 3, -Infinity]);
  });

  it("leave tokens alone that were dropped before", () => {
    assert.deepEqual(run(typicalWarper(0.9), [-Infinity, 1, 1]), [-Infinity, 1, 1]);
  });
});

describe("temperatureWarper()", () => {
  it("gives the reference's chain of repetition penalty 1.3, temperature 0.7, top-k 4 and top-p 0.8", () => {
    const list = logitsProcessors(
      { doSample: true, repetitionPenalty: 1.3, temperature: 0.7, topK: 4, topP: 0.8 },
      { promptLength: 4, maxLength: 9, eosTokenIds: [], custom: [] },
    );
    const scores = Float32Array.from([2, 1, 0.5, 0, -1, -2, 3, -0.5]);
    for (const process of list) process(scores, [6, 4, 4, 1]);
    assertClose(softmax(scores), [0.391846, 0, 0, 0, 0, 0, 0.608154, 0], 1e-6);
  });

  it("divides in float32", () => {
    assert.deepEqual(run(temperatureWarper(0.3), [1]), [Math.fround(1 / Math.fround(0.3))]);
  });
});

describe("processors of length and position", () => {
  it("minLengthProcessor() forbids the end before a length only", () => {
    assert.deepEqual(run(minLengthProcessor(3, [1]), [0, 0], [5, 5]), [0, -Infinity]);
    assert.deepEqual(run(minLengthProcessor(3, [1]), [0, 0], [5, 5, 5]), [0, 0]);
  });

  it("suppressTokensAtBeginProcessor() forbids tokens as the first new one only", () => {
    assert.deepEqual(run(suppressTokensAtBeginProcessor([0], 1), [0, 0], [5]), [-Infinity, 0]);
    assert.deepEqual(run(suppressTokensAtBeginProcessor([0], 1), [0, 0], [5, 5]), [0, 0]);
  });

  it("forcedTokensProcessor() leaves the forced token alone", () => {
    assert.deepEqual(run(forcedTokensProcessor(1, [1]), [3, 2], [5]), [-Infinity, 0]);
  });

  it("exponentialDecayLengthProcessor() leaves an end alone that is forbidden", () => {
    const processor = exponentialDecayLengthProcessor([0, 2], { promptLength: 1, eosTokenIds: [1] });
    const scores = new Float32Array([1, -Infinity]);
    processor(scores, [7, 7, 7]);
    assert.deepEqual([...scores], [1, -Infinity]);
  });

  it("exponentialDecayLengthProcessor() raises the end's score beyond the start", () => {
    const processor = exponentialDecayLengthProcessor([1, 2], { promptLength: 1, eosTokenIds: [1] });
    assert.deepEqual(run(processor, [1, -2], [5, 5]), [1, -2]);
    assert.deepEqual(run(processor, [1, -2], [5, 5, 5, 5]), [1, 4]);
  });

  it("infNanRemoveProcessor makes every score finite", () => {
    const [nan, low, high] = run(infNanRemoveProcessor, [NaN, -Infinity, Infinity]);
    assert.deepEqual([nan, low], [0, -high!]);
    assert.ok(Number.isFinite(high));
  });
});

describe("largestIndices() and kthLargest()", () => {
  it("give what a full sort gives, the first of equals first", () => {
    const random = seededRandom(9);
    const values = Float32Array.from({ length: 500 }, () => random.int(40));
    const sorted = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
    for (const count of [1, 7, 100, 500, 600]) {
      assert.deepEqual(largestIndices(values, count), sorted.slice(0, count));
    }
    assert.equal(kthLargest(values, 30), values[sorted[29]!]);
  });
});
