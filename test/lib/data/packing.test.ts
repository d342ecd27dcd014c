/** Packing follows TRL's to the token, and never trains on a token that its own text does not predict. */
import assert from "node:assert/strict";
import fs from "node:fs";
import {
  collate,
  packDataset,
  packingStrategies,
  textsOf,
  type PackingStrategy,
  type TokenizedRow,
} from "../../../lib/data/index.ts";
import { fixture } from "../../support/paths.ts";

const { input_ids: texts, cases } = JSON.parse(
  fs.readFileSync(fixture("packing", "expected.json"), "utf8"),
) as {
  input_ids: number[][];
  cases: {
    seq_length: number;
    strategy: PackingStrategy;
    packed: { input_ids: number[][]; seq_lengths?: number[][] };
  }[];
};
const rows: TokenizedRow[] = texts.map((inputIds) => ({ inputIds, labels: inputIds }));

describe("packDataset()", () => {
  for (const { seq_length: length, strategy, packed } of cases) {
    it(`gives TRL's rows when it packs into ${length} by ${strategy}`, () => {
      const found = packDataset(rows, length, strategy);
      assert.deepEqual(
        found.map((row) => row.inputIds),
        packed.input_ids,
      );
      if (!packed.seq_lengths) return;
      assert.deepEqual(
        found.map((row) => textsOf(row).map(({ start, end }) => end - start)),
        packed.seq_lengths,
      );
    });
  }

  it("asks no label of a text's first token, and keeps all others", () => {
    for (const strategy of packingStrategies) {
      for (const row of packDataset(rows, 8, strategy)) {
        row.positionIds!.forEach((position, at) =>
          assert.equal(row.labels[at], position === 0 ? -100 : row.inputIds[at], strategy),
        );
      }
    }
  });

  it("keeps the labels of each text beside its tokens", () => {
    const masked = [
      { inputIds: [1, 2, 3], labels: [-100, -100, 3] },
      { inputIds: [4, 5], labels: [-100, 5] },
    ];
    assert.deepEqual(packDataset(masked, 5), [
      { inputIds: [1, 2, 3, 4, 5], labels: [-100, -100, 3, -100, 5], positionIds: [0, 1, 2, 0, 1] },
    ]);
  });

  it("refuses rows that are packed already, an impossible length and an unknown strategy", () => {
    assert.throws(() => packDataset(packDataset(rows, 8), 8), { code: "E_DATASET" });
    assert.throws(() => packDataset(rows, 1), { code: "E_CONFIG" });
    assert.throws(() => packDataset(rows, 8, "best" as PackingStrategy), { code: "E_CONFIG" });
  });
});

describe("collate()", () => {
  it("gives positions in place of a mask when a row is packed", () => {
    const packed = { inputIds: [1, 2, 3], labels: [-100, 2, -100], positionIds: [0, 1, 0] };
    const batch = collate([packed, { inputIds: [4, 5], labels: [4, 5] }], 9, { padToMultipleOf: 4 });
    assert.deepEqual(batch, {
      inputIds: [
        [1, 2, 3, 9],
        [4, 5, 9, 9],
      ],
      labels: [
        [-100, 2, -100, -100],
        [4, 5, -100, -100],
      ],
      positionIds: [
        [0, 1, 0, 0],
        [0, 1, 0, 0],
      ],
    });
  });

  it("refuses packed rows beside rows with padding of their own", () => {
    const packed = { inputIds: [1, 2], labels: [-100, -100], positionIds: [0, 0] };
    const padded = { inputIds: [1, 2], labels: [1, -100], attentionMask: [1, 0] };
    assert.throws(() => collate([packed, padded], 0), { code: "E_DATASET" });
  });
});
