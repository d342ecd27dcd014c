/** What a checkpoint holds, and how a run is written to and read from one. */
import {
  encodeSafetensors,
  headerLength,
  parseHeader,
  type RawTensor,
  type TensorToStore,
} from "../formats/index.ts";
import { ResidencyError } from "../errors.ts";
import type { CausalLanguageModel, Parameter } from "../nn/index.ts";
import type { Optimizer, OptimizerState, StateTensor } from "../optim/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { CheckpointDraft, CheckpointStore, StoredCheckpoint } from "./checkpoint-store.ts";
import { parseRunState, type RunState } from "./run-state.ts";
import { findTrainedTensors, writeTrainedTensors } from "./trained-tensors.ts";
import { parseTrainerState, trainerStateJson, type StoredState } from "./trainer-state.ts";

const files = {
  trainerState: "trainer_state.json",
  args: "training_args.json",
  run: "run_state.json",
  optimizer: "optimizer.safetensors",
} as const;

/** A run as it stands after a step. */
export interface RunSnapshot {
  model: CausalLanguageModel;
  /** Those that are trained, by name. */
  parameters: ReadonlyMap<string, Parameter>;
  optimizer: Optimizer;
  args: TrainingArguments;
  state: StoredState;
  run: RunState;
}

/** A checkpoint that has been read and found whole. */
export interface LoadedCheckpoint {
  name: string;
  state: StoredState;
  /** The arguments that the run was started with. */
  args: Readonly<Record<string, unknown>>;
  run: RunState;
  optimizer: OptimizerState;
  /** Gives the trained parameters the values of the checkpoint. */
  loadParameters(): Promise<void>;
}

const toJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes a checkpoint, whole or not at all. */
export async function writeCheckpoint(
  store: CheckpointStore,
  name: string,
  { model, parameters, optimizer, args, state, run }: RunSnapshot,
): Promise<void> {
  await store.write(name, async (draft) => {
    await model.savePretrained?.(draft.folder);
    await writeTrainedTensors(draft, parameters);
    if (!args.saveOnlyModel) {
      await writeOptimizer(draft, optimizer);
      await draft.write(files.run, toJson(run));
    }
    await draft.write(files.trainerState, toJson(trainerStateJson(state)));
    await draft.write(files.args, toJson(args));
  });
}

async function writeOptimizer(draft: CheckpointDraft, optimizer: Optimizer): Promise<void> {
  const { steps, tensors } = await optimizer.stateDict();
  const stored: Record<string, TensorToStore | RawTensor> = {};
  for (const [name, { shape, data }] of tensors) {
    stored[name] = data instanceof Uint8Array ? { shape, dtype: "U8", bytes: data } : { shape, values: data };
  }
  await draft.write(files.optimizer, encodeSafetensors(stored, { steps: String(steps) }));
}

async function readOptimizer(checkpoint: StoredCheckpoint): Promise<OptimizerState> {
  const bytes = await checkpoint.read(files.optimizer);
  const length = headerLength(bytes);
  const header = parseHeader(bytes.subarray(8, 8 + length), bytes.length - 8 - length);
  const tensors = new Map<string, StateTensor>();
  for (const [name, { shape, dtype, begin, end }] of header.tensors) {
    // Copies, since a typed array starts at a multiple of its element.
    const own = bytes.slice(header.dataStart + begin, header.dataStart + end);
    tensors.set(name, { shape, data: dtype === "F32" ? new Float32Array(own.buffer) : own });
  }
  return { steps: Number(header.metadata["steps"]), tensors };
}

async function readJson(checkpoint: StoredCheckpoint, file: string): Promise<Record<string, unknown>> {
  const text = new TextDecoder().decode(await checkpoint.read(file));
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new ResidencyError("E_CHECKPOINT", `Cannot read ${file} of ${checkpoint.name}: it is not JSON`, {
      cause,
    });
  }
}

/**
 * Reads a checkpoint and compares it with the parameters that are trained; nothing is changed yet.
 *
 * @throws ResidencyError E_CHECKPOINT when it is damaged, holds the model alone, or belongs to another model.
 */
export async function readCheckpointRun(
  store: CheckpointStore,
  name: string,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<LoadedCheckpoint> {
  const checkpoint = await store.open(name);
  const required = [files.trainerState, files.args, files.run, files.optimizer];
  const missing = required.filter((file) => !checkpoint.files.has(file));
  if (missing.length > 0) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot resume from ${store.pathOf(name)}: it has no ${missing.join(", ")}, as it was saved with saveOnlyModel; ` +
        "load its model and start a new run",
    );
  }
  return {
    name,
    state: parseTrainerState(await readJson(checkpoint, files.trainerState)),
    args: await readJson(checkpoint, files.args),
    run: parseRunState(await readJson(checkpoint, files.run)),
    optimizer: await readOptimizer(checkpoint),
    loadParameters: await findTrainedTensors(checkpoint, parameters),
  };
}

/** Gives the trained parameters the values of a checkpoint, which need not be one to resume from. */
export async function loadTrainedParameters(
  store: CheckpointStore,
  name: string,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<void> {
  const load = await findTrainedTensors(await store.open(name), parameters);
  await load();
}
