/** The settings of ORPO, with the names and defaults of TRL 1.13's ORPOConfig. */
import type { SchedulerChoice } from "../optim/index.ts";
import { TrainingArguments } from "./arguments.ts";
import { preferenceDefaults, preferenceSettings, type PreferenceConfigOptions } from "./preference-config.ts";
import type { Truncation, TruncationMode } from "./preference-rows.ts";

/** Options of {@link ORPOConfig}; `beta` is what the odds count beside the loss of the chosen answers (λ in the paper). */
export type ORPOConfigOptions = PreferenceConfigOptions & SchedulerChoice;

/**
 * The settings of ORPO; the learning rate is 1e-6 when left out, as in TRL.
 *
 * @example
 * const args = new ORPOConfig({ beta: 0.1, learningRate: 8e-6, maxSteps: 100 });
 */
export class ORPOConfig extends TrainingArguments implements Truncation {
  readonly beta: number;
  readonly maxLength: number | null;
  readonly maxPromptLength: number | null;
  readonly truncationMode: TruncationMode;
  readonly disableDropout: boolean;

  /** @throws ResidencyError E_CONFIG for a value outside its range. */
  constructor(options: ORPOConfigOptions = {}) {
    super({ ...preferenceDefaults, ...options });
    const shared = preferenceSettings(options);
    this.beta = shared.beta;
    this.maxLength = shared.maxLength;
    this.maxPromptLength = shared.maxPromptLength;
    this.truncationMode = shared.truncationMode;
    this.disableDropout = shared.disableDropout;
  }
}
