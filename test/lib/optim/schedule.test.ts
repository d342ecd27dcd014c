/** Schedules give the learning rates of transformers' get_scheduler. */
import assert from "node:assert/strict";
import fs from "node:fs";
import {
  clipFactor,
  schedule,
  schedulerTypes,
  type LrSchedulerKwargs,
  type SchedulerType,
} from "../../../lib/optim/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Table {
  name: SchedulerType;
  base_lr: number;
  num_warmup_steps: number;
  num_training_steps: number;
  kwargs: Record<string, number | string>;
  lr: number[];
}

const readTables = (file: string): Table[] =>
  (JSON.parse(fs.readFileSync(fixture("schedules", file), "utf8")) as { schedules: Table[] }).schedules;

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

describe("schedule()", () => {
  const tables = [...readTables("expected.json"), ...readTables("arguments.json")];
  for (const table of tables) {
    const kwargs = Object.fromEntries(
      Object.entries(table.kwargs).map(([name, value]) => [camelCase(name), value]),
    ) as LrSchedulerKwargs;
    const {
      name: type,
      base_lr: learningRate,
      num_warmup_steps: warmupSteps,
      num_training_steps: totalSteps,
    } = table;
    it(`follows ${type} ${JSON.stringify(kwargs)} with ${warmupSteps} warm-up steps of ${totalSteps}`, () => {
      const rate = schedule({ type, learningRate, warmupSteps, totalSteps, kwargs });
      table.lr.forEach((expected, step) => {
        // At the very end of a cosine, 0 stands for the rounding of 1 + cos(π).
        assertClose(rate(step), expected, 1e-12 * expected + 1e-19, `step ${step}`);
      });
    });
  }

  it("has a reference for every schedule", () => {
    assert.deepEqual([...new Set(tables.map(({ name }) => name))].sort(), [...schedulerTypes].sort());
  });

  const refused: [type: string, kwargs: object, message: RegExp][] = [
    ["step", {}, /the schedules are linear, cosine/],
    ["linear", { power: 2 }, /power: it takes no further argument/],
    ["cosine", { minLr: 1e-6 }, /minLr: it takes only numCycles/],
    ["cosine", { numCycles: "2" }, /numCycles "2": it must be a number/],
    ["cosine_with_min_lr", {}, /either minLr or minLrRate/],
    ["cosine_with_min_lr", { minLr: 1e-6, minLrRate: 0.1 }, /either minLr or minLrRate/],
    ["cosine_with_min_lr", { minLr: 1 }, /at most the learning rate 0.001/],
    ["polynomial", { lrEnd: 0.001 }, /below the learning rate 0.001/],
    ["warmup_stable_decay", {}, /without numDecaySteps/],
    ["warmup_stable_decay", { numDecaySteps: 9 }, /at most 8 of 10/],
    [
      "warmup_stable_decay",
      { numDecaySteps: 2, decayType: "steep" },
      /decayType "steep": it must be linear, cosine, 1-sqrt/,
    ],
    ["inverse_sqrt", { timescale: 0 }, /above 0/],
  ];
  for (const [type, kwargs, message] of refused) {
    it(`refuses ${type} with ${JSON.stringify(kwargs)}`, () => {
      assert.throws(
        () =>
          schedule({
            type: type as SchedulerType,
            learningRate: 1e-3,
            warmupSteps: 2,
            totalSteps: 10,
            kwargs,
          }),
        { code: "E_CONFIG", message },
      );
    });
  }
});

describe("clipFactor()", () => {
  it("is 1 within the bound and brings a larger norm down to it", () => {
    assert.equal(clipFactor(0.5, 1), 1);
    assertClose(clipFactor(4, 1) * 4, [1], 1e-6);
    assert.equal(clipFactor(4, 0), 1, "0 switches clipping off");
  });
});
