/** Checkpoints: a run that is killed goes on to the bit; a full disk loses nothing; the best one is kept. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import type { ResidencyError } from "../../../lib/errors.ts";
import {
  folderCheckpointStore,
  getLastCheckpoint,
  type Trainer,
  type LogEntry,
  type TrainerOptions,
  type TrainingSettings,
} from "../../../lib/train/index.ts";
import { fixture, repositoryRoot } from "../../support/paths.ts";
import { makeTrainer } from "./run-child.ts";

const child = path.join(repositoryRoot, "dist/test/lib/train/run-child.js");

/** Runs the child until it ends or, if `killAfter` is given, until so many milliseconds behind its first step. */
function runChild(folder: string, { when = "", killAfter }: { when?: string; killAfter?: number } = {}) {
  return new Promise<{ signal: string | null; code: number | null; stderr: string }>((resolve) => {
    const process_ = spawn(process.execPath, [child, "run", folder, when], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    process_.stderr.on("data", (data: Buffer) => (stderr += String(data)));
    process_.stdout.once("data", () => {
      if (killAfter !== undefined) setTimeout(() => process_.kill("SIGKILL"), killAfter);
    });
    process_.on("close", (code, signal) => resolve({ code, signal, stderr }));
  });
}

const withoutSpeed = (log: readonly LogEntry[]): object[] =>
  log.map((entry) => ({ ...entry, tokensPerSecond: undefined }));

const storedLog = (folder: string): object[] => {
  const file = path.join(folder, "checkpoint-12/trainer_state.json");
  const { log_history } = JSON.parse(fs.readFileSync(file, "utf8")) as {
    log_history: Record<string, unknown>[];
  };
  return log_history.map((entry) => ({ ...entry, tokens_per_second: undefined }));
};

const jsonLines = (folder: string): object[] =>
  fs
    .readFileSync(path.join(folder, "training_log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => ({ ...(JSON.parse(line) as object), tokens_per_second: undefined }));

const bytesOf = (folder: string, file: string): Buffer =>
  fs.readFileSync(path.join(folder, "checkpoint-12", file));

describe("Trainer checkpoints", function () {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-resume-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const trainer = (options?: TrainingSettings, more?: Partial<TrainerOptions>): Promise<Trainer> =>
    makeTrainer(folder, options, more);

  it("makes a run that was killed at any point, also while it writes, end as one that was not", async function () {
    this.timeout(90_000);
    const whole = path.join(folder, "whole");
    const killed = path.join(folder, "killed");
    const first = await runChild(whole);
    assert.equal(first.code, 0, first.stderr);
    const kills = [
      { when: "middle-2" },
      { when: "end-4" },
      { killAfter: 20 },
      { when: "after-8" },
      { when: "begin-11" },
    ];
    for (const kill of kills) {
      const { signal, code, stderr } = await runChild(killed, kill);
      assert.ok(signal === "SIGKILL" || "killAfter" in kill, `${JSON.stringify(kill)}: ${code} ${stderr}`);
    }
    const last = await runChild(killed);
    assert.equal(last.code, 0, last.stderr);
    assert.deepEqual(storedLog(killed), storedLog(whole));
    assert.deepEqual(jsonLines(killed), jsonLines(whole));
    for (const file of [
      "trained_parameters.safetensors",
      "adapter_model.safetensors",
      "optimizer.safetensors",
    ]) {
      assert.ok(bytesOf(killed, file).equals(bytesOf(whole, file)), file);
    }
    const rest = fs.readdirSync(killed).filter((name) => name.startsWith("."));
    assert.deepEqual(rest, [], "drafts of killed processes are cleared away");
  });

  it("goes on from the middle of an epoch with the losses, weights and log of an uninterrupted run", async () => {
    const whole = await trainer({ outputDir: path.join(folder, "a") });
    await whole.train();
    const stopped = await trainer(
      { outputDir: path.join(folder, "b") },
      { callbacks: [{ onStepEnd: ({ step }, control) => void (control.shouldTrainingStop = step === 6) }] },
    );
    await stopped.train();
    const resumed = await trainer({ outputDir: path.join(folder, "b") });
    const result = await resumed.train({ resumeFromCheckpoint: path.join(folder, "b/checkpoint-5") });
    assert.deepEqual(withoutSpeed(resumed.state.logHistory), withoutSpeed(whole.state.logHistory));
    assert.equal(result.globalStep, 12);
    const finals = [...whole.model.root.trainableParameters()];
    const own = resumed.model.root.trainableParameters();
    for (const [name, { value }] of finals) {
      assert.deepEqual(own.get(name)!.value.dataSync(), value.dataSync(), name);
    }
  });

  it("finds the newest whole checkpoint of a folder, and none where there is none", async () => {
    assert.equal(await getLastCheckpoint(path.join(folder, "nowhere")), undefined);
    await (await trainer({ saveSteps: 5 })).train();
    fs.mkdirSync(path.join(folder, "checkpoint-99")); // of another program, or not whole
    const last = await getLastCheckpoint(folder);
    assert.equal(last, path.join(folder, "checkpoint-12"));
    const resumed = await trainer({ saveSteps: 5 });
    await resumed.train({ resumeFromCheckpoint: last });
    assert.equal(resumed.state.step, 12);
  });

  it("saves all of a fully trained model in its own file, once", async () => {
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"));
    await (await trainer({ maxSteps: 2 }, { model })).train();
    const files = fs.readdirSync(path.join(folder, "checkpoint-2"));
    assert.ok(
      files.includes("model.safetensors") && !files.includes("trained_parameters.safetensors"),
      files.join(),
    );
    const again = await LlamaForCausalLM.fromPretrained(path.join(folder, "checkpoint-2"));
    assert.deepEqual(
      again.model.embed_tokens.weight.value.dataSync(),
      model.model.embed_tokens.weight.value.dataSync(),
    );
    const resumed = await trainer({ maxSteps: 2 }, { model: again });
    assert.equal((await resumed.train({ resumeFromCheckpoint: true })).globalStep, 2);
  });

  it("loses nothing when the disk is full: E_SAVE, no draft left, the older checkpoint is whole", async () => {
    const store = folderCheckpointStore(folder);
    const full = {
      ...store,
      write: (name: string, fill: Parameters<typeof store.write>[1]) =>
        store.write(name, (draft) =>
          fill({
            ...draft,
            write(file, content) {
              if (name === "checkpoint-3" && file === "trainer_state.json") {
                throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
              }
              return draft.write(file, content);
            },
          }),
        ),
    };
    const run = await trainer({}, { checkpointStore: full });
    await assert.rejects(run.train(), { code: "E_SAVE", message: /the disk is full \(ENOSPC\)/ });
    assert.deepEqual(fs.readdirSync(folder).sort(), ["checkpoint-1", "checkpoint-2"]);
    assert.equal((await (await trainer()).train({ resumeFromCheckpoint: true })).globalStep, 12);
  });

  it("says E_SAVE when outputDir is a file", async () => {
    const file = path.join(folder, "file");
    fs.writeFileSync(file, "");
    await assert.rejects((await trainer({ outputDir: file })).train(), { code: "E_SAVE" });
  });

  it("saves a checkpoint and ends with E_INTERRUPTED when its signal is aborted", async () => {
    const abort = new AbortController();
    const run = await trainer(
      { saveStrategy: "no" },
      { callbacks: [{ onStepEnd: ({ step }) => (step === 2 ? abort.abort() : undefined) }] },
    );
    await assert.rejects(run.train({ signal: abort.signal }), (error: ResidencyError) => {
      assert.equal(error.code, "E_INTERRUPTED");
      assert.match(error.message, /after step 2 of 12/);
      return true;
    });
    const resumed = await trainer({ saveStrategy: "no" });
    assert.equal((await resumed.train({ resumeFromCheckpoint: true })).globalStep, 12);
  });

  it("keeps the best and the newest checkpoint, and loads the best in the end", async () => {
    const values = [3, 1, 2, 4];
    const weights: Float32Array[] = [];
    const run = await trainer(
      {
        ...{ maxSteps: 4, evalStrategy: "steps", evalSteps: 1, saveTotalLimit: 1 },
        ...{ loadBestModelAtEnd: true, metricForBestModel: "eval_score", greaterIsBetter: false },
      },
      {
        computeMetrics: ({ step, model }) => {
          const [parameter] = [...model.root.trainableParameters().values()];
          weights.push(parameter!.value.dataSync<"float32">().slice());
          return { score: values[step - 1]! };
        },
      },
    );
    await run.train();
    assert.equal(run.state.bestMetric, 1);
    assert.equal(run.state.bestModelCheckpoint, "checkpoint-2");
    const { complete } = await folderCheckpointStore(folder).list();
    assert.deepEqual(complete, ["checkpoint-2", "checkpoint-4"]);
    const [parameter] = [...run.model.root.trainableParameters().values()];
    assert.deepEqual(parameter!.value.dataSync(), weights[1]);
  });

  it("leaves as many tensors after a run with evaluation and checkpoints as there were before", async () => {
    const run = await trainer({ evalStrategy: "steps", evalSteps: 1, overwriteOutputDir: true });
    // The first run makes the transposes of frozen weights, which the model keeps.
    await run.train();
    const { numTensors } = tf.memory();
    await run.train();
    assert.equal(tf.memory().numTensors, numTensors);
    assert.equal(run.model.root.training, false);
  });
});
