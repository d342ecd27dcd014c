/** Ends a run whose evaluations have stopped getting better, as transformers' EarlyStoppingCallback does. */
import { ResidencyError } from "../errors.ts";
import { isBetter, metricOf } from "./best-metric.ts";
import type { CallbackContext, TrainerCallback, TrainerControl, TrainerState } from "./callbacks.ts";

/** When a run is ended. */
export interface EarlyStoppingOptions {
  /** How many evaluations in a row may be no better; 1 when left out. */
  earlyStoppingPatience?: number;
  /** By how much an evaluation must be better to count; 0 when left out. */
  earlyStoppingThreshold?: number;
}

/**
 * Ends a run after some evaluations in a row whose metricForBestModel is not better than the best before them.
 *
 * @example
 * const callback = new EarlyStoppingCallback({ earlyStoppingPatience: 3, earlyStoppingThreshold: 0.01 });
 * const trainer = new SFTTrainer({ model: peft, tokenizer, trainDataset: rows, evalDataset: rows, callbacks: [callback],
 *   args: new SFTConfig({ maxSteps: 4, perDeviceTrainBatchSize: 1, evalStrategy: "steps", evalSteps: 1, metricForBestModel: "eval_loss" }) });
 * await trainer.train();
 */
export class EarlyStoppingCallback implements TrainerCallback {
  readonly stateName = "EarlyStoppingCallback";
  readonly #patience: number;
  readonly #threshold: number;
  #counter = 0;
  /** The best value so far that counted as progress. */
  #best: number | undefined;

  /** @throws ResidencyError E_CONFIG for a patience below 1 or a negative threshold. */
  constructor({ earlyStoppingPatience = 1, earlyStoppingThreshold = 0 }: EarlyStoppingOptions = {}) {
    if (!(Number.isInteger(earlyStoppingPatience) && earlyStoppingPatience >= 1)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot stop early with earlyStoppingPatience ${earlyStoppingPatience}: it must be a whole number of at least 1`,
      );
    }
    if (!(earlyStoppingThreshold >= 0 && Number.isFinite(earlyStoppingThreshold))) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot stop early with earlyStoppingThreshold ${earlyStoppingThreshold}: it must be a number of at least 0`,
      );
    }
    this.#patience = earlyStoppingPatience;
    this.#threshold = earlyStoppingThreshold;
  }

  onTrainBegin(_state: TrainerState, control: TrainerControl, { args }: CallbackContext): void {
    if (args.evalStrategy === "no") {
      throw new ResidencyError(
        "E_CONFIG",
        'Cannot stop early with evalStrategy "no": choose "steps" or "epoch"',
      );
    }
    // A run that had ended is at its end when it is resumed, too.
    if (this.#counter >= this.#patience) control.shouldTrainingStop = true;
  }

  onEvaluate(state: TrainerState, control: TrainerControl, { args }: CallbackContext): void {
    // An evaluation before the first step is no sign of progress.
    if (state.step === 0) return;
    const metric = metricOf(state.logHistory.at(-1)!, args.metricForBestModel);
    const isProgress =
      isBetter(metric, this.#best, args) &&
      (this.#best === undefined || Math.abs(metric - this.#best) > this.#threshold);
    if (isProgress) this.#best = metric;
    this.#counter = isProgress ? 0 : this.#counter + 1;
    if (this.#counter >= this.#patience) control.shouldTrainingStop = true;
  }

  stateDict(): Record<string, number> {
    return { counter: this.#counter, ...(this.#best !== undefined && { best: this.#best }) };
  }

  loadStateDict({ counter, best }: Readonly<Record<string, number>>): void {
    this.#counter = counter ?? 0;
    this.#best = best;
  }
}
