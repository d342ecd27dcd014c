/** Tokenizing before training: how far it is, in pieces, and stopped. */
import assert from "node:assert/strict";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import type { CausalLanguageModel } from "../../../lib/nn/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  liveTraining,
  progressMime,
  SFTConfig,
  SFTTrainer,
  type Progress,
  type SFTTokenizer,
  type SFTTrainerOptions,
} from "../../../lib/train/index.ts";
import { displaySymbol } from "../../../lib/viz/index.ts";
import { chatmlTokenizer } from "../../support/chatml.ts";
import { fixture } from "../../support/paths.ts";

const texts = (count: number, text = "The patient is well"): { text: string }[] =>
  Array.from({ length: count }, (_, row) => ({ text: `${text} ${row}` }));

/** The rows, each after 4 ms of work. */
function* slowly<Row>(rows: Iterable<Row>): Generator<Row> {
  for (const row of rows) {
    for (const until = performance.now() + 4; performance.now() < until;);
    yield row;
  }
}

/** Runs something with a clock that goes on by so many milliseconds a look; gives what is written to stderr meanwhile. */
async function clocked(step: number, run: () => unknown, { isTTY = false } = {}): Promise<string> {
  const { stderr } = process;
  const [write, before] = [stderr.write.bind(stderr), stderr.isTTY];
  const now = performance.now.bind(performance);
  let [time, text] = [0, ""];
  performance.now = () => (time += step);
  stderr.write = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  stderr.isTTY = isTTY;
  try {
    await run();
  } finally {
    performance.now = now;
    stderr.write = write;
    stderr.isTTY = before;
  }
  return text;
}

describe("SFTTrainer's data", () => {
  let tokenizer: SFTTokenizer;
  let model: CausalLanguageModel;
  before(async () => {
    await setBackend("wasm");
    tokenizer = await chatmlTokenizer({ marked: false });
    model = await AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));
  });
  after(() => model.root.dispose());
  const options = (rows: Iterable<{ text: string }>, packing = false) => ({
    ...{ model, tokenizer, trainDataset: rows },
    args: new SFTConfig({ maxSteps: 1, perDeviceTrainBatchSize: 1, maxLength: 16, packing }),
  });

  for (const [way, make] of [
    ["the constructor", (given) => new SFTTrainer(given)],
    ["create()", (given) => SFTTrainer.create(given)],
  ] as [string, (given: SFTTrainerOptions) => unknown][]) {
    it(`tells callbacks how far it is when ${way} takes longer than a second`, async () => {
      const told: Progress[] = [];
      const callbacks = [{ onDataPreparation: (progress: Progress) => void told.push(progress) }];
      const given = { ...options(texts(6)), evalDataset: new Set(texts(2)).values(), callbacks };
      await clocked(600, () => make(given));
      const of = (label: string) => told.filter((progress) => progress.label === label);
      assert.deepEqual(
        of("tokenize train")
          .map(({ step, total }) => [step, total])
          .at(-1),
        [6, 6],
      );
      const [first] = of("tokenize train");
      assert.ok(first!.step < 6 && first!.total === 6 && first!.unit === "rows" && first!.etaSeconds! > 0);
      // How many rows an iterator has is not known before its end.
      assert.deepEqual(
        of("tokenize eval")
          .map(({ step, total }) => [step, total])
          .slice(-2),
        [
          [2, 0],
          [2, 2],
        ],
      );
      told.length = 0;
      await clocked(1, () => make({ ...options(texts(6)), callbacks }));
      assert.deepEqual(told, []);
    });

    it(`shows a bar on a terminal in ${way}, and takes it away, even when a row is refused`, async () => {
      const shown = await clocked(600, () => make(options(texts(9))), { isTTY: true });
      assert.match(shown, /tokenize train {2}█.*\d\/9 rows · [\d.]+ s left/);
      assert.ok(shown.endsWith("\u001b[2K"));
      const rows = [...texts(9), { text: 3 as unknown as string }];
      const wrong = await clocked(
        600,
        () => assert.rejects(async () => await make(options(rows)), { code: "E_DATASET", message: /row 9/ }),
        { isTTY: true },
      );
      assert.match(wrong, /\/10 rows/);
      assert.ok(wrong.endsWith("\u001b[2K"));
    });
  }

  it("is a line of its own in a notebook", async () => {
    const shown: unknown[][] = [];
    const display = (value: unknown) => {
      const values = [value];
      shown.push(values);
      return { update: (next: unknown) => void values.push(next) };
    };
    await clocked(600, () => new SFTTrainer({ ...options(texts(6)), callbacks: [liveTraining(display)] }));
    assert.equal(shown.length, 1);
    const last = shown[0]!.at(-1) as { [displaySymbol](): Record<string, unknown> };
    assert.equal(last[displaySymbol]()["text/plain"], "tokenize train: 6/6 rows (100 %)");
    assert.equal((last[displaySymbol]()[progressMime] as Progress).step, 6);
  });

  it("is the same from create() as from the constructor, and other work goes on meanwhile", async () => {
    for (const packing of [false, true]) {
      let turns = 0;
      const count = setInterval(() => turns++, 1);
      const inTurns = await SFTTrainer.create(options(slowly(texts(40)), packing));
      clearInterval(count);
      const atOnce = new SFTTrainer(options(texts(40), packing));
      assert.deepEqual(inTurns.trainDataset, atOnce.trainDataset);
      assert.equal(inTurns.cutRows, atOnce.cutRows);
      assert.ok(turns >= 2, `${turns} turns`);
      assert.ok(inTurns instanceof SFTTrainer);
    }
  });

  it("can be stopped, says after how many rows, and shows nothing of them", async () => {
    const secret = "Mr Smith";
    let closed = false;
    function* rows(): Generator<{ text: string }> {
      try {
        for (;;) yield { text: secret };
      } finally {
        closed = true;
      }
    }
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 60);
    await assert.rejects(SFTTrainer.create(options(rows()), { signal: stop.signal }), (error: Error) => {
      assert.equal((error as Error & { code?: string }).code, "E_INTERRUPTED");
      assert.match(error.message, /"tokenize train".* after [1-9]\d* rows/);
      assert.equal((error.cause as Error).message, "enough");
      assert.ok(!error.message.includes(secret));
      return true;
    });
    assert.ok(closed);
    await assert.rejects(SFTTrainer.create(options(texts(2)), { signal: AbortSignal.abort() }), {
      code: "E_INTERRUPTED",
    });
  });
});
