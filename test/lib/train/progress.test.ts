/** How a run is shown: a bar on a terminal, lines in a log, a line and a figure in a notebook. */
import assert from "node:assert/strict";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import {
  liveTraining,
  progressMime,
  terminalProgress,
  Trainer,
  TrainingArguments,
  type TrainerCallback,
} from "../../../lib/train/index.ts";
import { displaySymbol, type Screen } from "../../../lib/viz/index.ts";
import { clocked } from "../../support/clocked.ts";
import { fixture } from "../../support/paths.ts";

const rows = Array.from({ length: 8 }, (_, row) => {
  const inputIds = [5 + row, 6, 7, 8];
  return { inputIds, labels: inputIds };
});

async function train(callbacks: TrainerCallback[], options: { disableTqdm?: boolean; fails?: boolean } = {}) {
  await setBackend("wasm");
  const model = await AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));
  const { fails = false, ...rest } = options;
  const failing: TrainerCallback = {
    onStepBegin: ({ step }) => {
      if (fails && step === 3) throw new Error("stop here");
    },
  };
  const args = new TrainingArguments({
    ...{ maxSteps: 4, perDeviceTrainBatchSize: 2, perDeviceEvalBatchSize: 8, evalSteps: 2, loggingSteps: 1 },
    ...rest,
  });
  const trainer = new Trainer({
    model,
    args,
    trainDataset: rows,
    evalDataset: rows,
    callbacks: [...callbacks, failing],
  });
  try {
    await trainer.train();
  } finally {
    model.root.dispose();
  }
}

/** A clock that goes on by a second a look. */
const ticking = (): (() => number) => {
  let time = 0;
  return () => (time += 1000);
};

describe("terminalProgress()", () => {
  function screen(isTTY: boolean): Screen & { text: string } {
    return {
      ...{ text: "", isTTY, columns: 100 },
      write(text: string) {
        this.text += text;
      },
    };
  }

  it("shows a bar with loss and time left on a terminal, a line for each evaluation, and nothing in the end", async () => {
    const terminal = screen(true);
    await train([terminalProgress(terminal, { now: ticking() })]);
    const shown = terminal.text.split("\r\u001b[2K");
    assert.match(shown[0]!, /^train {2}█+░+ {2}1\/4 steps · loss \d\.\d{3} · [\d,]+ tok\/s · .* left$/);
    assert.equal(terminal.text.match(/step \d {2}evaluation loss \d\.\d{4}\n/g)?.length, 2);
    assert.doesNotMatch(shown.at(-1)!, /steps/);
  });

  it("writes lines where there is no terminal", async () => {
    const log = screen(false);
    let time = 0;
    await train([terminalProgress(log, { now: () => (time += 6000) })]);
    assert.match(log.text, /^train: 1\/4 steps · loss .* \(25 %\)\n/);
    assert.doesNotMatch(log.text, /\u001b/);
  });

  it("waits for as long as it is told before it shows anything", async () => {
    const terminal = screen(true);
    await train([terminalProgress(terminal, { after: 1e6, now: ticking() })]);
    assert.equal(terminal.text, "");
  });
});

describe("a trainer's own progress", () => {
  const written = (run: () => Promise<void>, isTTY = true): Promise<string> => clocked(1000, run, { isTTY });

  it("is shown on a terminal, and taken away when the run ends by an error", async () => {
    assert.match(await written(() => train([])), /steps · loss/);
    const text = await written(() => assert.rejects(train([], { fails: true }), /stop here/));
    assert.match(text, /steps · loss/);
    assert.ok(text.endsWith("\u001b[2K"));
  });

  it("is not shown where it is not wanted, where another callback shows it, or where there is no terminal", async () => {
    assert.equal(await written(() => train([], { disableTqdm: true })), "");
    assert.equal(await written(() => train([liveTraining(() => ({ update: () => undefined }))])), "");
    assert.equal(await written(() => train([]), false), "");
    assert.match(await written(() => train([], { disableTqdm: false }), false), /steps · loss/);
  });
});

describe("liveTraining()", () => {
  it("shows one line and one figure, and updates both", async () => {
    const shown: { values: unknown[] }[] = [];
    const display = (value: unknown) => {
      const values = [value];
      shown.push({ values });
      return { update: (next: unknown) => void values.push(next) };
    };
    await train([liveTraining(display, { label: "fine-tune" })]);
    assert.equal(shown.length, 2);
    const bundle = (value: unknown) =>
      (value as { [displaySymbol](): Record<string, unknown> })[displaySymbol]();
    const line = bundle(shown[0]!.values.at(-1));
    assert.match(String(line["text/plain"]), /^fine-tune: 4\/4 steps · loss /);
    assert.equal((line[progressMime] as { step: number }).step, 4);
    const figure = bundle(shown[1]!.values.at(-1))["application/vnd.plotly.v1+json"] as {
      data: { name: string; x: number[] }[];
    };
    assert.deepEqual(
      figure.data.map(({ name, x }) => [name, x]),
      [
        ["training", [1, 2, 3, 4]],
        ["evaluation", [2, 4]],
      ],
    );
  });
});
