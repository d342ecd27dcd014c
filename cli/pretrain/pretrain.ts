/** Trains the base model: reads and draws texts, trains a vocabulary, trains the model, measures it, writes its folder. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { drawFigureSvg, type Drawing } from "../../kernel/figure/index.ts";
import { distinctNgramRatio, generalDocuments } from "../../lib/corpus/index.ts";
import { collate, DataCollatorForLanguageModeling, type TokenizedRow } from "../../lib/data/index.ts";
import { ResidencyError } from "../../lib/errors.ts";
import {
  AutoTokenizer,
  ensureBackend,
  GenerationConfig,
  parameterCount,
  Trainer,
  TrainingArguments,
  type CausalLanguageModel,
  type LogEntry,
  type TrainerCallback,
} from "../../lib/index.ts";
import { initializeWeights, modelFromConfig, savePretrainedModel } from "../../lib/models/index.ts";
import { folderCheckpointStore } from "../../lib/train/index.ts";
import { lossFigure } from "../../lib/viz/index.ts";
import { dataCard, modelCard, type CardFigures } from "./cards.ts";
import { writeCopyCircuits } from "./copy-circuits.ts";
import { copyAccuracy, copyQuestions } from "./copy-test.ts";
import { readClinicalDocuments } from "./documents.ts";
import { buildRows, trainVocabulary } from "./rows.ts";
import { contextLength, modelShapes, type ModelSize } from "./shape.ts";

/** What is trained, on what, and where it goes. */
export interface PretrainOptions {
  /** notes.jsonl of `residency corpus`. */
  notes: string;
  /** Rows of `residency corpus` with questions about these notes, to be read with them; none when left out. */
  questions?: string;
  /** The model's folder. */
  out: string;
  /** Checkpoints and the vocabulary, until the run is over. */
  work: string;
  size: ModelSize;
  vocabSize: number;
  tokens: number;
  generalShare: number;
  /** Questions about made-up records that the trained model is asked. */
  copyQuestions: number;
  seed: number;
  /** Goes on from the newest checkpoint of `work`. */
  resume: boolean;
  signal: AbortSignal;
  callbacks: readonly TrainerCallback[];
  /** Hears what is being done before and after training. */
  onPhase: (phase: PretrainPhase) => void;
}

/** A stretch of the work with how far it is, in tokens where it counts them. */
export interface PretrainPhase {
  label: string;
  done?: number;
  total?: number;
}

/** What came of it. */
export interface PretrainOutcome extends CardFigures {
  out: string;
  resumed: boolean;
  /** Why there is no picture of the loss, where there is none. */
  noCurve?: string;
}

/** Rows a step. Small models learn more from many small steps than from few large ones. */
const rowsAStep = 3;
const learningRate = 1e-3;
/** Characters of the general part whose variety is measured. */
const varietyCharacters = 1_000_000;

/** One of so many held-out rows is evaluated on the way, which is enough for a curve; all are at the end. */
const rowsACurveRow = 4;

/** Mean loss a token over rows, in nats. */
async function meanLoss(
  model: CausalLanguageModel,
  rows: readonly TokenizedRow[],
  padTokenId: number,
): Promise<number> {
  let sum = 0;
  let tokens = 0;
  for (const row of rows) {
    const { sum: loss, tokens: count } = model.summedLoss(collate([row], padTokenId));
    const [value = NaN] = await loss.data();
    loss.dispose();
    sum += value;
    tokens += count;
  }
  return sum / tokens;
}

/** Seconds of training by the log, those before a checkpoint that was resumed from counted in; evaluations are left out. */
function secondsOf(log: readonly LogEntry[], tokensAStep: number): number {
  let seconds = 0;
  let last = 0;
  for (const { step, tokensPerSecond } of log) {
    if (tokensPerSecond === undefined) continue;
    seconds += ((step - last) * tokensAStep) / tokensPerSecond;
    last = step;
  }
  return seconds;
}

/** A machine that is busy may not draw in time; a run of an hour is not to fail for that. */
const drawingAttempts = 3;

/** The loss by step as a picture, drawn by the same code as those of notebooks, or why there is none. */
async function drawLossCurve(log: readonly LogEntry[]): Promise<Drawing> {
  const figure = lossFigure(log, { title: "Pre-training" });
  let drawing: Drawing = { reason: "it was not tried" };
  for (let attempt = 0; attempt < drawingAttempts && "reason" in drawing; attempt++) {
    drawing = await drawFigureSvg(figure);
  }
  return drawing;
}

/**
 * Trains the model. The same options give the same texts, vocabulary and order of rows, and on the same machine the same weights,
 * also when the run was stopped and resumed.
 *
 * @throws ResidencyError E_INTERRUPTED when the signal stops it, with a checkpoint to go on from; E_CHECKPOINT when that is of
 * another run; E_DATASET for a file without notes.
 */
