/** SFTTrainer beside TRL: what becomes of rows of every format, and the losses of the first steps. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { ResidencyError } from "../../../lib/errors.ts";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import type { CausalLanguageModel } from "../../../lib/nn/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  SFTConfig,
  SFTTrainer,
  type SFTConfigOptions,
  type SFTRow,
  type SFTTokenizer,
} from "../../../lib/train/index.ts";
import { chatmlTokenizer } from "../../support/chatml.ts";
import { preparedRows } from "../../support/sft.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Case {
  settings: Record<string, unknown>;
  template: "plain" | "marked";
  rows: Record<string, unknown>[];
  prepared: { input_ids: number[][]; labels: number[][]; seq_lengths?: number[][] };
  steps: { loss: number; grad_norm: number }[];
}

const { cases } = JSON.parse(fs.readFileSync(fixture("sft", "expected.json"), "utf8")) as {
  cases: Record<string, Case>;
};

const camelCase = (name: string): string =>
  name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
const inCamelCase = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [camelCase(name), value]));

/** What is not as in TRL, and why; that it differs is tested as well. */
const divergences: Record<string, string> = {
  "text of another field": "TRL adds the end-of-text token to the field named text alone",
  "text, packed wrapped": "TRL lets packed texts see each other here",
  "prompt and completion without a border": "TRL masks by the length of the prompt's own tokens",
};

const configOf = ({ settings }: Case): SFTConfig<string> =>
  new SFTConfig<string>({
    ...(inCamelCase(settings) as SFTConfigOptions<string>),
    ...{ maxSteps: 3, perDeviceTrainBatchSize: 2, gradientAccumulationSteps: 2, learningRate: 1e-2 },
    // Else the first step would be as large for a gradient that is noise as for any other.
    silenceWarnings: ["W_LARGE_BATCH", "W_NO_EOS", "W_PROMPT_BORDER", "W_ROWS_CUT", "W_ROWS_DROPPED"],
    ...{ adamEpsilon: 1e-4, loggingSteps: 1, trainSamplingStrategy: "sequential" },
  });

const rowsOf = (one: Case): SFTRow<string>[] => one.rows.map(inCamelCase) as unknown as SFTRow<string>[];

