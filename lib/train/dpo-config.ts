/** The settings of DPO, with the names and defaults of TRL 1.13's DPOConfig. */
import type { SchedulerChoice } from "../optim/index.ts";
import { TrainingArguments } from "./arguments.ts";
import { checkLabelSmoothing, dpoLossTypes, type DPOLossType } from "./dpo-loss.ts";
import { preferenceDefaults, preferenceSettings, type PreferenceConfigOptions } from "./preference-config.ts";
import type { Truncation, TruncationMode } from "./preference-rows.ts";
import { checkChoice, checkNumber, refuseSetting } from "./settings.ts";

/** The options of {@link DPOConfig} but for the schedule. */
export interface DPOSettings extends PreferenceConfigOptions {
  /** One loss or several, which are added up; "sigmoid" when left out. */
  lossType?: DPOLossType | readonly DPOLossType[];
  /** What each of several losses counts; 1 when left out. */
  lossWeights?: readonly number[];
  labelSmoothing?: number;
  discopopTau?: number;
  /** What tokens behind the length of the shorter answer of a pair count (LD-DPO), in [0, 1]; 1 when left out. */
  ldAlpha?: number;
  /** Measures against a reference that finds all answers equally likely, so that none is needed. */
  referenceFree?: boolean;
  /** Makes the reference's log-probabilities of all rows before the first step, and never again. */
  precomputeRefLogProbs?: boolean;
  /** Pairs at a time then; those of a micro-batch when left out. */
  precomputeRefBatchSize?: number;
}

/** Options of {@link DPOConfig}. */
export type DPOConfigOptions = DPOSettings & SchedulerChoice;

/**
 * The settings of DPO; the learning rate is 1e-6 and the log has every tenth step when left out, as in TRL.
 *
 * @example
 * const args = new DPOConfig({ beta: 0.1, lossType: "sigmoid", learningRate: 5e-6, maxSteps: 100 });
 */
export class DPOConfig extends TrainingArguments implements Truncation {
  readonly beta: number;
  readonly lossType: readonly DPOLossType[];
  readonly lossWeights: readonly number[];
  readonly labelSmoothing: number;
  readonly discopopTau: number;
  readonly ldAlpha: number;
  readonly referenceFree: boolean;
  readonly precomputeRefLogProbs: boolean;
  readonly precomputeRefBatchSize: number;
  readonly maxLength: number | null;
  readonly maxPromptLength: number | null;
  readonly truncationMode: TruncationMode;
  readonly disableDropout: boolean;

  /** @throws ResidencyError E_CONFIG for a value outside its range, or one that the loss does not take. */
  constructor(options: DPOConfigOptions = {}) {
    super({ ...preferenceDefaults, ...options });
    const shared = preferenceSettings(options);
    this.beta = shared.beta;
    this.maxLength = shared.maxLength;
    this.maxPromptLength = shared.maxPromptLength;
    this.truncationMode = shared.truncationMode;
    this.disableDropout = shared.disableDropout;
    const { lossType = "sigmoid" } = options;
    this.lossType = typeof lossType === "string" ? [lossType] : [...lossType];
    this.lossWeights = options.lossWeights ?? this.lossType.map(() => 1);
    this.labelSmoothing = options.labelSmoothing ?? 0;
    this.discopopTau = options.discopopTau ?? 0.05;
    this.ldAlpha = options.ldAlpha ?? 1;
    this.referenceFree = options.referenceFree ?? false;
    this.precomputeRefLogProbs = options.precomputeRefLogProbs ?? false;
    this.precomputeRefBatchSize = options.precomputeRefBatchSize ?? this.perDeviceTrainBatchSize;
    if (this.lossType.length === 0) refuseSetting("lossType", "[]", "at least one loss");
    for (const type of this.lossType) {
      checkChoice("lossType", type, dpoLossTypes);
      checkLabelSmoothing(type, this.labelSmoothing);
    }
    if (this.lossWeights.length !== this.lossType.length)
      refuseSetting("lossWeights", `[${this.lossWeights.join(", ")}]`, "one number a lossType");
    checkNumber("discopopTau", this.discopopTau, { open: true });
    checkNumber("ldAlpha", this.ldAlpha, { highest: 1 });
    if (!(Number.isInteger(this.precomputeRefBatchSize) && this.precomputeRefBatchSize >= 1))
      refuseSetting("precomputeRefBatchSize", this.precomputeRefBatchSize, "a whole number of at least 1");
  }
}
