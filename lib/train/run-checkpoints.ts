/** The checkpoints of a run as it goes on: where they are kept, what is resumed, how many stay. */
import { ResidencyError } from "../errors.ts";
import type { Parameter } from "../nn/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { TrainerState } from "./callbacks.ts";
import {
  loadTrainedParameters,
  writeCheckpoint,
  type LoadedCheckpoint,
  type RunSnapshot,
} from "./checkpoint.ts";
import type { CheckpointStore } from "./checkpoint-store.ts";
import { checkpointAt, folderCheckpointStore } from "./node.ts";
import { checkpointToResume } from "./resume.ts";

/** Whether and from where a run goes on: the newest checkpoint of outputDir, or the folder of one. */
export type ResumeFromCheckpoint = boolean | string;

/** The store of a run; undefined when it has none. */
export function storeOf(args: TrainingArguments, given?: CheckpointStore): CheckpointStore | undefined {
  return given ?? (args.outputDir === undefined ? undefined : folderCheckpointStore(args.outputDir));
}

/**
 * Reads what a run goes on from; undefined for a new one, for which the store is made ready.
 *
 * @throws ResidencyError E_CONFIG for `true` without outputDir; E_CHECKPOINT when there is no usable checkpoint, or when a new
 * run would mix with an older one.
 */
export async function checkpointOf(
  resumeFrom: ResumeFromCheckpoint,
  store: CheckpointStore | undefined,
  { args, parameters }: { args: TrainingArguments; parameters: ReadonlyMap<string, Parameter> },
): Promise<LoadedCheckpoint | undefined> {
  const source = typeof resumeFrom === "string" ? checkpointAt(resumeFrom) : undefined;
  if (store && (resumeFrom === false || (source && source.store.place !== store.place))) {
    await makeReady(store, args);
  }
  if (resumeFrom === false) return undefined;
  if (source) return checkpointToResume(source.store, source.name, parameters);
  if (store) return checkpointToResume(store, undefined, parameters);
  throw new ResidencyError(
    "E_CONFIG",
    "Cannot resume with resumeFromCheckpoint true and no outputDir: name the folder of the checkpoints, or one of them",
  );
}

async function makeReady(store: CheckpointStore, args: TrainingArguments): Promise<void> {
  const { complete } = await store.list();
  if (complete.length === 0) return;
  if (!args.overwriteOutputDir) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot start a new run in ${store.place}: it has ${complete.at(-1)!} of another one. Go on with that by ` +
        "train({ resumeFromCheckpoint: true }), remove its checkpoints by overwriteOutputDir: true, or choose another outputDir",
    );
  }
  for (const name of complete) await store.remove(name);
}

/**
 * Saves a checkpoint and removes those beyond saveTotalLimit; the best one and the newest stay.
 *
 * @throws ResidencyError E_CONFIG without a store, which a callback may have asked for; E_SAVE when it cannot be written.
 */
export async function saveCheckpoint(
  store: CheckpointStore | undefined,
  state: TrainerState,
  snapshot: Omit<RunSnapshot, "state">,
): Promise<void> {
  if (!store) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot save a checkpoint as a callback asks for: the arguments have no outputDir",
    );
  }
  const name = `checkpoint-${state.step}`;
  const before = state.bestModelCheckpoint;
  if (state.bestGlobalStep === state.step) state.bestModelCheckpoint = name;
  try {
    await writeCheckpoint(store, name, { ...snapshot, state });
  } catch (error) {
    state.bestModelCheckpoint = before;
    throw error;
  }
  const { saveTotalLimit } = snapshot.args;
  if (saveTotalLimit === 0) return;
  const { complete } = await store.list();
  let surplus = complete.length - saveTotalLimit;
  for (const old of complete) {
    if (surplus <= 0) return;
    if (old === name || old === state.bestModelCheckpoint) continue;
    await store.remove(old);
    surplus--;
  }
}

/**
 * Ends a run that was stopped from outside, after a checkpoint where there is a store.
 *
 * @throws ResidencyError E_INTERRUPTED, always.
 */
export async function interruptRun(
  store: CheckpointStore | undefined,
  { step, maxSteps }: TrainerState,
  { save, reason }: { save: () => Promise<void>; reason: unknown },
): Promise<never> {
  const saves = store !== undefined && step > 0;
  if (saves) await save();
  throw new ResidencyError(
    "E_INTERRUPTED",
    `Stopped training after step ${step} of ${maxSteps}: ` +
      (saves
        ? `go on by train({ resumeFromCheckpoint: true }), the checkpoint is in ${store.place}`
        : "the model keeps its weights, and there is no checkpoint to go on from"),
    { cause: reason },
  );
}

/**
 * Gives the trained parameters the values of the best checkpoint.
 *
 * @throws ResidencyError E_CHECKPOINT when no evaluation has led to one.
 */
export async function loadBest(
  store: CheckpointStore | undefined,
  state: TrainerState,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<void> {
  if (!store || state.bestModelCheckpoint === undefined) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      "Cannot load the best model: no evaluation of this run has led to a checkpoint; evaluate more often, or leave " +
        "loadBestModelAtEnd out",
    );
  }
  await loadTrainedParameters(store, state.bestModelCheckpoint, parameters);
}
