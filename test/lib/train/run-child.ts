/** A training run in a process of its own, for tests that kill it: LoRA with dropout, accumulation, random order, evaluation. */
import { setBackend } from "../../../lib/tensor/index.ts";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, LoraConfig } from "../../../lib/peft/index.ts";
import {
  folderCheckpointStore,
  Trainer,
  TrainingArguments,
  type CheckpointStore,
  type TrainerOptions,
  type TrainingArgumentsOptions,
  type TrainingSettings,
} from "../../../lib/train/index.ts";
import type { CausalLanguageModel } from "../../../lib/nn/index.ts";
import { fixture } from "../../support/paths.ts";

/** Rows of several lengths; the same at each call. */
export const rows = Array.from({ length: 13 }, (_, row) => {
  const inputIds = Array.from({ length: 5 + (row % 4) }, (_token, at) => 3 + ((row * 7 + at * 5) % 80));
  return { inputIds, labels: inputIds.map((id, at) => (at < 1 + (row % 2) ? -100 : id)) };
});

/** The arguments of the run: 3 epochs of 4 steps, the last of each epoch a short one. */
export const runArguments: TrainingArgumentsOptions = {
  perDeviceTrainBatchSize: 2,
  gradientAccumulationSteps: 2,
  learningRate: 5e-3,
  warmupSteps: 2,
  lrSchedulerType: "cosine",
  weightDecay: 0.01,
  numTrainEpochs: 3,
  loggingSteps: 2,
  evalStrategy: "epoch",
  saveSteps: 1,
  saveTotalLimit: 3,
  seed: 5,
};

/** A tiny Llama with an adapter that has dropout. */
export async function makeModel({ loraDropout = 0.2 } = {}): Promise<CausalLanguageModel> {
  await setBackend("wasm");
  const base = await LlamaForCausalLM.fromPretrained(fixture("models", "llama"));
  return getPeftModel(base, new LoraConfig({ r: 4, loraDropout, targetModules: ["q_proj", "v_proj"] }), {
    seed: 1,
  });
}

/** A trainer of that model by those arguments, whose checkpoints go to `outputDir`. */
export async function makeTrainer(
  outputDir: string,
  options: TrainingSettings = {},
  more: Partial<TrainerOptions> = {},
): Promise<Trainer> {
  return new Trainer({
    model: await makeModel(),
    args: new TrainingArguments({ ...runArguments, outputDir, ...options }),
    trainDataset: rows,
    evalDataset: rows.slice(0, 3),
    ...more,
  });
}

/** A store that kills the process while it writes, just before or just after it puts a checkpoint in its place. */
function deadly(folder: string, when: string): CheckpointStore {
  const store = folderCheckpointStore(folder);
  const [place, step] = when.split("-");
  const die = (): void => {
    process.kill(process.pid, "SIGKILL");
  };
  return {
    ...store,
    async write(name, fill) {
      const isDue = name === `checkpoint-${step}`;
      await store.write(name, async (draft) => {
        if (isDue && place === "begin") die();
        await fill({
          ...draft,
          async write(file, content) {
            await draft.write(file, content);
            if (isDue && place === "middle" && file === "optimizer.safetensors") die();
          },
        });
        if (isDue && place === "end") die();
      });
      if (isDue && place === "after") die();
    },
  };
}

if (process.argv[2] === "run") {
  const [, , , outputDir = "", when = ""] = process.argv;
  const model = await makeModel();
  const store = folderCheckpointStore(outputDir);
  const { complete } = await store.list();
  const trainer = new Trainer({
    model,
    args: new TrainingArguments({ ...runArguments, outputDir, loggingDir: outputDir }),
    trainDataset: rows,
    evalDataset: rows.slice(0, 3),
    callbacks: [{ onStepEnd: ({ step }) => void process.stdout.write(`step ${step}\n`) }],
    ...(when === "" ? {} : { checkpointStore: deadly(outputDir, when) }),
  });
  await trainer.train({ resumeFromCheckpoint: complete.length > 0 });
}
