/** When a run logs, evaluates and saves: the strategies by transformers' names, and which go together. */
import { ResidencyError } from "../errors.ts";

/** When something is done that is done again and again: never, every so many steps, at the end of each epoch. */
export const intervalStrategies = ["no", "steps", "epoch"] as const;

/** The name of an {@link intervalStrategies} entry. */
export type IntervalStrategy = (typeof intervalStrategies)[number];

/** When a checkpoint is saved; "best" at each evaluation that is better than all before. */
export const saveStrategies = [...intervalStrategies, "best"] as const;

/** The name of a {@link saveStrategies} entry. */
export type SaveStrategy = (typeof saveStrategies)[number];

/** What the mean loss of an evaluation is a mean over. */
export const evalLossWeightings = ["token", "row"] as const;

/** The name of an {@link evalLossWeightings} entry. */
export type EvalLossWeighting = (typeof evalLossWeightings)[number];

/** The kinds of log files. */
export const reportTargets = ["jsonl", "tensorboard"] as const;

/** The name of a {@link reportTargets} entry. */
export type ReportTarget = (typeof reportTargets)[number];

/** The settings that must go together. */
export interface StrategyArguments {
  readonly evalStrategy: IntervalStrategy;
  readonly evalSteps: number;
  readonly saveStrategy: SaveStrategy;
  readonly saveSteps: number;
  readonly outputDir: string | undefined;
  readonly loggingDir: string | undefined;
  readonly reportTo: readonly ReportTarget[];
  readonly loadBestModelAtEnd: boolean;
}

function refuse(what: string, remedy: string): never {
  throw new ResidencyError("E_CONFIG", `Cannot train with ${what}: ${remedy}`);
}

/**
 * Refuses settings that contradict each other.
 *
 * @throws ResidencyError E_CONFIG naming both settings and what to change.
 */
export function checkStrategies(args: StrategyArguments): void {
  const { evalStrategy, saveStrategy, evalSteps, saveSteps } = args;
  if (saveStrategy !== "no" && args.outputDir === undefined) {
    refuse(`saveStrategy "${saveStrategy}" and no outputDir`, "name the folder of the checkpoints");
  }
  if (args.reportTo.length > 0 && args.loggingDir === undefined) {
    refuse(`reportTo ${args.reportTo.join(", ")} and no loggingDir`, "name the folder of the log files");
  }
  if (saveStrategy === "best" && evalStrategy === "no") {
    refuse('saveStrategy "best" and evalStrategy "no"', 'choose evalStrategy "steps" or "epoch"');
  }
  if (!args.loadBestModelAtEnd || saveStrategy === "best") return;
  if (saveStrategy !== evalStrategy || saveStrategy === "no") {
    refuse(
      `loadBestModelAtEnd, evalStrategy "${evalStrategy}" and saveStrategy "${saveStrategy}"`,
      'both strategies must be the same, or saveStrategy "best"',
    );
  }
  if (saveStrategy === "steps" && saveSteps % evalSteps !== 0) {
    refuse(
      `loadBestModelAtEnd, evalSteps ${evalSteps} and saveSteps ${saveSteps}`,
      "saveSteps must be a multiple of evalSteps, so that each checkpoint has been evaluated",
    );
  }
}
