/** The training loop whatever its rows and its loss: accumulation, clipping, AdamW and a schedule, as transformers' Trainer has them. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { setGradientCheckpointing, type CausalLanguageModel, type Parameter } from "../nn/index.ts";
import { endInterruptedGradient } from "../ops/index.ts";
import { clipFactor, createOptimizer, globalNorm, schedule, type Optimizer } from "../optim/index.ts";
import { seededRandom } from "../random.ts";
import { ensureBackend, nextTurn } from "../tensor/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { TrainerCallback, TrainerControl, TrainerState } from "./callbacks.ts";
import { valueAndGradients } from "./gradients.ts";
import { metricMeans, readScalars, type FigureSums } from "./metrics.ts";
import { activateNeftune } from "./neftune.ts";
import { sampleOrder } from "./sample-order.ts";

/** What a training loop is made of, whatever its rows are. */
export interface TrainingLoopOptions<Row> {
  model: CausalLanguageModel;
  args: TrainingArguments;
  trainDataset: Iterable<Row>;
  evalDataset?: Iterable<Row> | undefined;
  callbacks?: readonly TrainerCallback[] | undefined;
}

/** The loss of one micro-batch. */
export interface BatchLoss {
  /** Summed over the items of the batch, in nats. */
  sum: tf.Scalar;
  /** Further figures of the batch, each summed over its items; the log holds their means an item. */
  metrics?: Readonly<Record<string, tf.Scalar>>;
  /** How many items a figure is summed over where that is not all of the batch. */
  counts?: Readonly<Record<string, number>>;
}

/** The outcome of a run. */
export interface TrainOutput {
  globalStep: number;
  /** Mean loss over the steps of the run, in nats. */
  trainingLoss: number;
  seconds: number;
  tokensPerSecond: number;
}

/** The loss, the gradient norm before clipping and the sizes of one optimiser step. */
interface StepResult {
  loss: number;
  gradNorm: number;
  realTokens: number;
  metrics: FigureSums;
}

/**
 * Trains the parameters of a model that require gradients. A kind of training says what its loss is a mean over (items: trained
 * tokens, or pairs of answers) and how it is computed; everything else is here.
 */
