/** Loads and saves models as Hugging Face folders. */
import { existsSync } from "node:fs";
import path from "node:path";
import { ResidencyError } from "../errors.ts";
import { encodeSafetensors, type FloatType } from "../formats/index.ts";
import { GenerationConfig } from "../generate/index.ts";
import {
  pretrainedFolder,
  readCheckpoint,
  readJsonFile,
  writeFileAtomically,
  type DownloadOptions,
} from "../hub/index.ts";
import { ensureBackend } from "../tensor/index.ts";
import { LlamaForCausalLM } from "./causal-lm.ts";
import type { BitsAndBytesConfig } from "../quant/index.ts";
import { fromQuantizationConfigJson } from "../quant/index.ts";
import { isObject, type ConfigJson } from "./config.ts";
import { gatherPacked, halfWeights, quantizedWeights, type Packings } from "./quantized.ts";
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

const generationConfigName = "generation_config.json";

/**
 * The generation_config.json of a model folder, when there is one.
 *
 * @throws ResidencyError E_CONFIG for a value outside its range.
 */
export function readGenerationConfig(folder: string): GenerationConfig | undefined {
  const file = path.join(folder, generationConfigName);
  return existsSync(file) ? GenerationConfig.fromJson(readJsonFile(file)) : undefined;
}

/** How {@link AutoModelForCausalLM.fromPretrained} holds the weights. */
export interface FromPretrainedOptions extends DownloadOptions {
  /**
   * The type that the weights of linear layers are held in: 16-bit ones are frozen and unpacked inside each product.
   * "float32" when left out, whatever the checkpoint stores.
   */
  dtype?: "float32" | "bfloat16" | "float16";
  /** Quantises the linear layers while they are loaded; a checkpoint that is quantised needs none. */
  quantizationConfig?: BitsAndBytesConfig;
}

/** The packing of each weight by the options, and the config that the model is saved with. */
function planPacking(
  configJson: ConfigJson,
  { dtype = "float32", quantizationConfig }: FromPretrainedOptions,
): { configJson: ConfigJson; packingsOf: (model: LlamaForCausalLM) => Packings } {
  const own = configJson["quantization_config"];
  if (isObject(own)) {
    fromQuantizationConfigJson(own);
    if (quantizationConfig) {
      throw new ResidencyError(
        "E_CONFIG",
        "Cannot quantise a checkpoint that is quantised: leave quantizationConfig out, or load the original weights",
      );
    }
  } else if (quantizationConfig) {
    return {
      configJson: { ...configJson, quantization_config: quantizationConfig.toJson() },
      packingsOf: (model) => quantizedWeights(model, quantizationConfig),
    };
  }
  return {
    configJson,
    packingsOf: (model) =>
      dtype === "float32" ? new Map() : halfWeights(model, dtype === "bfloat16" ? "bf16" : "f16"),
  };
}

/** Chooses the model class by config.json, as transformers' class of this name does. */
export const AutoModelForCausalLM = {
  /**
   * Loads a model folder, or `owner/name` from the hub: config.json and safetensors, single or sharded, stored as f32, f16 or bf16, or in 4 or 8
   * bits by bitsandbytes. Tensors are read one at a time, and packed before the next is read.
   *
   * @throws ResidencyError E_CHECKPOINT or E_SAFETENSORS when the folder is incomplete or does not fit its config.
   * @example
   * const model = await AutoModelForCausalLM.fromPretrained("assets/intern");
   */
  async fromPretrained(nameOrFolder: string, options: FromPretrainedOptions = {}): Promise<LlamaForCausalLM> {
    const folder = await pretrainedFolder(nameOrFolder, "model", options);
    await ensureBackend();
    const plan = planPacking(readJsonFile(path.join(folder, "config.json")), options);
    const model = modelFromConfig(plan.configJson);
    try {
      loadStateDict(model, gatherPacked(readCheckpoint(folder)), plan.packingsOf(model));
      model.generationConfig = readGenerationConfig(folder);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  },
};

/** Writes a model as a folder that transformers can load: config.json and model.safetensors. */
export async function savePretrainedModel(
  model: LlamaForCausalLM,
  folder: string,
  { dtype = "F32" }: { dtype?: FloatType } = {},
): Promise<void> {
  const config = { ...model.configJson, torch_dtype: dtypeNames[dtype] };
  writeFileAtomically(
    path.join(folder, "model.safetensors"),
    encodeSafetensors(await stateDict(model, dtype), { format: "pt" }),
  );
  const writeJson = (name: string, json: object): void =>
    writeFileAtomically(path.join(folder, name), `${JSON.stringify(json, null, 2)}\n`);
  writeJson("config.json", config);
  if (model.generationConfig) writeJson(generationConfigName, model.generationConfig.toJson());
}