export async function pretrain(options: PretrainOptions): Promise<PretrainOutcome> {
  const { notes, out, work, size, vocabSize, tokens, generalShare, seed, resume, signal, onPhase } = options;
  const stopIfAsked = (): void => {
    if (signal.aborted)
      throw new ResidencyError("E_INTERRUPTED", "Stopped before training began; nothing is lost");
  };
  onPhase({ label: "reading notes" });
  const clinical = await readClinicalDocuments(notes, seed, options.questions);
  onPhase({ label: "training the vocabulary" });
  const vocabulary = trainVocabulary({ clinical, seed }, { vocabSize, tokens });
  await mkdir(work, { recursive: true });
  const writeTokenizer = async (folder: string): Promise<void> => {
    await mkdir(folder, { recursive: true });
    await writeFile(
      path.join(folder, "tokenizer.json"),
      `${JSON.stringify(vocabulary.tokenizer, undefined, 1)}\n`,
    );
    await writeFile(
      path.join(folder, "tokenizer_config.json"),
      `${JSON.stringify(vocabulary.config, undefined, 2)}\n`,
    );
  };
  await writeTokenizer(work);
  const tokenizer = await AutoTokenizer.fromPretrained(work);
  stopIfAsked();
  const { train, heldOut, counts } = await buildRows(
    { clinical, seed },
    tokenizer,
    { tokens, generalShare },
    async (done) => {
      onPhase({ label: "tokenizing", done, total: tokens });
      await new Promise((resolve) => setImmediate(resolve));
      stopIfAsked();
    },
  );

  const backend = await ensureBackend();
  const shape = modelShapes[size];
  const [eosTokenId, padTokenId] = [tokenizer.eosTokenId!, tokenizer.padTokenId!];
  const model = modelFromConfig({
    ...shape,
    vocab_size: tokenizer.vocabSize,
    bos_token_id: eosTokenId,
    eos_token_id: eosTokenId,
    pad_token_id: padTokenId,
  });
  model.generationConfig = new GenerationConfig({ eosTokenId, padTokenId });
  initializeWeights(model, { seed, layers: shape.num_hidden_layers, std: shape.initializer_range });
  writeCopyCircuits(model, seed);
  const steps = Math.ceil(train.length / rowsAStep);
  const checkpoints = path.join(work, "checkpoints");
  const { complete } = await folderCheckpointStore(checkpoints).list();
  const resumed = resume && complete.length > 0;
  const often = Math.max(1, Math.round(steps / 12));
  const trainer = new Trainer({
    model,
    trainDataset: train,
    evalDataset: [...heldOut.clinical, ...heldOut.general].filter((_, at) => at % rowsACurveRow === 0),
    // Texts are not cut, so that rows are not full: behind each other they need no padding, which would be a fourteenth of all work.
    dataCollator: new DataCollatorForLanguageModeling({ padTokenId, paddingFree: true }),
    callbacks: options.callbacks,
    args: new TrainingArguments({
      ...{ perDeviceTrainBatchSize: rowsAStep, perDeviceEvalBatchSize: rowsAStep },
      // The rows are in their order already.
      ...{ numTrainEpochs: 1, trainSamplingStrategy: "sequential", seed },
      ...{ learningRate, lrSchedulerType: "cosine", warmupRatio: 0.03 },
      ...{ weightDecay: 0.1, adamBeta2: 0.95, maxGradNorm: 1 },
      ...{
        loggingSteps: Math.max(1, Math.round(steps / 200)),
        loggingFirstStep: true,
        evalSteps: often,
        evalOnStart: true,
      },
      ...{ outputDir: checkpoints, overwriteOutputDir: !resumed, saveSteps: often, saveTotalLimit: 1 },
    }),
  });
  const result = await trainer.train({ resumeFromCheckpoint: resumed, signal });

  onPhase({ label: "measuring" });
  const heldOutLoss = {
    clinical: await meanLoss(model, heldOut.clinical, padTokenId),
    general: await meanLoss(model, heldOut.general, padTokenId),
  };
  const questions = copyQuestions(seed + 1_000_003, options.copyQuestions);
  const accuracy = await copyAccuracy(model, tokenizer, questions);
  const general = [...generalDocuments({ seed, characters: varietyCharacters })];
  const tokensRead = counts.clinicalTokens + counts.generalTokens;
  const figures: CardFigures = {
    name: path.basename(path.resolve(out)),
    parameters: parameterCount(model.configJson),
    vocabSize: tokenizer.vocabSize,
    layers: shape.num_hidden_layers,
    hiddenSize: shape.hidden_size,
    contextLength,
    tokens: tokensRead,
    ...counts,
    patients: clinical.patients,
    steps: result.globalStep,
    batchTokens: rowsAStep * contextLength,
    learningRate,
    seed,
    minutes: secondsOf(trainer.state.logHistory, tokensRead / steps) / 60,
    backend: backend.name,
    trainingLoss: result.trainingLoss,
    heldOutLoss,
    copyAccuracy: accuracy,
    copyQuestions: questions.length,
    distinctFiveGrams: distinctNgramRatio(
      general.map(({ text }) => text),
      5,
    ),
  };
  onPhase({ label: "writing" });
  const curve = await drawLossCurve(trainer.state.logHistory);
  await savePretrainedModel(model, out, { dtype: "BF16" });
  await writeTokenizer(out);
  await writeFile(path.join(out, "README.md"), modelCard(figures, { hasCurve: "svg" in curve }));
  if ("svg" in curve) await writeFile(path.join(out, "loss.svg"), curve.svg);
  await writeFile(path.join(out, "DATA_CARD.md"), dataCard(figures));
  await writeFile(
    path.join(out, "training_log.json"),
    `${JSON.stringify({ figures, log: trainer.state.logHistory })}\n`,
  );
  model.dispose();
  return { ...figures, out, resumed, ...("reason" in curve && { noCurve: curve.reason }) };
}
