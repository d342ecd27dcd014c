/** Which checkpoint a run is resumed from, and whether it is one of the same run. */
import { ResidencyError } from "../errors.ts";
import type { Parameter } from "../nn/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import { readCheckpointRun, type LoadedCheckpoint } from "./checkpoint.ts";
import { stepOfName, type CheckpointStore } from "./checkpoint-store.ts";
import type { RunState } from "./run-state.ts";

/** Arguments without which a run cannot go on where it stopped: they say which rows come next, or what the optimiser keeps. */
const fixedArguments = [
  "perDeviceTrainBatchSize",
  "gradientAccumulationSteps",
  "seed",
  "trainSamplingStrategy",
  "optim",
];

/** Arguments that change nothing of what is computed. */
const freeArguments = [
  "outputDir",
  "overwriteOutputDir",
  "loggingDir",
  "reportTo",
  "saveSteps",
  "saveStrategy",
  "saveTotalLimit",
  "saveOnlyModel",
  "perDeviceEvalBatchSize",
  "gradientCheckpointing",
  "disableTqdm",
  "silenceWarnings",
];

const show = (value: unknown): string => (value === undefined ? "none" : JSON.stringify(value));

/**
 * Compares the run that a checkpoint belongs to with the present one. What would make another run of it is an error; other
 * arguments may be changed in the middle of a run, and are named so that nobody changes them unknowingly.
 *
 * @throws ResidencyError E_CHECKPOINT naming each difference with both values.
 */
export function compareRuns(
  checkpoint: string,
  stored: { args: Readonly<Record<string, unknown>>; run: RunState },
  present: { args: TrainingArguments; run: Pick<RunState, "fingerprints" | "rows"> },
): string[] {
  const args = JSON.parse(JSON.stringify(present.args)) as Record<string, unknown>;
  const changed = [...new Set([...Object.keys(stored.args), ...Object.keys(args)])].filter(
    (name) => !freeArguments.includes(name) && show(stored.args[name]) !== show(args[name]),
  );
  const describe = (name: string): string => `${name} ${show(stored.args[name])}, now ${show(args[name])}`;
  const breaks = changed.filter((name) => fixedArguments.includes(name)).map(describe);
  const was = stored.run;
  const is = present.run;
  if (was.rows.train !== is.rows.train)
    breaks.push(`${was.rows.train} rows to train on, now ${is.rows.train}`);
  else if (was.fingerprints.trainDataset !== is.fingerprints.trainDataset) {
    breaks.push(`other rows to train on, or in another order`);
  }
  if (was.fingerprints.frozenParameters !== is.fingerprints.frozenParameters) {
    breaks.push("another base model, or one that is quantised in another way");
  }
  const [before, now] = [was.fingerprints.reference, is.fingerprints.reference];
  if (before !== undefined && now !== undefined && before !== now) {
    breaks.push(
      "another reference (load refModel, or the adapter that the run started from, as it was then: the checkpoint's own " +
        "weights are put in by the trainer)",
    );
  }
  if (breaks.length > 0) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot resume from ${checkpoint}: that run had ${breaks.join("; ")}. Resume with what it had, or load its model and ` +
        "start a new run",
    );
  }
  const warnings = changed.filter((name) => !fixedArguments.includes(name)).map(describe);
  if (was.fingerprints.evalDataset !== is.fingerprints.evalDataset)
    warnings.push("other rows to evaluate on");
  return warnings;
}

/**
 * Reads the checkpoint that a run is to go on from: the newest of the store, or one by its name.
 *
 * @throws ResidencyError E_CHECKPOINT when there is none, or it is damaged; the message names the one before it.
 */
export async function checkpointToResume(
  store: CheckpointStore,
  name: string | undefined,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<LoadedCheckpoint> {
  const { complete, incomplete } = await store.list();
  const chosen = name ?? complete.at(-1);
  if (chosen === undefined) {
    const rest =
      incomplete.length > 0 ? `; ${incomplete.join(", ")} there is not whole, or of another program` : "";
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot resume from ${store.place}: it has no checkpoint${rest}. Leave resumeFromCheckpoint out to start a new run`,
    );
  }
  try {
    return await readCheckpointRun(store, chosen, parameters);
  } catch (error) {
    if (!(error instanceof ResidencyError)) throw error;
    const step = stepOfName(chosen) ?? Infinity;
    const before = complete.filter((other) => stepOfName(other)! < step).at(-1);
    const offer =
      before === undefined
        ? "there is no other"
        : `the one before it is ${store.pathOf(before)}: give it as resumeFromCheckpoint`;
    throw new ResidencyError(error.code, `${error.message}; ${offer}`, { cause: error });
  }
}
