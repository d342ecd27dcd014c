/** What trainers on preferences warn of: answers that are cut, that do not end, and that begin twice. */
import assert from "node:assert/strict";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  CPOConfig,
  CPOTrainer,
  DPOConfig,
  DPOTrainer,
  KTOConfig,
  KTOTrainer,
  ORPOConfig,
  ORPOTrainer,
  tokenizePairs,
  type DPORow,
  type PreferenceTokenizer,
  type TrainingWarning,
} from "../../../lib/train/index.ts";
import { policy, reference } from "../../support/preference.ts";

/** The token of beginning, and the end-of-text token of the fixture's model. */
const [bos, end] = [641, 642];

/** Texts are token numbers. */
const numbers: PreferenceTokenizer = {
  encode: (text) => text.split(" ").filter(Boolean).map(Number),
  ...{ eosTokenId: end, bosTokenId: bos, padTokenId: 0 },
};

/** With its end-of-text token, the first pair has 4 and 4 tokens, the second 7 and 4. */
const pairs: [DPORow, DPORow] = [
  { prompt: "10 11", chosen: " 12", rejected: " 13" },
  { prompt: "20 21", chosen: " 22 23 24 25", rejected: " 26" },
];

interface Given {
  rows: readonly DPORow[];
  tokenizer?: PreferenceTokenizer;
  maxLength?: number;
}

/** The warnings of a run of one step of each kind. */
const kinds: Record<string, (given: Given) => Promise<TrainingWarning[]>> = {};
for (const kind of ["DPO", "ORPO", "CPO", "KTO"] as const) {
  kinds[kind] = async ({ rows, tokenizer = numbers, maxLength = 8 }) => {
    const warnings: TrainingWarning[] = [];
    const model = await policy();
    const settings = { maxSteps: 1, perDeviceTrainBatchSize: 2, maxLength } as const;
    const options = {
      ...{ model, tokenizer, trainDataset: rows },
      onWarning: (warning: TrainingWarning) => warnings.push(warning),
    };
    switch (kind) {
      case "DPO":
        await new DPOTrainer({
          ...options,
          args: new DPOConfig({ ...settings, referenceFree: true }),
        }).train();
        break;
      case "ORPO":
        await new ORPOTrainer({ ...options, args: new ORPOConfig(settings) }).train();
        break;
      case "CPO":
        await new CPOTrainer({ ...options, args: new CPOConfig(settings) }).train();
        break;
      case "KTO": {
        const refModel = await reference();
        await new KTOTrainer({ ...options, refModel, args: new KTOConfig(settings) }).train();
        refModel.root.dispose();
      }
    }
    model.root.dispose();
    return warnings;
  };
}

const codesOf = (warnings: readonly TrainingWarning[]): string[] => warnings.map(({ code }) => code);

describe("preference lints", () => {
  before(() => setBackend("wasm"));

  for (const [kind, warningsOf] of Object.entries(kinds)) {
    it(`find nothing in good rows of ${kind}`, async () => {
      assert.deepEqual(await warningsOf({ rows: pairs }), []);
    });

    it(`warn of answers of ${kind} that are cut`, async () => {
      const warnings = await warningsOf({ rows: pairs, maxLength: 5 });
      assert.deepEqual(codesOf(warnings), ["W_ROWS_CUT"]);
      // KTO counts answers, the others pairs.
      assert.match(
        warnings[0]!.message,
        new RegExp(`^1 of ${kind === "KTO" ? 4 : 2} rows are longer than maxLength 5`),
      );
    });

    it(`warn when no wanted answer of ${kind} ends any more`, async () => {
      const warnings = await warningsOf({ rows: [pairs[1], pairs[1]], maxLength: 5 });
      assert.deepEqual(codesOf(warnings), ["W_NO_EOS", "W_ROWS_CUT"]);
      assert.match(warnings[0]!.message, /token \(642\) ends no row.*eos_token_id/);
    });

    it(`warn of rows of ${kind} that begin twice`, async () => {
      const tokenizer = { ...numbers, encode: (text: string) => [bos, bos, ...numbers.encode(text)] };
      assert.deepEqual(codesOf(await warningsOf({ rows: pairs, tokenizer, maxLength: 16 })), [
        "W_DOUBLE_BOS",
      ]);
    });
  }

  it("count what trainers leave out and cut", async () => {
    const [model, refModel] = [await policy(), await reference()];
    const rows: DPORow[] = [...pairs, { prompt: "30 31 32 33 34", chosen: " 35", rejected: " 36" }];
    const settings = { maxSteps: 1, perDeviceTrainBatchSize: 2, maxLength: 5 } as const;
    const parts = { model, tokenizer: numbers, trainDataset: rows };
    const { cutRows, droppedRows } = new ORPOTrainer({ ...parts, args: new ORPOConfig(settings) });
    assert.deepEqual({ cutRows, droppedRows }, { cutRows: 2, droppedRows: 1 });
    const kto = new KTOTrainer({ ...parts, refModel, args: new KTOConfig(settings) });
    assert.deepEqual([kto.cutRows, kto.droppedRows], [3, 2]);
    for (const used of [model, refModel]) used.root.dispose();
  });
});

describe("tokenizePairs()", () => {
  const truncation = { maxLength: 5, maxPromptLength: null, truncationMode: "keep_start" } as const;

  it("says how many rows were cut, which a shortened prompt alone is not", () => {
    const counts = ({ given, cut }: ReturnType<typeof tokenizePairs>): object => ({ given, cut });
    assert.deepEqual(counts(tokenizePairs(pairs, numbers, truncation)), { given: 2, cut: 1 });
    const shortened = { ...truncation, maxLength: 6, maxPromptLength: 1 };
    assert.deepEqual(counts(tokenizePairs(pairs, numbers, shortened)), { given: 2, cut: 0 });
    assert.equal(tokenizePairs(pairs, numbers, { ...truncation, maxLength: null }).cut, 0);
  });

  it("counts a row whose prompt alone begins twice once", () => {
    const rows = [{ ...pairs[0], prompt: `${bos} ${bos} 10` } as DPORow, pairs[1]];
    assert.equal(tokenizePairs(rows, numbers, truncation).doubledBos, 1);
  });
});
