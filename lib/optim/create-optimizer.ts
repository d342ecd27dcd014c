/** The optimiser of a training run, by the names that transformers' TrainingArguments have for them. */
import { ResidencyError } from "../errors.ts";
import type { Parameter } from "../nn/index.ts";
import { Adafactor } from "./adafactor.ts";
import { AdamW8bit } from "./adamw-8bit.ts";
import { AdamW } from "./adamw.ts";
import type { Optimizer } from "./optimizer.ts";
import { hostPages } from "./pages.ts";
import { SGD } from "./sgd.ts";

/** The optimisers there are. The paged ones hold their state outside of the backend's memory and bring it in one parameter at a time. */
export const optimizerNames = [
  "adamw_torch",
  "adamw_8bit",
  "paged_adamw_32bit",
  "paged_adamw_8bit",
  "adafactor",
  "sgd",
] as const;

/** The name of an optimiser. */
export type OptimizerName = (typeof optimizerNames)[number];

/** What of a run's settings an optimiser is made of. */
export interface CreateOptimizerOptions {
  optim: OptimizerName;
  weightDecay: number;
  adamBeta1: number;
  adamBeta2: number;
  adamEpsilon: number;
  /** What the learning rate of LoRA's B is multiplied by (LoRA+; Hayou et al., 2024); 1 for none. */
  loraplusLrRatio: number;
}

/** PEFT's groups of LoRA+: the faster one holds B, and vectors such as biases and DoRA's lengths. */
const isFaster = (name: string, shape: readonly number[]): boolean =>
  /\.lora_B\./.test(name) || (shape.length === 1 && !/\.lora_A\./.test(name));

/**
 * Makes the optimiser of a run over named parameters.
 *
 * @throws ResidencyError E_CONFIG for an unknown name or a hyperparameter outside its range.
 * @example
 * const optimizer = createOptimizer(peft.root.trainableParameters(), {
 *   optim: "adamw_torch",
 *   weightDecay: 0.01,
 *   adamBeta1: 0.9,
 *   adamBeta2: 0.999,
 *   adamEpsilon: 1e-8,
 *   loraplusLrRatio: 1,
 * });
 */
export function createOptimizer(
  parameters: ReadonlyMap<string, Parameter>,
  { optim, weightDecay, adamBeta1, adamBeta2, adamEpsilon, loraplusLrRatio }: CreateOptimizerOptions,
): Optimizer {
  const common = {
    weightDecay,
    ...(loraplusLrRatio !== 1 && {
      learningRateFactor: (name: string, shape: readonly number[]) =>
        isFaster(name, shape) ? loraplusLrRatio : 1,
    }),
  };
  const adam = { ...common, beta1: adamBeta1, beta2: adamBeta2, eps: adamEpsilon };
  switch (optim) {
    case "adamw_torch":
      return new AdamW(parameters, adam);
    case "paged_adamw_32bit":
      return new AdamW(parameters, { ...adam, pages: hostPages() });
    case "adamw_8bit":
      return new AdamW8bit(parameters, adam);
    case "paged_adamw_8bit":
      return new AdamW8bit(parameters, { ...adam, pages: hostPages() });
    case "sgd":
      return new SGD(parameters, common);
    case "adafactor":
      // As transformers' Trainer sets it: the learning rate is the schedule's, not relative to the step.
      return new Adafactor(parameters, { ...common, scaleParameter: false, relativeStep: false });
    default: {
      const unknown: never = optim;
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot optimise with optim "${String(unknown)}": it must be ${optimizerNames.join(", ")}`,
      );
    }
  }
}
