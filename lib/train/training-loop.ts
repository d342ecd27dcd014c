/** The training loop whatever its rows and its loss: accumulation, clipping, AdamW and a schedule, as transformers' Trainer has them. */
import type * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { setGradientCheckpointing, type CausalLanguageModel } from "../nn/index.ts";
import { endInterruptedGradient } from "../ops/index.ts";
import { createOptimizer, schedule } from "../optim/index.ts";
import { ensureBackend, nextTurn } from "../tensor/index.ts";
import type { Progress } from "../viz/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { BatchLoss } from "./batch-loss.ts";
import { noteBest } from "./best-metric.ts";
import type { CallbackEvent, LogEntry, TrainerControl, TrainerState } from "./callbacks.ts";
import type { CheckpointStore } from "./checkpoint-store.ts";
import { checkRun } from "./check-run.ts";
import { shareOfEpoch, stepsOfEpoch, windowsOfEpoch } from "./epoch-windows.ts";
import { evaluateModel, type ComputeMetrics, type EvaluationResult } from "./evaluation.ts";
import { beginStep, createControl, endEpoch, endStep, stopsEpoch } from "./flow.ts";
import { withOwnCallbacks } from "./own-callbacks.ts";
import { interruptRun, loadBest, saveCheckpoint, storeOf } from "./run-checkpoints.ts";
import { lintBatch, lintGradients } from "./lints.ts";
import { activateNeftune } from "./neftune.ts";
import { optimizerStep } from "./optimizer-step.ts";
import { preparationReporter } from "./preparation.ts";
import type { RowLoss } from "./row-loss.ts";
import { beginRun, type Run } from "./run.ts";
import { emptyState, resetState } from "./trainer-state.ts";
import type { TrainingLoopOptions, TrainOptions, TrainOutput } from "./training-loop-options.ts";
import { warnOnce, type OnWarning, type TrainingWarning } from "./warnings.ts";

export type { BatchLoss } from "./batch-loss.ts";
export type { TrainingLoopOptions, TrainOptions, TrainOutput } from "./training-loop-options.ts";

/**
 * Trains the parameters of a model that require gradients. A kind of training says what its loss is a mean over (items: trained
 * tokens, or pairs of answers) and how it is computed; everything else is here.
 *
 * @example
 * const trainer: TrainingLoop<TokenizedRow> = new Trainer({
 *   model: peft,
 *   trainDataset: [{ inputIds: [5, 6, 7], labels: [5, 6, 7] }],
 *   args: new TrainingArguments({ maxSteps: 1, perDeviceTrainBatchSize: 1 }),
 * });
 * await trainer.train();
 */