describe("SFTTrainer beside TRL", () => {
  let tokenizers: Record<"plain" | "marked", SFTTokenizer>;
  const loadModel = (): Promise<CausalLanguageModel> =>
    AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));

  before(async () => {
    await setBackend("wasm");
    tokenizers = {
      plain: await chatmlTokenizer({ marked: false }),
      marked: await chatmlTokenizer({ marked: true }),
    };
  });

  const prepared = (name: string) => {
    const one = cases[name]!;
    const config = configOf(one);
    const tokenizer = tokenizers[one.template];
    return preparedRows(rowsOf(one), { tokenizer, config, packing: config.packing });
  };

  async function train(one: Case, tokenizer = tokenizers[one.template]) {
    const model = await loadModel();
    const trainer = new SFTTrainer({ model, tokenizer, trainDataset: rowsOf(one), args: configOf(one) });
    await trainer.train();
    model.root.dispose();
    return trainer.state.logHistory;
  }

  for (const [name, one] of Object.entries(cases)) {
    if (name in divergences) continue;
    it(`makes the same tokens and labels of ${name}, and the same losses and gradient norms`, async () => {
      const { rows } = prepared(name);
      assert.deepEqual(
        rows.map(({ inputIds }) => inputIds),
        one.prepared.input_ids,
      );
      const { seq_lengths } = one.prepared;
      // Where texts are packed, TRL masks the first label of each in the batch.
      const starts = (row: number): Set<number> => {
        let at = 0;
        return new Set(seq_lengths?.[row]!.map((length) => (at += length) - length));
      };
      assert.deepEqual(
        rows.map(({ labels }) => labels),
        one.prepared.labels.map((labels, row) =>
          labels.map((label, at) => (starts(row).has(at) ? -100 : label)),
        ),
      );
      const log = await train(one);
      assert.equal(log.length, one.steps.length);
      log.forEach(({ loss, gradNorm }, index) => {
        const step = one.steps[index]!;
        assertClose(loss, step.loss, 5e-6 * step.loss, `loss of step ${index + 1}`);
        assertClose(gradNorm, step.grad_norm, 2e-5 * step.grad_norm, `norm of step ${index + 1}`);
      });
    });
  }

  it("finds the assistant's tokens in a template that does not mark them by what each message adds", () => {
    const one = cases["messages, assistant only"]!;
    const config = configOf(one);
    const { plain } = tokenizers;
    const refusing: SFTTokenizer = {
      ...plain,
      applyChatTemplate(messages, options) {
        if (!options.returnAssistantTokensMask) return plain.applyChatTemplate!(messages, options);
        throw new ResidencyError("E_CONFIG", "Cannot apply the chat template: it marks nothing");
      },
    };
    for (const tokenizer of [plain, refusing]) {
      const { rows } = preparedRows(rowsOf(one), { tokenizer, config, packing: false });
      assert.deepEqual(
        rows.map(({ labels }) => labels),
        one.prepared.labels,
      );
    }
  });

  it("ends a text of another field with the end-of-text token, which TRL does not", () => {
    const { rows } = prepared("text of another field");
    const { input_ids } = cases["text of another field"]!.prepared;
    rows.forEach(({ inputIds }, row) => {
      const theirs = input_ids[row]!;
      assert.deepEqual(inputIds, theirs.at(-1) === 642 ? theirs : [...theirs, 642]);
    });
    assert.ok(input_ids.some((ids) => ids.at(-1) !== 642));
  });

  it("packs wrapped texts into TRL's rows and trains them as if each piece were alone, which TRL does not", async () => {
    const one = cases["text, packed wrapped"]!;
    const { rows } = prepared("text, packed wrapped");
    assert.deepEqual(
      rows.map(({ inputIds }) => inputIds),
      one.prepared.input_ids,
    );
    const pieces = rows.flatMap(({ inputIds, positionIds }) => {
      const starts = positionIds!.flatMap((position, at) => (position === 0 ? [at] : []));
      return starts.map((start, index) => ({ inputIds: inputIds.slice(start, starts[index + 1]) }));
    });
    const alone: Case = {
      ...{ rows: pieces, template: "plain", prepared: one.prepared, steps: [] },
      settings: { max_steps: 1, per_device_train_batch_size: pieces.length },
    };
    const packed: Case = { ...one, settings: { ...one.settings, per_device_train_batch_size: 8 } };
    const oneStep = async (given: Case): Promise<number> => {
      const model = await loadModel();
      const args = new SFTConfig<string>({
        ...(inCamelCase(given.settings) as SFTConfigOptions<string>),
        ...{ maxSteps: 1, loggingSteps: 1, silenceWarnings: ["W_NO_EOS", "W_LARGE_BATCH"] },
      });
      const trainer = new SFTTrainer({
        ...{ model, tokenizer: tokenizers.plain, trainDataset: rowsOf(given), args },
      });
      await trainer.train();
      model.root.dispose();
      return trainer.state.logHistory[0]!.loss!;
    };
    const [together, apart] = [await oneStep(packed), await oneStep(alone)];
    assertClose(together, apart, 5e-6 * apart);
    const [{ loss: ours }] = (await train(one)) as unknown as [{ loss: number }];
    assert.ok(Math.abs(ours - one.steps[0]!.loss) > 1e-3, "TRL's texts see each other");
  });

  it("keeps the prompt's own tokens where one would reach over its border, and counts the row", () => {
    const name = "prompt and completion without a border";
    const { rows, counts } = prepared(name);
    const { input_ids } = cases[name]!.prepared;
    assert.equal(counts.mismatched, 1);
    const own = tokenizers.plain.encode("the lic");
    const [row, other] = rows;
    assert.deepEqual(row!.inputIds.slice(0, own.length), own);
    assert.equal(
      row!.labels.findIndex((label) => label !== -100),
      own.length,
    );
    assert.notDeepEqual(row!.inputIds, input_ids[0]);
    assert.deepEqual(other!.inputIds, input_ids[1]);
  });
});
