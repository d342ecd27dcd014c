/** The training loop whatever its rows and its loss: accumulation, clipping, AdamW and a schedule, as transformers' Trainer has them. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { setGradientCheckpointing, type CausalLanguageModel } from "../nn/index.ts";
import { endInterruptedGradient, withSeedSource } from "../ops/index.ts";
import { clipFactor, createOptimizer, schedule } from "../optim/index.ts";
import { ensureBackend, nextTurn } from "../tensor/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { BatchLoss } from "./batch-loss.ts";
import { isBetter, metricOf } from "./best-metric.ts";
import type { CallbackEvent, LogEntry, TrainerCallback, TrainerControl, TrainerState } from "./callbacks.ts";
import type { CheckpointStore } from "./checkpoint-store.ts";
import { stepsOfEpoch, windowsOfEpoch } from "./epoch-windows.ts";
import { evaluateRows, type ComputeMetrics, type EvaluationResult } from "./evaluation.ts";
import { beginStep, createControl, endEpoch, endStep } from "./flow.ts";
import { logCallbacks } from "./log-files.ts";
import { logFolder } from "./logs/node.ts";
import { loadBest, saveCheckpoint, storeOf, type ResumeFromCheckpoint } from "./run-checkpoints.ts";
import { activateNeftune } from "./neftune.ts";
import { beginRun, type Run } from "./run.ts";
import { emptyState, resetState } from "./trainer-state.ts";
import { notFinite, windowGradients } from "./window-gradients.ts";

export type { BatchLoss } from "./batch-loss.ts";

/** What a training loop is made of, whatever its rows are. */
export interface TrainingLoopOptions<Row> {
  model: CausalLanguageModel;
  args: TrainingArguments;
  trainDataset: Iterable<Row>;
  evalDataset?: Iterable<Row> | undefined;
  callbacks?: readonly TrainerCallback[] | undefined;
  /** Further figures of each evaluation, by which the best checkpoint may be chosen. */
  computeMetrics?: ComputeMetrics<Row> | undefined;
  /** Where checkpoints are kept instead of the folder outputDir. */
  checkpointStore?: CheckpointStore | undefined;
}

/** How a run is started. */
export interface TrainOptions {
  /** Goes on from the newest checkpoint of outputDir (true) or from the folder of one, to the bit. */
  resumeFromCheckpoint?: ResumeFromCheckpoint;
  /** Once it is aborted, the run saves a checkpoint after the present step and ends with E_INTERRUPTED. */
  signal?: AbortSignal;
}

/** The outcome of a run. */
export interface TrainOutput {
  globalStep: number;
  /** Mean loss over the steps of the run, in nats. */
  trainingLoss: number;
  seconds: number;
  tokensPerSecond: number;
}

/**
 * Trains the parameters of a model that require gradients. A kind of training says what its loss is a mean over (items: trained
 * tokens, or pairs of answers) and how it is computed; everything else is here.
 *
 * @example
 * const trainer: TrainingLoop<TokenizedRow> = new Trainer({
 *   model: peft,
 *   trainDataset: [{ inputIds: [5, 6, 7], labels: [5, 6, 7] }],
 *   args: new TrainingArguments({ maxSteps: 1 }),
 * });
 * await trainer.train();
 */
export abstract class TrainingLoop<Row> {
  readonly model: CausalLanguageModel;
  readonly args: TrainingArguments;
  readonly state: TrainerState;
  readonly #trainRows: readonly Row[];
  readonly #evalRows: readonly Row[];
  readonly #callbacks: readonly TrainerCallback[];
  readonly #computeMetrics: ComputeMetrics<Row> | undefined;
  readonly #store: CheckpointStore | undefined;
  readonly #control: TrainerControl = createControl();

  /** How many items of the loss a row has; rows without any are passed over. */
  protected abstract itemsOf(row: Row): number;

  /** How many real tokens a row has. */
  protected abstract lengthOf(row: Row): number;

  /**
   * Makes what the loss of a micro-batch needs and nothing is learnt from, such as a reference's log-probabilities; run before
   * each summedLoss with the tape off. The loop disposes of the tensors.
   */
  protected prepare?(rows: readonly Row[]): Promise<tf.Tensor[]>;

