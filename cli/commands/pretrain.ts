/** `residency pretrain`: trains the small base model `intern` on the notes of the synthetic corpus alone. */
import { copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { parseNoteRow } from "../../lib/clinical/index.ts";
import { packTexts } from "../../lib/data/index.ts";
import { AutoTokenizer, readJsonlFile, Trainer, TrainingArguments } from "../../lib/index.ts";
import { initializeWeights, modelFromConfig, savePretrainedModel } from "../../lib/models/index.ts";
import { ensureBackend } from "../../lib/tensor/index.ts";

const help = `Usage: residency pretrain [--assets DIR] [--out DIR] [--steps N] [--seed N]

Trains a Llama of 0.87 million parameters on DIR/clinical/notes.jsonl with the tokenizer of DIR/tokenizer, and writes
it as a Hugging Face folder: config.json, model.safetensors (float16), the tokenizer and the training log.

  --assets DIR  where corpus and tokenizer are (default: assets)
  --out DIR     where the model goes (default: ASSETS/intern)
  --steps N     optimiser steps of 1,280 tokens (default: 2000, half an hour on one core)
  --seed N      a whole number; the same seed gives the same weights on the same machine (default: 0)
`;

/** Tokens a training row: as long as the longest example of the instruction rows, so that no position is new then. */
const blockLength = 320;

/** The shape of the model, in the terms of config.json. */
const shape = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  max_position_embeddings: 512,
  tie_word_embeddings: true,
};

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`cannot use --${name} ${text}: give a whole number`);
  return Number(text);
}

/** Runs the command. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      assets: { type: "string", default: "assets" },
      out: { type: "string" },
      steps: { type: "string", default: "2000" },
      seed: { type: "string", default: "0" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const steps = wholeNumber("steps", values.steps);
  const seed = wholeNumber("seed", values.seed);
  const out = values.out ?? path.join(values.assets, "intern");
  const tokenizerFolder = path.join(values.assets, "tokenizer");
  const tokenizer = await AutoTokenizer.fromPretrained(tokenizerFolder);
  const notes = await readJsonlFile(path.join(values.assets, "clinical/notes.jsonl"), {
    parse: parseNoteRow,
  });
  const eosTokenId = tokenizer.eosTokenId;
  if (eosTokenId === undefined) throw new Error(`${tokenizerFolder} names no end-of-text token`);

  const backend = await ensureBackend();
  const blocks = packTexts(
    notes.map(({ note }) => tokenizer.encode(note)),
    { blockLength, eosTokenId },
  );
  const model = modelFromConfig({
    ...shape,
    vocab_size: tokenizer.vocabSize,
    bos_token_id: eosTokenId,
    eos_token_id: eosTokenId,
    pad_token_id: tokenizer.padTokenId ?? null,
  });
  initializeWeights(model, { seed, layers: shape.num_hidden_layers });
  process.stdout.write(
    `${notes.length} notes, ${blocks.length} blocks of ${blockLength} tokens, ${backend.name}\n`,
  );
  const trainer = new Trainer({
    model,
    trainDataset: blocks,
    args: new TrainingArguments({
      perDeviceTrainBatchSize: 4,
      maxSteps: steps,
      learningRate: 2e-3,
      warmupSteps: 100,
      lrSchedulerType: "cosine",
      weightDecay: 0.01,
      adamBeta2: 0.95,
      loggingSteps: 20,
      seed,
    }),
    callbacks: [
      {
        onLog({ logHistory, step, maxSteps, secondsLeft }) {
          const { loss = NaN, tokensPerSecond = 0 } = logHistory.at(-1) ?? {};
          process.stdout.write(
            `step ${step}/${maxSteps}  loss ${loss.toFixed(4)}  ${tokensPerSecond.toFixed(0)} tokens/s  ` +
              `${(secondsLeft / 60).toFixed(1)} min left\n`,
          );
        },
      },
    ],
  });
  const result = await trainer.train();
  await savePretrainedModel(model, out, { dtype: "F16" });
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
    await copyFile(path.join(tokenizerFolder, file), path.join(out, file));
  }
  await writeLog(out, { ...result, log: trainer.state.logHistory });
  process.stdout.write(`${out}: loss ${result.trainingLoss.toFixed(4)} on average over the run\n`);
  return 0;
}

/** Keeps how the loss went beside the weights. */
async function writeLog(folder: string, log: object): Promise<void> {
  const file = path.join(folder, "training_log.json");
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.tmp`, `${JSON.stringify(log)}\n`);
  await rename(`${file}.tmp`, file);
}
