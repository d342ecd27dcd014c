/** Schedules give the learning rates of transformers' get_scheduler. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { AdamW, clipFactor, schedule, schedulerTypes, type SchedulerType } from "../../../lib/optim/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Table {
  name: string;
  base_lr: number;
  num_warmup_steps: number;
  num_training_steps: number;
  kwargs: Record<string, unknown>;
  lr: number[];
}

describe("schedule()", () => {
  const { schedules } = JSON.parse(fs.readFileSync(fixture("schedules", "expected.json"), "utf8")) as {
    schedules: Table[];
  };
  const known = schedules.filter(
    ({ name, kwargs }) =>
      (schedulerTypes as readonly string[]).includes(name) && Object.keys(kwargs).length === 0,
  );
  for (const table of known) {
    const {
      name,
      base_lr: learningRate,
      num_warmup_steps: warmupSteps,
      num_training_steps: totalSteps,
    } = table;
    it(`follows ${name} with ${warmupSteps} warm-up steps of ${totalSteps}`, () => {
      const rate = schedule({ type: name as SchedulerType, learningRate, warmupSteps, totalSteps });
      assertClose(
        table.lr.map((_, step) => rate(step)),
        table.lr,
        1e-15,
      );
    });
  }

  it("has a reference for every schedule", () => {
    assert.deepEqual([...new Set(known.map(({ name }) => name))].sort(), [...schedulerTypes].sort());
  });
});

describe("clipFactor()", () => {
  it("is 1 within the bound and brings a larger norm down to it", () => {
    assert.equal(clipFactor(0.5, 1), 1);
    assertClose(clipFactor(4, 1) * 4, [1], 1e-6);
    assert.equal(clipFactor(4, 0), 1, "0 switches clipping off");
  });
});

describe("AdamW", () => {
  it("refuses a beta outside [0, 1)", () => {
    assert.throws(() => new AdamW(new Map(), { beta1: 1 }), { code: "E_CONFIG", message: /beta1 1/ });
  });
});
