/** One run of a training loop: all that changes while it goes on, and that a checkpoint keeps. */
import { seededRandom, type SeededRandom } from "../random.ts";
import type { CausalLanguageModel, Parameter } from "../nn/index.ts";
import type { Optimizer } from "../optim/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { TrainerCallback, TrainerState } from "./callbacks.ts";
import type { RunSnapshot } from "./checkpoint.ts";
import type { CheckpointStore } from "./checkpoint-store.ts";
import { fingerprintOfParameters, fingerprintOfRows } from "./fingerprint.ts";
import { metricMeans, type FigureSums } from "./metrics.ts";
import { compareRuns } from "./resume.ts";
import { checkpointOf, type ResumeFromCheckpoint } from "./run-checkpoints.ts";
import { startOfRun, type RunProgress } from "./run-progress.ts";
import type { RunState } from "./run-state.ts";

/** What a run is made of. */
export interface RunOptions {
  args: TrainingArguments;
  model: CausalLanguageModel;
  parameters: ReadonlyMap<string, Parameter>;
  optimizer: Optimizer;
  learningRate: (step: number) => number;
  callbacks: readonly TrainerCallback[];
  trainRows: readonly unknown[];
  evalRows: readonly unknown[];
  /** A fingerprint of what the run is measured against, where it has a reference. */
  reference: string | undefined;
  store: CheckpointStore | undefined;
  resumeFromCheckpoint: ResumeFromCheckpoint;
}

/** The outcome of one optimiser step. */
export interface StepFigures {
  /** Mean loss an item, in nats. */
  loss: number;
  /** Norm of all gradients before clipping. */
  gradNorm: number;
  realTokens: number;
  metrics: Readonly<FigureSums>;
}

/** A run that has begun. */
export interface Run {
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly optimizer: Optimizer;
  readonly progress: RunProgress;
  /** The stream that all dropout of the run draws from. */
  readonly dropout: SeededRandom;
  /** The learning rate of the next step. */
  rate(state: TrainerState): number;
  /** Takes a step into the sums and the state. */
  count(state: TrainerState, figures: StepFigures): void;
  /** Adds an entry to the log; false when there was no step since the last one. */
  log(state: TrainerState): boolean;
  snapshot(state: TrainerState): Omit<RunSnapshot, "state">;
  /** Seconds since this process began with the run, and the tokens that were counted before. */
  clock: { seconds(): number; readonly startTokens: number };
}

/** So that dropout's stream is none of those that epochs are shuffled with. */
const dropoutSalt = 0x5bd1e995;

/**
 * Begins a run, or goes on with one: the state, the parameters, the optimiser and the callbacks are then those of the checkpoint.
 *
 * @throws ResidencyError E_CHECKPOINT when it cannot be resumed; nothing has been changed then.
 */
export async function beginRun(state: TrainerState, options: RunOptions): Promise<Run> {
  const { args, optimizer, callbacks } = options;
  const checkpoint = await checkpointOf(options.resumeFromCheckpoint, options.store, options);
  const identity = options.store || checkpoint ? await identityOf(options) : undefined;
  let progress = startOfRun();
  let dropout = seededRandom(args.seed ^ dropoutSalt);
  if (checkpoint && identity) {
    const warnings = compareRuns(checkpoint.name, checkpoint, { args, run: identity });
    if (warnings.length > 0) {
      console.warn(`Resuming from ${checkpoint.name} with what it did not have: ${warnings.join("; ")}`);
    }
    optimizer.loadStateDict(checkpoint.optimizer);
    await checkpoint.loadParameters();
    const { step, epoch, logHistory, bestMetric, bestGlobalStep, bestModelCheckpoint } = checkpoint.state;
    Object.assign(state, { step, epoch, bestMetric, bestGlobalStep, bestModelCheckpoint });
    state.logHistory.push(...logHistory);
    progress = checkpoint.run.progress;
    dropout = seededRandom(checkpoint.run.randomStates.dropout);
  }
  for (const callback of callbacks) {
    const name = callback.stateName;
    callback.loadStateDict?.((name !== undefined && checkpoint?.run.callbacks[name]) || {});
  }
  return runFrom(state, { ...options, progress, dropout, identity });
}

type Identity = Pick<RunState, "fingerprints" | "rows">;

async function identityOf({ model, trainRows, evalRows, reference }: RunOptions): Promise<Identity> {
  return {
    fingerprints: {
      trainDataset: fingerprintOfRows(trainRows),
      evalDataset: fingerprintOfRows(evalRows),
      frozenParameters: await fingerprintOfParameters(model.root),
      ...(reference !== undefined && { reference }),
    },
    rows: { train: trainRows.length, evaluation: evalRows.length },
  };
}

interface RunParts extends RunOptions {
  progress: RunProgress;
  dropout: SeededRandom;
  identity: Identity | undefined;
}

function runFrom(start: TrainerState, parts: RunParts): Run {
  const { args, model, parameters, optimizer, learningRate, callbacks, progress, dropout, identity } = parts;
  const metrics = metricMeans(progress.metrics);
  const [startStep, startTokens] = [start.step, progress.tokens];
  const startTime = performance.now();
  // Times of another process say nothing of this one's speed.
  let lastLog = { time: startTime, tokens: startTokens };
  let gradNorm = NaN;
  const lastRate = (step: number): number => learningRate(step - 1);
  return {
    parameters,
    optimizer,
    progress,
    dropout,
    rate: ({ step }) => learningRate(step),
    count(state, figures) {
      metrics.add(figures.metrics);
      gradNorm = figures.gradNorm;
      progress.lossSum += figures.loss;
      progress.tokens += figures.realTokens;
      state.step += 1;
      state.loss = figures.loss;
      const seconds = (performance.now() - startTime) / 1000;
      state.tokensPerSecond = (progress.tokens - startTokens) / seconds;
      state.secondsLeft = ((state.maxSteps - state.step) * seconds) / (state.step - startStep);
    },
    log(state) {
      const { logged } = progress;
      if (state.step === logged.step) return false;
      const now = performance.now();
      state.logHistory.push({
        step: state.step,
        epoch: state.epoch,
        loss: (progress.lossSum - logged.lossSum) / (state.step - logged.step),
        gradNorm,
        learningRate: lastRate(state.step),
        tokensPerSecond: (1000 * (progress.tokens - lastLog.tokens)) / (now - lastLog.time),
        ...metrics.take(),
      });
      progress.logged = { step: state.step, tokens: progress.tokens, lossSum: progress.lossSum };
      lastLog = { time: now, tokens: progress.tokens };
      return true;
    },
    snapshot(state) {
      const { fingerprints, rows } = identity!;
      const states = callbacks.flatMap((callback) =>
        callback.stateName !== undefined && callback.stateDict
          ? [[callback.stateName, callback.stateDict()] as const]
          : [],
      );
      return {
        ...{ model, parameters, optimizer, args },
        run: {
          progress: { ...progress, metrics: metrics.sums() },
          randomStates: { dropout: dropout.state() },
          scheduler: { type: args.lrSchedulerType, step: state.step, learningRate: learningRate(state.step) },
          callbacks: Object.fromEntries(states),
          fingerprints,
          rows,
        },
      };
    },
    clock: { seconds: () => (performance.now() - startTime) / 1000, startTokens },
  };
}
