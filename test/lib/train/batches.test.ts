/** Batches and SFT rows: padding is never trained on, answers and their end are. */
import assert from "node:assert/strict";
import { collate, packTexts } from "../../../lib/data/index.ts";
import { countTrainedTokens } from "../../../lib/labels.ts";
import { seededRandom } from "../../../lib/random.ts";
import { sampleOrder, SFTConfig, tokenizeSFTRow, type SFTTokenizer } from "../../../lib/train/index.ts";

const characters: SFTTokenizer = {
  encode: (text) => Array.from(text, (character) => character.charCodeAt(0)),
  eosTokenId: 0,
  padTokenId: 1,
};

describe("tokenizeSFTRow()", () => {
  it("trains on the completion and the end of the text, not on the prompt", () => {
    const row = tokenizeSFTRow({ prompt: "ab", completion: "c" }, characters, new SFTConfig());
    assert.deepEqual(row, { inputIds: [97, 98, 99, 0], labels: [-100, -100, 99, 0] });
  });

  it("trains on everything when completionOnlyLoss is false or the row is a text", () => {
    const all = new SFTConfig({ completionOnlyLoss: false });
    assert.deepEqual(tokenizeSFTRow({ prompt: "a", completion: "b" }, characters, all).labels, [97, 98, 0]);
    assert.deepEqual(tokenizeSFTRow({ text: "ab" }, characters, new SFTConfig()).labels, [97, 98, 0]);
  });

  it("cuts at maxLength", () => {
    const row = tokenizeSFTRow(
      { prompt: "abc", completion: "d" },
      characters,
      new SFTConfig({ maxLength: 3 }),
    );
    assert.equal(row.inputIds.length, 3);
    assert.equal(countTrainedTokens(row.labels), 0);
  });
});

describe("collate()", () => {
  it("pads tokens, masks and labels on the right", () => {
    const batch = collate(
      [
        { inputIds: [5], labels: [5] },
        { inputIds: [6, 7], labels: [-100, 7] },
      ],
      1,
    );
    assert.deepEqual(batch, {
      inputIds: [
        [5, 1],
        [6, 7],
      ],
      attentionMask: [
        [1, 0],
        [1, 1],
      ],
      labels: [
        [5, -100],
        [-100, 7],
      ],
    });
  });
});

describe("sampleOrder()", () => {
  const lengths = Array.from({ length: 21 }, (_, row) => (row * 7) % 10);
  for (const strategy of ["random", "sequential", "group_by_length"] as const) {
    it(`takes every row once when ${strategy}`, () => {
      const order = sampleOrder(lengths, { strategy, batchSize: 4, random: seededRandom(1) });
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        lengths.map((_, row) => row),
      );
    });
  }

  it("puts rows of like length into one batch when group_by_length", () => {
    const order = sampleOrder(lengths, {
      strategy: "group_by_length",
      batchSize: 4,
      random: seededRandom(1),
    });
    for (let at = 0; at + 4 <= order.length; at += 4) {
      const batch = order.slice(at, at + 4).map((row) => lengths[row]!);
      assert.ok(Math.max(...batch) - Math.min(...batch) <= 3, batch.join());
    }
  });
});

describe("packTexts()", () => {
  it("joins texts with the end token and drops the rest of the last block", () => {
    const rows = packTexts([[1, 2], [3], [4, 5, 6]], { blockLength: 3, eosTokenId: 0 });
    assert.deepEqual(
      rows.map((row) => row.inputIds),
      [
        [1, 2, 0],
        [3, 0, 4],
        [5, 6, 0],
      ],
    );
  });
});
