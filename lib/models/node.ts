/** Loads and saves models as Hugging Face folders. */
import path from "node:path";
import { encodeSafetensors, type FloatType } from "../formats/index.ts";
import { readCheckpoint, readJsonFile, writeFileAtomically } from "../hub/index.ts";
import { ensureBackend } from "../tensor/index.ts";
import { withDecoderPrefix, type CheckpointModel } from "./checkpoint-names.ts";
import type { ConfigJson } from "./config.ts";
import { loadStateDict, stateDict } from "./state-dict.ts";

/** The name that transformers gives each stored type in config.json. */
const dtypeNames: Record<FloatType, string> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/**
 * Builds a model from a folder's config.json and fills it, one tensor at a time.
 *
 * @throws ResidencyError E_CHECKPOINT or E_SAFETENSORS when the folder is incomplete or does not fit its config.
 */
export async function loadPretrained<M extends CheckpointModel>(
  folder: string,
  build: (config: ConfigJson) => M,
): Promise<M> {
  await ensureBackend();
  const model = build(readJsonFile(path.join(folder, "config.json")));
  try {
    loadStateDict(model, withDecoderPrefix(readCheckpoint(folder), model));
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** Writes a model as a folder that transformers can load: config.json and model.safetensors. */
export function savePretrainedModel(
  model: CheckpointModel,
  folder: string,
  { dtype = "F32" }: { dtype?: FloatType } = {},
): void {
  const config = { ...model.configJson, torch_dtype: dtypeNames[dtype] };
  writeFileAtomically(
    path.join(folder, "model.safetensors"),
    encodeSafetensors(stateDict(model, dtype), { format: "pt" }),
  );
  writeFileAtomically(path.join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}
