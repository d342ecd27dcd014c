/** Tokenizing before training: how far it is, in pieces, and stopped. */
import assert from "node:assert/strict";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import type { CausalLanguageModel } from "../../../lib/nn/index.ts";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  CPOConfig,
  CPOTrainer,
  DPOConfig,
  DPOTrainer,
  KTOConfig,
  KTOTrainer,
  liveTraining,
  ORPOConfig,
  ORPOTrainer,
  progressMime,
  SFTConfig,
  SFTTrainer,
  type CreateOptions,
  type DPORow,
  type KTORow,
  type Progress,
  type SFTRow,
  type TrainerCallback,
  type TrainingLoop,
} from "../../../lib/train/index.ts";
import type { PreTrainedTokenizer } from "../../../lib/tokenizer/index.ts";
import { displaySymbol } from "../../../lib/viz/index.ts";
import { clocked } from "../../support/clocked.ts";
import { fixture } from "../../support/paths.ts";
import { tokenizerOfRuns } from "../../support/preference.ts";

/** The rows, each after 4 ms of work. */
function* slowly<Row>(rows: Iterable<Row>): Generator<Row> {
  for (const row of rows) {
    for (const until = performance.now() + 4; performance.now() < until;);
    yield row;
  }
}

/** What every kind of trainer is made of. */
interface Given<Row> {
  model: CausalLanguageModel;
  tokenizer: PreTrainedTokenizer;
  trainDataset: Iterable<Row>;
  evalDataset?: Iterable<Row>;
  callbacks?: TrainerCallback[];
}

type Trained = Pick<TrainingLoop<unknown>, "trainDataset"> & { droppedRows: number; mismatchedRows: number };

/** A kind of trainer, made in both ways. */
interface Kind<Row> {
  row: (number: number) => Row;
  atOnce: (given: Given<Row>) => Trained;
  inTurns: (given: Given<Row>, run?: CreateOptions) => Promise<Trained>;
}

const settings = { maxSteps: 1, perDeviceTrainBatchSize: 2, maxLength: 16 };
const packed = new SFTConfig({ ...settings, packing: true });
const sft = new SFTConfig(settings);
const dpo = new DPOConfig(settings);
const cpo = new CPOConfig(settings);
const orpo = new ORPOConfig(settings);
const kto = new KTOConfig(settings);

const text = (number: number): SFTRow => ({ text: `The patient is well ${number}` });
const prompt = "Is he well?";
const pair = (number: number): DPORow => ({ prompt, chosen: ` Yes ${number}`, rejected: " No, not at all" });
const verdict = (number: number): KTORow => ({
  prompt,
  completion: ` Yes ${number}`,
  label: number % 2 === 0,
});

/** Rows of any kind are given to it as what they are. */
const kind = <Row>(of: Kind<Row>): Kind<unknown> => of as Kind<unknown>;

const kinds: Record<string, Kind<unknown>> = {
  SFTTrainer: kind<SFTRow>({
    row: text,
    atOnce: (given) => new SFTTrainer({ ...given, args: sft }),
    inTurns: (given, run) => SFTTrainer.create({ ...given, args: sft }, run),
  }),
  "SFTTrainer that packs": kind<SFTRow>({
    row: text,
    atOnce: (given) => new SFTTrainer({ ...given, args: packed }),
    inTurns: (given, run) => SFTTrainer.create({ ...given, args: packed }, run),
  }),
  DPOTrainer: kind<DPORow>({
    row: pair,
    atOnce: (given) => new DPOTrainer({ ...given, args: dpo }),
    inTurns: (given, run) => DPOTrainer.create({ ...given, args: dpo }, run),
  }),
  CPOTrainer: kind<DPORow>({
    row: pair,
    atOnce: (given) => new CPOTrainer({ ...given, args: cpo }),
    inTurns: (given, run) => CPOTrainer.create({ ...given, args: cpo }, run),
  }),
  ORPOTrainer: kind<DPORow>({
    row: pair,
    atOnce: (given) => new ORPOTrainer({ ...given, args: orpo }),
    inTurns: (given, run) => ORPOTrainer.create({ ...given, args: orpo }, run),
  }),
  KTOTrainer: kind<KTORow>({
    row: verdict,
    atOnce: (given) => new KTOTrainer({ ...given, args: kto }),
    inTurns: (given, run) => KTOTrainer.create({ ...given, args: kto }, run),
  }),
  "KTOTrainer of pairs": kind<KTORow>({
    row: pair,
    atOnce: (given) => new KTOTrainer({ ...given, args: kto }),
    inTurns: (given, run) => KTOTrainer.create({ ...given, args: kto }, run),
  }),
};

const stepsOf = (told: readonly Progress[], label: string): [number, number][] =>
  told.filter((progress) => progress.label === label).map(({ step, total }) => [step, total]);

