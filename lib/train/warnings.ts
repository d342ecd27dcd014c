/** What a trainer warns of: mistakes that train without an error, each with a code by which it is silenced. */

/** The codes, and what each says. */
export const warningCodes = {
  W_NO_EOS: "no row teaches the model to end, so that it will not stop by itself",
  W_PAD_IS_EOS:
    "the pad token is the end-of-text token and is masked, so that the model never learns to stop",
  W_ROWS_DROPPED: "rows have no token to train on and are passed over",
  W_ROWS_CUT: "rows are longer than is allowed and lose an end",
  W_DOUBLE_BOS: "rows begin with two tokens of beginning",
  W_PROMPT_BORDER: "a token reaches over the border of prompt and completion",
  W_LARGE_BATCH: "one optimiser step takes all rows",
  W_SMALL_BATCH: "each optimiser step follows one row of many",
  W_NO_GRADIENT: "parameters that are to be trained have no gradient",
} as const;

/** The code of a warning. */
export type WarningCode = keyof typeof warningCodes;

/** A mistake that does not stop a run. */
export interface TrainingWarning {
  code: WarningCode;
  /** What was found in this run, and what to do about it. */
  message: string;
}

/** Takes a warning, in place of the console. */
export type OnWarning = (warning: TrainingWarning) => void;

/** Makes a function that passes on each code once, and none that is silenced. */
export function warnOnce(
  silenced: readonly WarningCode[],
  onWarning: OnWarning = ({ code, message }) => console.warn(`${code}: ${message}`),
): OnWarning {
  const known = new Set<WarningCode>(silenced);
  return (warning) => {
    if (known.has(warning.code)) return;
    known.add(warning.code);
    onWarning(warning);
  };
}
