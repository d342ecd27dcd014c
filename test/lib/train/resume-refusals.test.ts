/** Damaged and foreign checkpoints are refused by name, and what may change between two runs is told. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  folderCheckpointStore,
  type Trainer,
  type TrainerOptions,
  type TrainingSettings,
} from "../../../lib/train/index.ts";
import { makeTrainer, rows } from "./run-child.ts";

describe("resumeFromCheckpoint", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-resume-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const trainer = (options?: TrainingSettings, more?: Partial<TrainerOptions>): Promise<Trainer> =>
    makeTrainer(folder, options, more);

  it("refuses a checkpoint with one byte changed, and offers the one before it", async () => {
    await (await trainer({ maxSteps: 3 })).train();
    const file = path.join(folder, "checkpoint-3/optimizer.safetensors");
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 5]! ^= 1;
    fs.writeFileSync(file, bytes);
    const next = await trainer({ maxSteps: 4 });
    await assert.rejects(next.train({ resumeFromCheckpoint: true }), {
      code: "E_CHECKPOINT",
      message: /optimizer\.safetensors is not what it was.*checkpoint-2: give it as resumeFromCheckpoint/s,
    });
    const { globalStep } = await next.train({ resumeFromCheckpoint: path.join(folder, "checkpoint-2") });
    assert.equal(globalStep, 4);
  });

  it("passes over folders without a list of files when it looks for the newest, and refuses them by name", async () => {
    await (await trainer({ maxSteps: 1 })).train();
    fs.mkdirSync(path.join(folder, "checkpoint-9"));
    const resumed = await trainer({ maxSteps: 2 });
    assert.equal((await resumed.train({ resumeFromCheckpoint: true })).globalStep, 2);
    await assert.rejects(resumed.train({ resumeFromCheckpoint: path.join(folder, "checkpoint-9") }), {
      code: "E_CHECKPOINT",
      message: /no checkpoint of this library, or not a whole one/,
    });
  });

  it("refuses a later version of the format", async () => {
    await (await trainer({ maxSteps: 1 })).train();
    const file = path.join(folder, "checkpoint-1/residency_checkpoint.json");
    fs.writeFileSync(
      file,
      fs.readFileSync(file, "utf8").replace('"format_version": 1', '"format_version": 2'),
    );
    await assert.rejects((await trainer()).train({ resumeFromCheckpoint: true }), {
      code: "E_CHECKPOINT",
      message: /format_version is 2/,
    });
  });

  for (const [name, options, more, message] of [
    ["another batch size", { perDeviceTrainBatchSize: 4 }, {}, /perDeviceTrainBatchSize 2, now 4/],
    ["another seed", { seed: 6 }, {}, /seed 5, now 6/],
    ["fewer rows", {}, { trainDataset: rows.slice(1) }, /13 rows to train on, now 12/],
    ["rows in another order", {}, { trainDataset: [...rows].reverse() }, /other rows to train on/],
  ] as const) {
    it(`refuses to resume with ${name}`, async () => {
      await (await trainer({ maxSteps: 1 })).train();
      await assert.rejects((await trainer(options, more)).train({ resumeFromCheckpoint: true }), {
        code: "E_CHECKPOINT",
        message,
      });
    });
  }

  it("warns of a changed learning rate and goes on", async () => {
    await (await trainer({ maxSteps: 1 })).train();
    const { warn } = console;
    const warnings: unknown[] = [];
    console.warn = (text: unknown) => void warnings.push(text);
    try {
      await (await trainer({ maxSteps: 1, learningRate: 1 })).train({ resumeFromCheckpoint: true });
    } finally {
      console.warn = warn;
    }
    assert.match(String(warnings), /learningRate 0\.005, now 1/);
  });

  it("refuses to start anew among another run's checkpoints unless told to overwrite", async () => {
    await (await trainer({ maxSteps: 2 })).train();
    await assert.rejects((await trainer({ maxSteps: 1 })).train(), {
      code: "E_CHECKPOINT",
      message: /resumeFromCheckpoint: true.*overwriteOutputDir/s,
    });
    await (await trainer({ maxSteps: 1, overwriteOutputDir: true })).train();
    assert.deepEqual((await folderCheckpointStore(folder).list()).complete, ["checkpoint-1"]);
  });
});