describe("the data of", () => {
  let parts: Pick<Given<unknown>, "model" | "tokenizer">;
  before(async () => {
    await setBackend("wasm");
    const base = await AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));
    const model = getPeftModel(base, new LoraConfig({ r: 1, targetModules: "all-linear" }));
    parts = { model, tokenizer: await tokenizerOfRuns() };
  });
  after(() => parts.model.root.dispose());

  for (const [name, { row, atOnce, inTurns }] of Object.entries(kinds)) {
    describe(name, () => {
      const rows = (count: number): unknown[] => Array.from({ length: count }, (_, number) => row(number));

      for (const [way, make] of [
        ["the constructor", (given: Given<unknown>): unknown => atOnce(given)],
        ["create()", (given: Given<unknown>): unknown => inTurns(given)],
      ] as const) {
        it(`tells callbacks how far it is when ${way} takes longer than a second`, async () => {
          const told: Progress[] = [];
          const callbacks = [{ onDataPreparation: (progress: Progress) => void told.push(progress) }];
          const given = {
            ...parts,
            trainDataset: rows(6),
            evalDataset: new Set(rows(2)).values(),
            callbacks,
          };
          await clocked(600, () => make(given));
          assert.deepEqual(stepsOf(told, "tokenize train").at(-1), [6, 6]);
          const first = told.find(({ step }) => step > 0);
          assert.ok(
            first!.step < 6 && first!.total === 6 && first!.unit === "rows" && first!.etaSeconds! > 0,
          );
          // How many rows an iterator has is not known before its end.
          assert.deepEqual(stepsOf(told, "tokenize eval").slice(-2), [
            [2, 0],
            [2, 2],
          ]);
          told.length = 0;
          await clocked(1, () => make({ ...parts, trainDataset: rows(6), callbacks }));
          assert.deepEqual(told, []);
        });

        it(`shows a bar on a terminal in ${way}, and takes it away, even when a row is refused`, async () => {
          const isTTY = true;
          const shown = await clocked(600, () => make({ ...parts, trainDataset: rows(9) }), { isTTY });
          assert.match(shown, /tokenize train {2}█.*\d\/9 rows · [\d.]+ s left/);
          assert.ok(shown.endsWith("\u001b[2K"));
          const secret = { text: 3, prompt: "Mr Smith", completion: 3, label: true };
          const given = { ...parts, trainDataset: [...rows(9), secret] };
          const refusal = /row 9 (?!.*Smith)/;
          const wrong = await clocked(
            600,
            () => assert.rejects(async () => await make(given), { code: "E_DATASET", message: refusal }),
            { isTTY },
          );
          // Pairs that become single answers are read together before the first of them is tokenized.
          if (name !== "KTOTrainer of pairs") assert.match(wrong, /\/10 rows/);
          if (wrong !== "") assert.ok(wrong.endsWith("\u001b[2K"));
        });
      }

      it("is the same from create() as from the constructor, and other work goes on meanwhile", async () => {
        let turns = 0;
        const count = setInterval(() => turns++, 1);
        const made = await inTurns({ ...parts, trainDataset: slowly(rows(40)) });
        clearInterval(count);
        const whole = atOnce({ ...parts, trainDataset: rows(40) });
        assert.deepEqual(made.trainDataset, whole.trainDataset);
        assert.equal(made.droppedRows, whole.droppedRows);
        assert.equal(made.mismatchedRows, whole.mismatchedRows);
        assert.equal(made.constructor, whole.constructor);
        assert.ok(turns >= 2, `${turns} turns`);
      });

      it("can be stopped, says after how many rows, and shows nothing of them", async () => {
        let closed = false;
        function* endless(): Generator {
          try {
            for (let number = 0; ; number++) yield row(number);
          } finally {
            closed = true;
          }
        }
        const stop = new AbortController();
        setTimeout(() => stop.abort(new Error("enough")), 60);
        const { signal } = stop;
        await assert.rejects(inTurns({ ...parts, trainDataset: endless() }, { signal }), (error: Error) => {
          assert.equal((error as Error & { code?: string }).code, "E_INTERRUPTED");
          assert.match(error.message, /"tokenize train".* after [1-9]\d* rows/);
          assert.equal((error.cause as Error).message, "enough");
          assert.doesNotMatch(error.message, /patient|Yes/);
          return true;
        });
        assert.ok(closed);
        const aborted = { signal: AbortSignal.abort() };
        await assert.rejects(inTurns({ ...parts, trainDataset: rows(2) }, aborted), {
          code: "E_INTERRUPTED",
        });
      });
    });
  }

  it("SFTTrainer is a line of its own in a notebook", async () => {
    const shown: unknown[][] = [];
    const display = (value: unknown) => {
      const values = [value];
      shown.push(values);
      return { update: (next: unknown) => void values.push(next) };
    };
    const trainDataset = Array.from({ length: 6 }, (_, number) => text(number));
    const callbacks = [liveTraining(display)];
    await clocked(600, () => new SFTTrainer({ ...parts, trainDataset, callbacks, args: sft }));
    assert.equal(shown.length, 1);
    const last = shown[0]!.at(-1) as { [displaySymbol](): Record<string, unknown> };
    assert.equal(last[displaySymbol]()["text/plain"], "tokenize train: 6/6 rows (100 %)");
    assert.equal((last[displaySymbol]()[progressMime] as Progress).step, 6);
  });

  it("preferences is not tokenized where there is no reference, or KTO's micro-batch is of one row", async () => {
    const model = await AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));
    function* untouched(): Generator<DPORow> {
      yield assert.fail("a row was read");
    }
    const { tokenizer } = parts;
    const whole = { model, tokenizer, trainDataset: untouched() };
    await assert.rejects(DPOTrainer.create({ ...whole, args: dpo }), {
      code: "E_CONFIG",
      message: /refModel/,
    });
    await assert.rejects(KTOTrainer.create({ ...whole, args: kto }), {
      code: "E_CONFIG",
      message: /refModel/,
    });
    const args = new KTOConfig({ ...settings, perDeviceTrainBatchSize: 1 });
    await assert.rejects(KTOTrainer.create({ ...parts, trainDataset: untouched(), args }), {
      ...{ code: "E_CONFIG", message: /at least 2/ },
    });
    model.root.dispose();
  });
});
