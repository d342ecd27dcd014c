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
import type { DataFormat, RunConfig } from "../../lib/export/index.ts";
import { folderCheckpointStore, readSFTRow, type ReadRow } from "../../lib/train/index.ts";

/** How a config is trained. */
export interface TrainByConfigOptions {
  /** Goes on from the newest checkpoint (true; a new run when there is none) or from a folder. */
  resume: boolean | string;
  signal: AbortSignal;
  callbacks: readonly TrainerCallback[];
}

const kindsOfFormat: Record<DataFormat, readonly ReadRow["kind"][]> = {
  text: ["text"],
  "prompt-completion": ["completion", "messageCompletion"],
  messages: ["messages"],
};

/** The rows of a file; those of another format than is asked for are refused, and of none by the trainer. */
async function readRows(
  file: string,
  { data: { format }, training: { datasetTextField } }: RunConfig,
): Promise<SFTRow<string>[]> {
  const rows = await readJsonlFile(file);
  for (const [index, row] of rows.entries()) {
    const { kind } = readSFTRow(row, index, datasetTextField);
    if (format !== undefined && !kindsOfFormat[format].includes(kind)) {
      throw new ResidencyError(
        "E_DATASET",
        `Cannot train on ${file}: row ${index} is not of the format "${format}"; leave data.format out where rows differ`,
      );
    }
  }
  return rows as unknown as SFTRow<string>[];
}

/** Trains as a config says; gives the outcome, and whether the run was resumed. */
export async function trainByConfig(
  config: RunConfig,
  { resume, signal, callbacks }: TrainByConfigOptions,
): Promise<TrainOutput & { outputDir: string; resumed: boolean }> {
  const { model: name, tokenizer: tokenizerName, data, lora, quantization, training } = config;
  const { outputDir } = training;
  if (outputDir === undefined) {
    throw new ResidencyError(
      "E_CONFIG",
      'Cannot train: the config has no "outputDir", the folder for checkpoints and the model',
    );
  }
  const trainDataset = await readRows(data.train, config);
  const evalDataset = data.eval === undefined ? undefined : await readRows(data.eval, config);
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
  const trainer = await SFTTrainer.create(
    {
      ...{ model, tokenizer, trainDataset, args: training, callbacks },
      ...(evalDataset && { evalDataset }),
    },
    { signal },
  );
  const result = await trainer.train({ resumeFromCheckpoint, signal });
  await trainer.saveModel(outputDir);
  return { ...result, outputDir, resumed: resumeFromCheckpoint !== false };
}
