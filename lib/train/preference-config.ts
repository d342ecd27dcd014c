/** Settings that all kinds of preference training share: lengths, dropout, and TRL's defaults. */
import type { TrainingSettings } from "./arguments.ts";
import { truncationModes, type Truncation, type TruncationMode } from "./preference-rows.ts";
import { checkChoice, checkNumber, refuseSetting } from "./settings.ts";

/** Options of preference training, of whatever loss. */
export interface PreferenceConfigOptions extends TrainingSettings {
  /** How strongly the loss holds the model back; 0.1 when left out. */
  beta?: number;
  /** The most tokens of prompt and answer together; 1024 when left out, null for no limit. */
  maxLength?: number | null;
  /** The most tokens of the prompt, of which the last are kept; null, when left out, for no limit. */
  maxPromptLength?: number | null;
  /** Which end of a row that is too long stays; "keep_start" when left out. */
  truncationMode?: TruncationMode;
  /** Whether dropout is off in training; true when left out. */
  disableDropout?: boolean;
}

/** The same, checked. */
export interface PreferenceSettings extends Truncation {
  beta: number;
  disableDropout: boolean;
}

/** TRL's defaults of preference training where they differ from those of transformers; see `SFTConfig` for the two that are not taken. */
export const preferenceDefaults = { learningRate: 1e-6, loggingSteps: 10 } as const;

/** @throws ResidencyError E_CONFIG for a value outside its range. */
export function preferenceSettings(options: PreferenceConfigOptions): PreferenceSettings {
  const { beta = 0.1, maxLength = 1024, maxPromptLength = null, truncationMode = "keep_start" } = options;
  checkNumber("beta", beta, { open: true });
  for (const [name, value, least] of [
    ["maxLength", maxLength, 2],
    ["maxPromptLength", maxPromptLength, 1],
  ] as const) {
    if (value !== null && !(Number.isInteger(value) && value >= least))
      refuseSetting(name, value, `a whole number of at least ${least}, or null for no limit`);
  }
  checkChoice("truncationMode", truncationMode, truncationModes);
  // The loss is none of tokens; the losses that know of wrong verdicts have a setting of their own.
  if ((options.labelSmoothingFactor ?? 0) !== 0) {
    refuseSetting("labelSmoothingFactor", options.labelSmoothingFactor, "left out of preference training");
  }
  const disableDropout = options.disableDropout ?? true;
  return { beta, maxLength, maxPromptLength, truncationMode, disableDropout };
}