export abstract class TrainingLoop<Row> {
  readonly model: CausalLanguageModel;
  readonly args: TrainingArguments;
  readonly state: TrainerState;
  /** The rows that are trained on, as they go into batches. */
  readonly trainDataset: readonly Row[];
  readonly #evalRows: readonly Row[];
  readonly #calls: ReturnType<typeof withOwnCallbacks>;
  readonly #computeMetrics: ComputeMetrics<Row> | undefined;
  readonly #store: CheckpointStore | undefined;
  readonly #warn: OnWarning;
  readonly #control: TrainerControl = createControl();
  readonly #loss: RowLoss<Row> = {
    itemsOf: (row) => this.itemsOf(row),
    divisorOf: (row) => this.divisorOf(row),
    lengthOf: (row) => this.lengthOf(row),
    prepare: async (rows) => (await this.prepare?.(rows)) ?? [],
    summedLoss: (rows, prepared) => this.summedLoss(rows, prepared),
  };

  /** How many items of the loss a row has; rows without any are passed over. */
  protected abstract itemsOf(row: Row): number;

  /** How many items a row counts for in what the loss of a step is divided by; those that it has, unless a kind says otherwise. */
  protected divisorOf(row: Row): number {
    return this.itemsOf(row);
  }

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

  /** What tells the reference of the training apart from others, where it has one that is no part of a checkpoint. */
  protected referenceFingerprint?(): Promise<string | undefined>;

  /** Tells callbacks and a terminal of work before the first step, as of the tokenizing; what is shown goes when it ends or fails. */
  protected async telling<T>(
    { label, total, begun }: { label: string; total: number; begun: number },
    work: (onProgress: (step: number) => void) => Promise<T>,
  ): Promise<T> {
    const calls = this.#calls;
    const onProgress = (progress: Progress): void =>
      calls.callbacks.forEach((callback) => callback.onDataPreparation?.(progress));
    const report = preparationReporter({ label, total, onProgress }, begun);
    try {
      const result = await work((step) => report.look(step));
      report.end(total);
      return result;
    } finally {
      calls.clear();
    }
  }

  /** Looks at the rows before the first step for mistakes that would train without an error. */
  protected lints?(): readonly TrainingWarning[];

  /** Called with the gradients of each step by parameter, before they are clipped; they stay the loop's. */
  protected onGradients?(gradients: ReadonlyMap<string, tf.Tensor>): Promise<void>;

  /** @throws ResidencyError E_DATASET when no row has an item to train on; E_CONFIG when nothing is trainable. */
  constructor(options: TrainingLoopOptions<Row>) {
    const { model, args, trainDataset, evalDataset } = options;
    this.model = model;
    this.args = args;
    this.trainDataset = [...trainDataset];
    this.#evalRows = [...(evalDataset ?? [])].filter((row) => this.itemsOf(row) > 0);
    this.#computeMetrics = options.computeMetrics;
    this.#warn = warnOnce(args.silenceWarnings, options.onWarning);
    this.#store = storeOf(args, options.checkpointStore);
    this.#calls = withOwnCallbacks(args, options.callbacks);
    checkRun({ model, args, trainRows: this.trainDataset, evalRows: this.#evalRows, loss: this.#loss });
    const steps = Math.ceil(stepsOfEpoch(this.trainDataset.length, args) * args.numTrainEpochs);
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
    [...lintBatch(this.trainDataset.length, args), ...(this.lints?.() ?? [])].forEach(this.#warn);
    const parameters = model.root.trainableParameters();
    const optimizer = createOptimizer(parameters, args);
    let deactivateNeftune = (): void => undefined;
    const release = await this.#store?.claim();
    resetState(state);
    Object.assign(this.#control, createControl());
    try {
      const run = await beginRun(state, {
        ...{ args, model, parameters, optimizer, resumeFromCheckpoint, store: this.#store },
        reference: await this.referenceFingerprint?.(),
        ...{ callbacks: this.#calls.callbacks, trainRows: this.trainDataset, evalRows: this.#evalRows },
        learningRate: schedule({
          type: args.lrSchedulerType,
          kwargs: args.lrSchedulerKwargs,
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
      this.#calls.clear();
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
    const lengths = this.trainDataset.map((row) => this.lengthOf(row));
    const lastEpoch = args.maxSteps > 0 ? Infinity : Math.ceil(args.numTrainEpochs) - 1;
    const isOver = (): boolean => control.shouldTrainingStop || state.step >= state.maxSteps;
    const interrupt = async (): Promise<void> => {
      if (!signal?.aborted || isOver()) return;
      await interruptRun(this.#store, state, { save: () => this.#save(run), reason: signal.reason });
    };
    for (;;) {
      const { position } = progress;
      if (!position.epochEnded) {
        control.shouldEpochStop = false;
        const windows = windowsOfEpoch(lengths, position.epoch, args);
        await this.#call("onEpochBegin");
        while (position.window < windows.length && !isOver() && !stopsEpoch(control)) {
          await interrupt();
          beginStep(control);
          await this.#call("onStepBegin");
          const rows = windows[position.window]!.map((row) => this.trainDataset[row]!);
          await optimizerStep(rows, {
            ...{ args, state, run, loss: this.#loss },
            onSubstepEnd: () => this.#call("onSubstepEnd"),
            onGradients: (gradients) => this.#lookAt(gradients, run),
          });
          position.window += 1;
          state.epoch = position.epoch + shareOfEpoch(lengths.length, position.window, args);
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
      if (noteBest(state, await this.#evaluateAndLog(), args) && args.saveStrategy === "best")
        control.shouldSave = true;
    }
    if (control.shouldSave) {
      control.shouldSave = false;
      await this.#save(run);
      await this.#call("onSave");
    }
  }

  async #save(run: Run): Promise<void> {
    await saveCheckpoint(this.#store, this.state, run.snapshot(this.state));
  }

  /**
   * The mean loss an item over the evaluation rows, in nats, and the means of the other figures. Dropout is off meanwhile, and
   * training goes on afterwards as if nothing had been evaluated.
   */
  async evaluate(): Promise<EvaluationResult> {
    await ensureBackend();
    endInterruptedGradient();
    const { model, args } = this;
    return evaluateModel({
      ...{ model, args, rows: this.#evalRows, loss: this.#loss, step: this.state.step },
      computeMetrics: this.#computeMetrics,
    });
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

  /** Looks in the first step whether all that is to be trained has a gradient. */
  async #lookAt(gradients: ReadonlyMap<string, tf.Tensor>, run: Run): Promise<void> {
    if (this.state.step === 0 && !this.args.silenceWarnings.includes("W_NO_GRADIENT"))
      (await lintGradients(run.parameters.keys(), gradients)).forEach(this.#warn);
    await this.onGradients?.(gradients);
  }

  async #call(event: CallbackEvent): Promise<void> {
    for (const callback of this.#calls.callbacks) await callback[event]?.(this.state, this.#control, this);
  }
}
