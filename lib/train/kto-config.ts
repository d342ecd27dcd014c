/** The settings of KTO, with the names and defaults of TRL 1.13's KTOConfig. */
import type { SchedulerChoice } from "../optim/index.ts";
import { TrainingArguments } from "./arguments.ts";
import { preferenceDefaults, preferenceSettings, type PreferenceConfigOptions } from "./preference-config.ts";
import type { Truncation, TruncationMode } from "./preference-rows.ts";
import { checkChoice, checkNumber } from "./settings.ts";

/** The losses, by TRL's names. */
export const ktoLossTypes = ["kto", "apo_zero_unpaired"] as const;

/** The name of a loss. */
export type KTOLossType = (typeof ktoLossTypes)[number];

/** The options of {@link KTOConfig} but for the schedule. */
export interface KTOSettings extends PreferenceConfigOptions {
  /** "kto" when left out. */
  lossType?: KTOLossType;
  /** What a good answer counts; 1 when left out. */
  desirableWeight?: number;
  /** What a bad answer counts; 1 when left out. */
  undesirableWeight?: number;
}

/** Options of {@link KTOConfig}. */
export type KTOConfigOptions = KTOSettings & SchedulerChoice;

/**
 * The settings of KTO; the learning rate is 1e-6 and rows come in their order when left out, as in TRL.
 *
 * @example
 * const args = new KTOConfig({ beta: 0.1, desirableWeight: 1.33, perDeviceTrainBatchSize: 8, maxSteps: 100 });
 */
export class KTOConfig extends TrainingArguments implements Truncation {
  readonly beta: number;
  readonly lossType: KTOLossType;
  readonly desirableWeight: number;
  readonly undesirableWeight: number;
  readonly maxLength: number | null;
  readonly maxPromptLength: number | null;
  readonly truncationMode: TruncationMode;
  readonly disableDropout: boolean;

  /** @throws ResidencyError E_CONFIG for a value outside its range. */
  constructor(options: KTOConfigOptions = {}) {
    super({ ...preferenceDefaults, trainSamplingStrategy: "sequential", ...options });
    const shared = preferenceSettings(options);
    this.beta = shared.beta;
    this.maxLength = shared.maxLength;
    this.maxPromptLength = shared.maxPromptLength;
    this.truncationMode = shared.truncationMode;
    this.disableDropout = shared.disableDropout;
    this.lossType = options.lossType ?? "kto";
    this.desirableWeight = options.desirableWeight ?? 1;
    this.undesirableWeight = options.undesirableWeight ?? 1;
    checkChoice("lossType", this.lossType, ktoLossTypes);
    checkNumber("desirableWeight", this.desirableWeight);
    checkNumber("undesirableWeight", this.undesirableWeight);
  }
}
