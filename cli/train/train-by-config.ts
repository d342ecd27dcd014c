/** Loads the model and the data of a config and trains. */
import { ResidencyError } from "../../lib/errors.ts";
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  getPeftModel,
  prepareModelForKbitTraining,
  readJsonlFile,
  SFTTrainer,
  type LoraConfig,
  type SFTRow,
  type TrainerCallback,
  type TrainOutput,
} from "../../lib/index.ts";
import { folderCheckpointStore } from "../../lib/train/index.ts";
import type { TrainConfig } from "./config.ts";

/** How a config is trained. */
export interface TrainByConfigOptions {
  /** Goes on from the newest checkpoint (true; a new run when there is none) or from a folder. */
  resume: boolean | string;
  signal: AbortSignal;
  callbacks: readonly TrainerCallback[];
}

/** One row of the data: a text, or a prompt and its completion; other fields are passed over. */
function parseRow(row: unknown): SFTRow {
  const fields = new Map<string, unknown>(typeof row === "object" && row !== null ? Object.entries(row) : []);
  const [text, prompt, completion] = ["text", "prompt", "completion"].map((name) => fields.get(name));
  if (typeof prompt === "string" && typeof completion === "string") return { prompt, completion };
  if (typeof text === "string") return { text };
  throw new ResidencyError(
    "E_DATASET",
    `a row needs the texts "prompt" and "completion", or "text"; it has ${[...fields.keys()].join(", ") || "nothing"}`,
  );
}

/** Trains as a config says; gives the outcome, and whether the run was resumed. */
export async function trainByConfig(
  { model: name, tokenizer: tokenizerName, data, lora, quantization, training }: TrainConfig,
  { resume, signal, callbacks }: TrainByConfigOptions,
): Promise<TrainOutput & { outputDir: string; resumed: boolean }> {
  const outputDir = training.outputDir!;
  const trainDataset = await readJsonlFile(data.train, { parse: parseRow });
  const evalDataset =
    data.eval === undefined ? undefined : await readJsonlFile(data.eval, { parse: parseRow });
  const tokenizer = await AutoTokenizer.fromPretrained(tokenizerName);
  const base = await AutoModelForCausalLM.fromPretrained(
    name,
    quantization ? { quantizationConfig: quantization } : {},
  );
  if (quantization) prepareModelForKbitTraining(base);
  // Names out of a file are checked when the adapter is put onto the model, and not by the compiler.
  const model = lora ? getPeftModel(base, lora as LoraConfig<never>, { seed: training.seed }) : base;
  const { complete } = await folderCheckpointStore(outputDir).list();
  const resumeFromCheckpoint = resume === true ? complete.length > 0 : resume;
  const trainer = new SFTTrainer({
    ...{ model, tokenizer, trainDataset, args: training, callbacks },
    ...(evalDataset && { evalDataset }),
  });
  const result = await trainer.train({ resumeFromCheckpoint, signal });
  await trainer.saveModel(outputDir);
  return { ...result, outputDir, resumed: resumeFromCheckpoint !== false };
}