  /**
   * The loss of a micro-batch, summed over its items, with what `prepare` has made of the same rows; run with the tape on in
   * training, and without it in evaluation.
   */
  protected abstract summedLoss(rows: readonly Row[], prepared: readonly tf.Tensor[]): BatchLoss;

  /** Called with the gradients of each step by parameter, before they are clipped; they stay the loop's. */
  protected onGradients?(gradients: ReadonlyMap<string, tf.Tensor>): Promise<void>;

  /** @throws ResidencyError E_DATASET when no row has an item to train on; E_CONFIG when nothing is trainable. */
  constructor(options: TrainingLoopOptions<Row>) {
    const { model, args, trainDataset, evalDataset, callbacks = [] } = options;
    this.model = model;
    this.args = args;
    this.#trainRows = [...trainDataset];
    this.#evalRows = [...(evalDataset ?? [])].filter((row) => this.itemsOf(row) > 0);
    this.#computeMetrics = options.computeMetrics;
    this.#store = storeOf(args, options.checkpointStore);
    const { loggingDir, reportTo } = args;
    const logs = loggingDir === undefined ? [] : logCallbacks(logFolder(loggingDir), reportTo);
    this.#callbacks = [...logs, ...callbacks];
    if (!this.#trainRows.some((row) => this.itemsOf(row) > 0)) {
      throw new ResidencyError(
        "E_DATASET",
        `Cannot train on ${this.#trainRows.length} rows: none has anything to train on (a label other than -100 behind its first token)`,
      );
    }
    if (model.root.trainableParameters().size === 0) {
      throw new ResidencyError(
        "E_CONFIG",
        "Cannot train the model: none of its parameters requires a gradient",
      );
    }
    if (args.gradientCheckpointing && setGradientCheckpointing(model.root, false) === 0) {
      throw new ResidencyError(
        "E_CONFIG",
        "Cannot train with gradientCheckpointing: no part of this model can make its activations again; leave it out",
      );
    }
    if (args.evalStrategy !== "no" && this.#evalRows.length === 0) {
      throw new ResidencyError(
        "E_DATASET",
        `Cannot train with evalStrategy "${args.evalStrategy}": the evalDataset has no row with labels`,
      );
    }
    const steps = Math.ceil(stepsOfEpoch(this.#trainRows.length, args) * args.numTrainEpochs);
    this.state = emptyState(args.maxSteps > 0 ? args.maxSteps : steps);
  }

  /**
   * Runs all steps, from the first or from a checkpoint; between two steps other work of the process gets its turn.
   *
   * @throws ResidencyError E_NUMERIC when a loss or a gradient is not finite; the weights are those of the step before.
   * E_CHECKPOINT when a checkpoint cannot be resumed; E_SAVE when none can be written; E_INTERRUPTED by the signal.
   */
  async train({ resumeFromCheckpoint = false, signal }: TrainOptions = {}): Promise<TrainOutput> {
    await ensureBackend();
    endInterruptedGradient();
    const { args, state, model } = this;
    const parameters = model.root.trainableParameters();
    const optimizer = createOptimizer(parameters, args);
    let deactivateNeftune = (): void => undefined;
    const release = await this.#store?.claim();
    resetState(state);
    Object.assign(this.#control, createControl());
    try {
      const run = await beginRun(state, {
        ...{ args, model, parameters, optimizer, resumeFromCheckpoint, store: this.#store },
        ...{ callbacks: this.#callbacks, trainRows: this.#trainRows, evalRows: this.#evalRows },
        learningRate: schedule({
          type: args.lrSchedulerType,
          learningRate: args.learningRate,
          warmupSteps: args.warmupSteps > 0 ? args.warmupSteps : Math.ceil(args.warmupRatio * state.maxSteps),
          totalSteps: state.maxSteps,
        }),
      });
      deactivateNeftune = activateNeftune(model.root, args, () => state.step);
      model.root.train(true);
      if (args.gradientCheckpointing) setGradientCheckpointing(model.root, true);
      await this.#call("onTrainBegin");
      if (args.evalOnStart && state.step === 0) await this.#evaluateAndLog();
      await this.#epochs(run, signal);
      if (args.loadBestModelAtEnd) await loadBest(this.#store, state, parameters);
      await this.#call("onTrainEnd");
      const seconds = run.clock.seconds();
      return {
        globalStep: state.step,
        trainingLoss: run.progress.lossSum / state.step,
        seconds,
        tokensPerSecond: (run.progress.tokens - run.clock.startTokens) / seconds,
      };
    } finally {
      deactivateNeftune();
      model.root.train(false);
      if (args.gradientCheckpointing) setGradientCheckpointing(model.root, false);
      optimizer.dispose();
      await release?.();
    }
  }

  /** Epoch after epoch, until the last step or until a callback ends the run. */
  async #epochs(run: Run, signal: AbortSignal | undefined): Promise<void> {
    const { args, state } = this;
    const control = this.#control;
    const { progress } = run;
    const lengths = this.#trainRows.map((row) => this.lengthOf(row));
    const lastEpoch = args.maxSteps > 0 ? Infinity : Math.ceil(args.numTrainEpochs) - 1;
    const isOver = (): boolean => control.shouldTrainingStop || state.step >= state.maxSteps;
    const interrupt = async (): Promise<void> => {
      if (signal?.aborted && !isOver()) await this.#interrupt(run, signal);
    };
    for (;;) {
      const { position } = progress;
      if (!position.epochEnded) {
        control.shouldEpochStop = false;
        const windows = windowsOfEpoch(lengths, position.epoch, args);
        await this.#call("onEpochBegin");
        while (position.window < windows.length && !isOver() && !epochStops(control)) {
          await interrupt();
          beginStep(control);
          await this.#call("onStepBegin");
          const rows = windows[position.window]!.map((row) => this.#trainRows[row]!);
          await this.#step(rows, run);
          position.window += 1;
          state.epoch = position.epoch + position.window / windows.length;
          endStep(args, state, control);
          await this.#call("onStepEnd");
          await this.#logEvaluateSave(run);
          await nextTurn();
        }
        await interrupt();
        position.epochEnded = true;
        endEpoch(args, control);
        await this.#call("onEpochEnd");
        await this.#logEvaluateSave(run);
      }
      if (isOver() || position.epoch >= lastEpoch) return;
      progress.position = { epoch: position.epoch + 1, window: 0, epochEnded: false };
    }
  }

  /** Follows the flags, in transformers' order. */
  async #logEvaluateSave(run: Run): Promise<void> {
    const { args, state } = this;
    const control = this.#control;
    if (control.shouldLog) {
      control.shouldLog = false;
      if (run.log(state)) await this.#call("onLog");
    }
    if (control.shouldEvaluate) {
      control.shouldEvaluate = false;
      const entry = await this.#evaluateAndLog();
      const metric = needsMetric(args) ? metricOf(entry, args.metricForBestModel) : undefined;
      if (metric !== undefined && isBetter(metric, state.bestMetric, args)) {
        state.bestMetric = metric;
        state.bestGlobalStep = state.step;
        if (args.saveStrategy === "best") control.shouldSave = true;
      }
    }
    if (control.shouldSave) {
      control.shouldSave = false;
      await this.#save(run);
      await this.#call("onSave");
    }
  }

  async #save(run: Run): Promise<void> {
    if (!this.#store) {
      throw new ResidencyError(
        "E_CONFIG",
        "Cannot save a checkpoint as a callback asks for: the arguments have no outputDir",
      );
    }
    await saveCheckpoint(this.#store, this.state, run.snapshot(this.state));
  }

  async #interrupt(run: Run, signal: AbortSignal): Promise<never> {
    const { step, maxSteps } = this.state;
    if (this.#store && step > 0) await this.#save(run);
    throw new ResidencyError(
      "E_INTERRUPTED",
      `Stopped training after step ${step} of ${maxSteps}: ` +
        (this.#store && step > 0
          ? `go on by train({ resumeFromCheckpoint: true }), the checkpoint is in ${this.#store.place}`
          : "the model keeps its weights, and there is no checkpoint to go on from"),
      { cause: signal.reason },
    );
  }

  /**
   * The mean loss an item over the evaluation rows, in nats, and the means of the other figures. Dropout is off meanwhile, and
   * training goes on afterwards as if nothing had been evaluated.
   */
  async evaluate(): Promise<EvaluationResult> {
    await ensureBackend();
    endInterruptedGradient();
    const rows = this.#evalRows;
    if (rows.length === 0) {
      throw new ResidencyError("E_DATASET", "Cannot evaluate: the trainer has no evalDataset with labels");
    }
    const { model, args } = this;
    const wasTraining = model.root.training;
    model.root.train(false);
    try {
      const result = await evaluateRows(rows, {
        batchSize: args.perDeviceEvalBatchSize,
        weighting: args.evalLossWeighting,
        itemsOf: (row) => this.itemsOf(row),
        lengthOf: (row) => this.lengthOf(row),
        summedLoss: async (batch) => {
          const prepared = (await this.prepare?.(batch)) ?? [];
          const run = (): tf.TensorContainer =>
            this.summedLoss(batch, prepared) as unknown as tf.TensorContainer;
          const loss = tf.tidy(run) as unknown as BatchLoss;
          tf.dispose(prepared);
          return loss;
        },
      });
      if (!this.#computeMetrics) return result;
      const { evalLoss, metrics = {} } = result;
      const computed = await this.#computeMetrics({ model, rows, evalLoss, metrics, step: this.state.step });
      return { evalLoss, metrics: { ...metrics, ...computed } };
    } finally {
      model.root.train(wasTraining);
    }
  }

  /** Writes the model, or its adapter, as a folder of Hugging Face's form. */
  async saveModel(folder: string): Promise<void> {
    if (!this.model.savePretrained) {
      throw new ResidencyError("E_CONFIG", `Cannot save the model to ${folder}: it has no savePretrained`);
    }
    await this.model.savePretrained(folder);
  }

  async #evaluateAndLog(): Promise<LogEntry> {
    const { evalLoss, metrics } = await this.evaluate();
    const { step, epoch } = this.state;
    const entry: LogEntry = { step, epoch, evalLoss, ...(metrics && { metrics }) };
    this.state.logHistory.push(entry);
    await this.#call("onEvaluate");
    return entry;
  }

  async #call(event: CallbackEvent): Promise<void> {
    for (const callback of this.#callbacks) await callback[event]?.(this.state, this.#control, this);
  }

  /** One optimiser step over the micro-batches of a window. */
  async #step(rows: readonly Row[], run: Run): Promise<void> {
    const { args, state } = this;
    const { parameters, optimizer, dropout } = run;
    const items = rows.reduce((count, row) => count + this.itemsOf(row), 0);
    const realTokens = rows.reduce((count, row) => count + this.lengthOf(row), 0);
    const batches: (readonly Row[])[] = [];
    for (let at = 0; at < rows.length; at += args.perDeviceTrainBatchSize) {
      const batch = rows.slice(at, at + args.perDeviceTrainBatchSize).filter((row) => this.itemsOf(row) > 0);
      if (batch.length > 0) batches.push(batch);
    }
    if (items === 0) {
      run.count(state, { loss: 0, gradNorm: 0, realTokens, metrics: {} });
      return;
    }
    const { loss, gradNorm, gradients, metrics } = await windowGradients(batches, {
      parameters,
      items,
      itemsOf: (row) => this.itemsOf(row),
      prepare: async (batch) => (await this.prepare?.(batch)) ?? [],
      summedLoss: (batch, prepared) => this.summedLoss(batch, prepared),
      around: (compute) => withSeedSource(() => dropout.int(2 ** 31), compute),
      onSubstepEnd: () => this.#call("onSubstepEnd"),
    });
    try {
      if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
        const names = await notFinite(gradients);
        throw new ResidencyError(
          "E_NUMERIC",
          `Cannot go on after step ${state.step}: the loss is ${loss} and the gradient norm ${gradNorm} ` +
            `(not finite: ${names.slice(0, 3).join(", ") || "no gradient"}${names.length > 3 ? ` and ${names.length - 3} more` : ""}); ` +
            "the weights are still those of that step. Lower learningRate, or look at the rows of the next batch",
        );
      }
      await this.onGradients?.(gradients);
      optimizer.step(gradients, run.rate(state), clipFactor(gradNorm, args.maxGradNorm));
    } finally {
      tf.dispose([...gradients.values()]);
    }
    run.count(state, { loss, gradNorm, realTokens, metrics });
  }
}

/** Whether the best evaluation is asked for by anything. */
const needsMetric = ({ loadBestModelAtEnd, saveStrategy }: TrainingArguments): boolean =>
  loadBestModelAtEnd || saveStrategy === "best";

/** Read by a function, since a callback may have changed it since it was set. */
const epochStops = ({ shouldEpochStop }: TrainerControl): boolean => shouldEpochStop;
