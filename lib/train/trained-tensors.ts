/** The trained parameters in a checkpoint: in the model's own file where it holds them as they are, else in one beside it. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import {
  encodeSafetensors,
  headerLength,
  parseHeader,
  toFloat32,
  type SafetensorsHeader,
  type TensorToStore,
} from "../formats/index.ts";
import type { Parameter } from "../nn/index.ts";
import type { CheckpointDraft, StoredCheckpoint } from "./checkpoint-store.ts";

/** Where parameters may be: the model's file has them under the names of its module tree, unless an adapter renames them. */
const tensorFiles = ["model.safetensors", "trained_parameters.safetensors"] as const;

type ReadRange = (begin: number, end: number) => Promise<Uint8Array>;

async function readHeader(read: ReadRange, size: number): Promise<SafetensorsHeader> {
  const length = headerLength(await read(0, 8));
  return parseHeader(await read(8, 8 + length), size - 8 - length);
}

/** The names and shapes that a model's file holds in float32. */
async function heldIn(draft: CheckpointDraft): Promise<Map<string, string>> {
  const [file] = tensorFiles;
  const size = draft.sizeOf(file);
  if (size === undefined) return new Map();
  const { tensors } = await readHeader((begin, end) => draft.read(file, begin, end), size);
  const float32 = [...tensors].filter(([, { dtype }]) => dtype === "F32");
  return new Map(float32.map(([name, { shape }]) => [name, shape.join()]));
}

/** Writes the trained parameters that the model's own file does not hold. */
export async function writeTrainedTensors(
  draft: CheckpointDraft,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<void> {
  const held = await heldIn(draft);
  const tensors: Record<string, TensorToStore> = {};
  for (const [name, { shape, value }] of parameters) {
    if (held.get(name) !== shape.join()) tensors[name] = { shape, values: await value.data<"float32">() };
  }
  if (Object.keys(tensors).length === 0) return;
  await draft.write(tensorFiles[1], encodeSafetensors(tensors, { format: "pt" }));
}

/** The place of one tensor. */
interface Place {
  file: string;
  begin: number;
  end: number;
}

/**
 * Finds all trained parameters in a checkpoint; the function that it gives loads them, one at a time.
 *
 * @throws ResidencyError E_CHECKPOINT naming one that is missing or has another shape, before anything is changed.
 */
export async function findTrainedTensors(
  checkpoint: StoredCheckpoint,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<() => Promise<void>> {
  const places = new Map<string, Place>();
  let others = 0;
  for (const file of tensorFiles) {
    if (!checkpoint.files.has(file)) continue;
    const header = await readHeader(
      (begin, end) => checkpoint.read(file, begin, end),
      checkpoint.sizeOf(file),
    );
    for (const [name, { shape, dtype, begin, end }] of header.tensors) {
      const parameter = parameters.get(name);
      if (!parameter) {
        if (file === tensorFiles[1]) others++;
        continue;
      }
      if (dtype !== "F32" || shape.join() !== parameter.shape.join()) {
        if (file === tensorFiles[0]) continue;
        throw new ResidencyError(
          "E_CHECKPOINT",
          `Cannot resume from ${checkpoint.name}: ${name} has the shape [${shape.join(", ")}] there, and ` +
            `[${parameter.shape.join(", ")}] here; resume with the model that the run began with`,
        );
      }
      places.set(name, { file, begin: header.dataStart + begin, end: header.dataStart + end });
    }
  }
  const missing = [...parameters.keys()].filter((name) => !places.has(name));
  if (missing.length > 0 || others > 0) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot resume from ${checkpoint.name}: ${missing.length} trained parameters are not in it (${missing[0] ?? "none"}), and ` +
        `${others} in it are not trained here; resume with the model and the adapter that the run began with`,
    );
  }
  return async () => {
    for (const [name, { file, begin, end }] of places) {
      const parameter = parameters.get(name)!;
      const values = toFloat32(await checkpoint.read(file, begin, end), "F32");
      parameter.assign(tf.tensor(values, [...parameter.shape], "float32"));
    }
  };
}
