/** The settings of CPO and SimPO, with the names and defaults of TRL 1.13's CPOConfig. */
import type { SchedulerChoice } from "../optim/index.ts";
import { TrainingArguments } from "./arguments.ts";
import { preferenceDefaults, preferenceSettings, type PreferenceConfigOptions } from "./preference-config.ts";
import type { Truncation, TruncationMode } from "./preference-rows.ts";
import { checkChoice, checkNumber, refuseSetting } from "./settings.ts";

/** The losses, by TRL's names. */
export const cpoLossTypes = ["sigmoid", "hinge", "ipo", "simpo"] as const;

/** The name of a loss. */
export type CPOLossType = (typeof cpoLossTypes)[number];

/** The options of {@link CPOConfig} but for the schedule. */
export interface CPOSettings extends PreferenceConfigOptions {
  /** "sigmoid" when left out. */
  lossType?: CPOLossType;
  /** The share of pairs whose verdict is taken to be wrong, in [0, 0.5); 0 when left out. */
  labelSmoothing?: number;
  /** What the loss of the chosen answers counts beside that of the preference; 1 when left out, 0 for SimPO alone. */
  cpoAlpha?: number;
  /** By how much SimPO wants the chosen answer's reward to be greater; 0.5 when left out. */
  simpoGamma?: number;
  /** The form of AlphaPO's rewards, (1 - p^-alpha) / alpha; 0, when left out, for log p. */
  alpha?: number;
}

/** Options of {@link CPOConfig}. */
export type CPOConfigOptions = CPOSettings & SchedulerChoice;

/**
 * The settings of CPO; the learning rate is 1e-6 when left out, as in TRL. SimPO is `{ lossType: "simpo", cpoAlpha: 0 }`.
 *
 * @example
 * const args = new CPOConfig({ lossType: "simpo", cpoAlpha: 0, beta: 2, simpoGamma: 1, learningRate: 1e-6 });
 */
export class CPOConfig extends TrainingArguments implements Truncation {
  readonly beta: number;
  readonly lossType: CPOLossType;
  readonly labelSmoothing: number;
  readonly cpoAlpha: number;
  readonly simpoGamma: number;
  readonly alpha: number;
  readonly maxLength: number | null;
  readonly maxPromptLength: number | null;
  readonly truncationMode: TruncationMode;
  readonly disableDropout: boolean;

  /** @throws ResidencyError E_CONFIG for a value outside its range, or smoothing with a loss that has none. */
  constructor(options: CPOConfigOptions = {}) {
    super({ ...preferenceDefaults, ...options });
    const shared = preferenceSettings(options);
    this.beta = shared.beta;
    this.maxLength = shared.maxLength;
    this.maxPromptLength = shared.maxPromptLength;
    this.truncationMode = shared.truncationMode;
    this.disableDropout = shared.disableDropout;
    this.lossType = options.lossType ?? "sigmoid";
    this.labelSmoothing = options.labelSmoothing ?? 0;
    this.cpoAlpha = options.cpoAlpha ?? 1;
    this.simpoGamma = options.simpoGamma ?? 0.5;
    this.alpha = options.alpha ?? 0;
    checkChoice("lossType", this.lossType, cpoLossTypes);
    checkNumber("cpoAlpha", this.cpoAlpha);
    checkNumber("simpoGamma", this.simpoGamma);
    if (!Number.isFinite(this.alpha)) refuseSetting("alpha", this.alpha, "a number");
    if (!(this.labelSmoothing >= 0 && this.labelSmoothing < 0.5))
      refuseSetting("labelSmoothing", this.labelSmoothing, "in [0, 0.5)");
    if (this.labelSmoothing > 0 && (this.lossType === "hinge" || this.lossType === "ipo"))
      refuseSetting("labelSmoothing", this.labelSmoothing, `0 for the loss "${this.lossType}"`);
  }
}