export abstract class TrainingLoop<Row> {
  readonly model: CausalLanguageModel;
  readonly args: TrainingArguments;
  readonly state: TrainerState;
  readonly #trainRows: readonly Row[];
  readonly #evalRows: readonly Row[];
  readonly #callbacks: readonly TrainerCallback[];
  readonly #control: TrainerControl = { shouldTrainingStop: false };

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
  constructor({ model, args, trainDataset, evalDataset, callbacks }: TrainingLoopOptions<Row>) {
    this.model = model;
    this.args = args;
    this.#trainRows = [...trainDataset];
    this.#evalRows = [...(evalDataset ?? [])].filter((row) => this.itemsOf(row) > 0);
    this.#callbacks = callbacks ?? [];
    const { perDeviceTrainBatchSize, gradientAccumulationSteps, maxSteps, numTrainEpochs } = args;
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
    const stepsPerEpoch = Math.ceil(
      Math.ceil(this.#trainRows.length / perDeviceTrainBatchSize) / gradientAccumulationSteps,
    );
    this.state = {
      step: 0,
      maxSteps: maxSteps > 0 ? maxSteps : Math.ceil(stepsPerEpoch * numTrainEpochs),
      epoch: 0,
      loss: NaN,
      tokensPerSecond: 0,
      secondsLeft: NaN,
      logHistory: [],
    };
  }

  /**
   * Runs all steps; between two steps other work of the process gets its turn.
   *
   * @throws ResidencyError E_NUMERIC when a loss or a gradient is not finite; the weights are those of the step before.
   */
  async train(): Promise<TrainOutput> {
    await ensureBackend();
    endInterruptedGradient();
    const { args, state } = this;
    const parameters = this.model.root.trainableParameters();
    const optimizer = createOptimizer(parameters, args);
    const learningRate = schedule({
      type: args.lrSchedulerType,
      learningRate: args.learningRate,
      warmupSteps: args.warmupSteps > 0 ? args.warmupSteps : Math.ceil(args.warmupRatio * state.maxSteps),
      totalSteps: state.maxSteps,
    });
    const start = performance.now();
    let logged = { step: state.step, time: start, tokens: 0, lossSum: 0 };
    let lossSum = 0;
    let tokens = 0;
    const metrics = metricMeans();
    this.#control.shouldTrainingStop = false;
    const deactivateNeftune = activateNeftune(this.model.root, args, () => state.step);
    this.model.root.train(true);
    if (args.gradientCheckpointing) setGradientCheckpointing(this.model.root, true);
    try {
      await this.#call("onTrainBegin");
      for (const window of this.#windows()) {
        const rate = learningRate(state.step);
        const result = await this.#step(window.rows, { parameters, optimizer, rate });
        const { loss, gradNorm, realTokens } = result;
        const now = performance.now();
        metrics.add(result.metrics);
        lossSum += loss;
        tokens += realTokens;
        state.step += 1;
        state.epoch = window.epoch;
        state.loss = loss;
        state.tokensPerSecond = (1000 * tokens) / (now - start);
        state.secondsLeft = ((state.maxSteps - state.step) * (now - start)) / 1000 / state.step;
        if (state.step % args.loggingSteps === 0 || state.step === state.maxSteps) {
          state.logHistory.push({
            step: state.step,
            epoch: state.epoch,
            loss: (lossSum - logged.lossSum) / (state.step - logged.step),
            gradNorm,
            learningRate: rate,
            tokensPerSecond: (1000 * (tokens - logged.tokens)) / (now - logged.time),
            ...metrics.take(),
          });
          logged = { step: state.step, time: now, tokens, lossSum };
          await this.#call("onLog");
        }
        if (args.evalSteps > 0 && state.step % args.evalSteps === 0) await this.#evaluateAndLog();
        await this.#call("onStepEnd");
        await nextTurn();
        if (stopRequested(this.#control)) break;
      }
      await this.#call("onTrainEnd");
    } finally {
      this.model.root.train(false);
      deactivateNeftune();
      if (args.gradientCheckpointing) setGradientCheckpointing(this.model.root, false);
      optimizer.dispose();
    }
    const seconds = (performance.now() - start) / 1000;
    return {
      globalStep: state.step,
      trainingLoss: lossSum / state.step,
      seconds,
      tokensPerSecond: tokens / seconds,
    };
  }

  /** The mean loss an item over the evaluation rows, in nats, and the means of the other figures. */
  async evaluate(): Promise<{ evalLoss: number; metrics?: Readonly<Record<string, number>> }> {
    await ensureBackend();
    if (this.#evalRows.length === 0) {
      throw new ResidencyError("E_DATASET", "Cannot evaluate: the trainer has no evalDataset with labels");
    }
    const wasTraining = this.model.root.training;
    this.model.root.train(false);
    const metrics = metricMeans();
    let sum = 0;
    let items = 0;
    // Rows of like length together waste the least padding; the mean does not depend on the order.
    const rows = [...this.#evalRows].sort((a, b) => this.lengthOf(b) - this.lengthOf(a));
    try {
      for (let at = 0; at < rows.length; at += this.args.perDeviceEvalBatchSize) {
        const batch = rows.slice(at, at + this.args.perDeviceEvalBatchSize);
        const prepared = (await this.prepare?.(batch)) ?? [];
        const loss = this.summedLoss(batch, prepared);
        tf.dispose(prepared);
        const ofBatch = batch.reduce((count, row) => count + this.itemsOf(row), 0);
        const [value = NaN, ...others] = await readScalars([loss.sum, ...Object.values(loss.metrics ?? {})]);
        sum += value;
        items += ofBatch;
        Object.keys(loss.metrics ?? {}).forEach((name, index) =>
          metrics.add({ [name]: { sum: others[index]!, count: loss.counts?.[name] ?? ofBatch } }),
        );
        await nextTurn();
      }
    } finally {
      this.model.root.train(wasTraining);
    }
    return { evalLoss: sum / items, ...metrics.take() };
  }

  async #evaluateAndLog(): Promise<void> {
    const { evalLoss, metrics } = await this.evaluate();
    const { step, epoch } = this.state;
    this.state.logHistory.push({ step, epoch, evalLoss, ...(metrics && { metrics }) });
    await this.#call("onEvaluate");
  }

  async #call(event: keyof TrainerCallback): Promise<void> {
    for (const callback of this.#callbacks) await callback[event]?.(this.state, this.#control);
  }

  /** The rows of each optimiser step, epoch after epoch, until the last step. */
  *#windows(): Generator<{ rows: Row[]; epoch: number }> {
    const {
      perDeviceTrainBatchSize: batchSize,
      gradientAccumulationSteps,
      seed,
      trainSamplingStrategy,
    } = this.args;
    const rows = this.#trainRows;
    const size = batchSize * gradientAccumulationSteps;
    const lengths = rows.map((row) => this.lengthOf(row));
    for (let epoch = 0, step = 0; ; epoch++) {
      const order = sampleOrder(lengths, {
        strategy: trainSamplingStrategy,
        batchSize,
        random: seededRandom(seed + epoch),
      });
      for (let at = 0; at < order.length; at += size, step++) {
        if (step === this.state.maxSteps) return;
        const window = order.slice(at, at + size).map((row) => rows[row]!);
        yield { rows: window, epoch: epoch + Math.min(1, (at + size) / order.length) };
      }
    }
  }

  /** One optimiser step over the micro-batches of a window. */
  async #step(
    rows: readonly Row[],
    {
      parameters,
      optimizer,
      rate,
    }: { parameters: Map<string, Parameter>; optimizer: Optimizer; rate: number },
  ): Promise<StepResult> {
    const { perDeviceTrainBatchSize: batchSize, maxGradNorm } = this.args;
    const items = rows.reduce((count, row) => count + this.itemsOf(row), 0);
    const realTokens = rows.reduce((count, row) => count + this.lengthOf(row), 0);
    if (items === 0) return { loss: 0, gradNorm: 0, realTokens, metrics: {} };
    const gradients = new Map<string, tf.Tensor>();
    const losses: tf.Scalar[] = [];
    const figures: { name: string; sum: tf.Scalar; count: number }[] = [];
    for (let at = 0; at < rows.length; at += batchSize) {
      const micro = rows.slice(at, at + batchSize).filter((row) => this.itemsOf(row) > 0);
      if (micro.length === 0) continue;
      const ofBatch = micro.reduce((count, row) => count + this.itemsOf(row), 0);
      const prepared = (await this.prepare?.(micro)) ?? [];
      // Divided by the items of the whole window, so that accumulation equals one large batch.
      const result = valueAndGradients(
        () =>
          tf.tidy(() => {
            const { sum, metrics = {}, counts = {} } = this.summedLoss(micro, prepared);
            for (const [name, value] of Object.entries(metrics))
              figures.push({ name, sum: tf.keep(value), count: counts[name] ?? ofBatch });
            return tf.div(sum, items);
          }),
        parameters,
      );
      tf.dispose(prepared);
      losses.push(result.value);
      addInto(gradients, result.gradients);
    }
    const normTensor = globalNorm(gradients.values());
    // Read together and only now: each wait lets a GPU run dry.
    const values = await readScalars([normTensor, ...losses, ...figures.map(({ sum }) => sum)]);
    const gradNorm = values[0]!;
    const loss = values.slice(1, 1 + losses.length).reduce((sum, value) => sum + value, 0);
    const metrics: FigureSums = {};
    for (const [index, { name, count }] of figures.entries()) {
      const { sum: before, count: counted } = metrics[name] ?? { sum: 0, count: 0 };
      metrics[name] = { sum: before + values[1 + losses.length + index]!, count: counted + count };
    }
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
      tf.dispose([...gradients.values()]);
      throw new ResidencyError(
        "E_NUMERIC",
        `Cannot go on after step ${this.state.step}: the loss is ${loss} and the gradient norm ${gradNorm}; ` +
          "the weights are still those of that step. Lower learningRate, or look at the rows of the next batch",
      );
    }
    try {
      await this.onGradients?.(gradients);
    } catch (error) {
      tf.dispose([...gradients.values()]);
      throw error;
    }
    optimizer.step(gradients, rate, clipFactor(gradNorm, maxGradNorm));
    tf.dispose([...gradients.values()]);
    return { loss, gradNorm, realTokens, metrics };
  }
}

/** Read by a function, since a callback may have changed it since it was set. */
function stopRequested(control: TrainerControl): boolean {
  return control.shouldTrainingStop;
}

/** Adds gradients to those of earlier micro-batches; takes them over. */
function addInto(sums: Map<string, tf.Tensor>, gradients: ReadonlyMap<string, tf.Tensor>): void {
  for (const [name, gradient] of gradients) {
    const sum = sums.get(name);
    sums.set(name, sum ? tf.add(sum, gradient) : gradient);
    if (sum) tf.dispose([sum, gradient]);
  }
}
