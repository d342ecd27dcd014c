/** Runs of random settings log, evaluate and save when transformers' Trainer does, with its figures. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TokenizedRow } from "../../../lib/data/index.ts";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments, type TrainingArgumentsOptions } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Row {
  input_ids: number[];
  labels: number[];
}

/** "log", "eval" or "save", the step, the epoch and figures. */
type Event = [string, number, number, ...number[]];

interface Run {
  model: string;
  args: Record<string, unknown>;
  train: Row[];
  evaluation: Row[];
  events: Event[];
}

const runs = JSON.parse(fs.readFileSync(fixture("train", "random", "expected.json"), "utf8")) as Run[];

const camelCase = (fields: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value as unknown,
    ]),
  );

/** Arguments under the library's names; a warm-up below 1 is a share of the steps. */
function argumentsOf({ args }: Run, outputDir: string): TrainingArguments {
  const { warmupSteps, lrSchedulerKwargs, evalStrategy, evalSteps, ...rest } = camelCase(args);
  const warmup = warmupSteps as number;
  return new TrainingArguments({
    ...rest,
    ...(warmup < 1 ? { warmupRatio: warmup } : { warmupSteps: warmup }),
    ...{ lrSchedulerKwargs: camelCase(lrSchedulerKwargs as object), evalStrategy },
    ...(evalStrategy === "steps" && { evalSteps }),
    ...{ outputDir, disableTqdm: true, evalLossWeighting: "row", trainSamplingStrategy: "sequential" },
  } as TrainingArgumentsOptions);
}

const rowsOf = (rows: readonly Row[]): TokenizedRow[] =>
  rows.map(({ input_ids, labels }) => ({
    ...{ inputIds: input_ids, labels, attentionMask: input_ids.map(() => 1) },
  }));

async function eventsOf(run: Run, outputDir: string): Promise<Event[]> {
  const model = await AutoModelForCausalLM.fromPretrained(fixture("models", run.model));
  const events: Event[] = [];
  const trainer = new Trainer({
    ...{ model, trainDataset: rowsOf(run.train), evalDataset: rowsOf(run.evaluation) },
    args: argumentsOf(run, outputDir),
    callbacks: [
      {
        onLog({ logHistory }) {
          const { step, epoch, loss, learningRate, gradNorm } = logHistory.at(-1)!;
          events.push(["log", step, epoch, loss!, learningRate!, gradNorm!]);
        },
        onEvaluate({ logHistory }) {
          const { step, epoch, evalLoss } = logHistory.at(-1)!;
          events.push(["eval", step, epoch, evalLoss!]);
        },
        onSave({ step, epoch }) {
          events.push(["save", step, epoch]);
        },
      },
    ],
  });
  await trainer.train();
  model.dispose();
  return events;
}

describe("Trainer with random settings, as transformers", () => {
  before(() => setBackend("residency-cpu"));

  for (const [turn, run] of runs.entries()) {
    const named = ["optim", "lr_scheduler_type", "eval_strategy", "save_strategy"];
    const title = [run.model, ...named.map((name) => `${name} ${String(run.args[name])}`)].join(", ");
    it(`gives the log, the evaluations and the checkpoints of run ${turn}: ${title}`, async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-runs-"));
      try {
        const kindOf = ([kind, step]: Event): string => `${kind} ${step}`;
        const expected = run.events.map(kindOf);
        // The last step is logged here in any case.
        const last = run.events.reduce((most, [, step]) => Math.max(most, step), 0);
        const found = (await eventsOf(run, folder)).filter(
          (event) => expected.includes(kindOf(event)) || event[0] !== "log" || event[1] < last,
        );
        assert.deepEqual(found.map(kindOf), expected);
        for (const [at, [, , epoch, ...figures]] of run.events.entries()) {
          const [, , foundEpoch, ...foundFigures] = found[at]!;
          assertClose(foundEpoch, epoch, 1e-9, `${expected[at]}: epoch`);
          for (const [which, figure] of figures.entries()) {
            assertClose(
              foundFigures[which]!,
              figure,
              1e-9 + 1e-3 * figure,
              `${expected[at]}: figure ${which}`,
            );
          }
        }
      } finally {
        fs.rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
