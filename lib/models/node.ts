/** Loads and saves models as Hugging Face folders. */
import path from "node:path";
import { ResidencyError } from "../errors.ts";
import { encodeSafetensors, type FloatType } from "../formats/index.ts";
import {
  pretrainedFolder,
  readCheckpoint,
  readJsonFile,
  writeFileAtomically,
  type DownloadOptions,
} from "../hub/index.ts";
import { ensureBackend } from "../tensor/index.ts";
import { LlamaForCausalLM } from "./causal-lm.ts";
import type { ConfigJson } from "./config.ts";
import { loadStateDict, stateDict } from "./state-dict.ts";

/** The families that a config.json may name, by `model_type`. */
const families = { llama: LlamaForCausalLM } as const;

/** The name that transformers gives each stored type in config.json. */
const dtypeNames: Record<FloatType, string> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/**
 * Builds a model from a config.json without values.
 *
 * @throws ResidencyError E_CHECKPOINT for a family that the library does not know.
 */
export function modelFromConfig(config: ConfigJson): LlamaForCausalLM {
  const type = config["model_type"];
  if (typeof type !== "string" || !Object.hasOwn(families, type)) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot build a model of type ${JSON.stringify(type)}: known are ${Object.keys(families).join(", ")}`,
    );
  }
  return new families[type as keyof typeof families](config);
}

/** Chooses the model class by config.json, as transformers' class of this name does. */
export const AutoModelForCausalLM = {
  /**
   * Loads a model folder, or `owner/name` from the hub: config.json and safetensors, single or sharded, stored as f32, f16 or bf16.
   *
   * @throws ResidencyError E_CHECKPOINT or E_SAFETENSORS when the folder is incomplete or does not fit its config.
   * @example
   * const model = await AutoModelForCausalLM.fromPretrained("assets/intern");
   */
  async fromPretrained(nameOrFolder: string, options: DownloadOptions = {}): Promise<LlamaForCausalLM> {
    const folder = await pretrainedFolder(nameOrFolder, "model", options);
    await ensureBackend();
    const model = modelFromConfig(readJsonFile(path.join(folder, "config.json")));
    try {
      loadStateDict(model, readCheckpoint(folder));
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  },
};

/** Writes a model as a folder that transformers can load: config.json and model.safetensors. */
export function savePretrainedModel(
  model: LlamaForCausalLM,
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
