/** Loads and saves models as Hugging Face folders. */
import { ResidencyError } from "../errors.ts";
import { fs, path } from "../files/index.ts";
import { encodeSafetensors, type FloatType } from "../formats/index.ts";
import { GenerationConfig } from "../generate/index.ts";
import {
  pretrainedFolder,
  readCheckpoint,
  readJsonFile,
  writeFileAtomically,
  type DownloadOptions,
} from "../hub/index.ts";
import { ensureBackend, setDevice, type Device } from "../tensor/index.ts";
import { fromQuantizationConfigJson, type BitsAndBytesConfig } from "../quant/index.ts";
import { withDecoderPrefix, type CheckpointModel } from "./checkpoint-names.ts";
import { isObject, type ConfigJson } from "./config.ts";
import { gatherPacked, weightPackings, type HoldingOptions, type Packings } from "./quantized.ts";
import { replaceConv1D, transposed } from "./replace-conv1d.ts";
import { loadStateDict, stateDict } from "./state-dict.ts";

/** The name that transformers gives each stored type in config.json. */
const dtypeNames: Record<FloatType, string> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

const generationConfigName = "generation_config.json";

/**
 * The generation_config.json of a model folder, when there is one.
 *
 * @throws ResidencyError E_CONFIG for a value outside its range.
 * @example
 * readGenerationConfig("assets/intern")?.eosTokenId; // → 0
 */
export function readGenerationConfig(folder: string): GenerationConfig | undefined {
  const file = path.join(folder, generationConfigName);
  return fs.existsSync(file) ? GenerationConfig.fromJson(readJsonFile(file)) : undefined;
}

/** Where `fromPretrained` finds a model of the hub, and how it holds the weights. */
export interface FromPretrainedOptions extends DownloadOptions, HoldingOptions {
  /**
   * Quantises the linear layers while they are loaded; a checkpoint that is quantised needs none. What they leave, embeddings and
   * head, is held in `dtype`.
   */
  quantizationConfig?: BitsAndBytesConfig;
  /** What to compute on, from then on in the whole process: see `setDevice`. The backend in use, or the best, when left out. */
  device?: Device;
}

/** How a folder is loaded: the config that the model is built and saved with, and what is packed. */
interface LoadingPlan {
  configJson: ConfigJson;
  /** How the layers of the checkpoint are quantised, or are to be. */
  quantization: BitsAndBytesConfig | undefined;
  /** The packing of each weight that is stored in full. */
  packingsOf: (model: CheckpointModel) => Packings;
}

function planLoading(configJson: ConfigJson, options: FromPretrainedOptions): LoadingPlan {
  const { quantizationConfig } = options;
  const own = configJson["quantization_config"];
  const stored = isObject(own) ? fromQuantizationConfigJson(own) : undefined;
  if (stored && quantizationConfig) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot quantise a checkpoint that is quantised: leave quantizationConfig out, or load the original weights",
    );
  }
  return {
    configJson: quantizationConfig
      ? { ...configJson, quantization_config: quantizationConfig.toJson() }
      : configJson,
    quantization: quantizationConfig ?? stored,
    packingsOf: (model) => weightPackings(model, options),
  };
}

/**
 * Builds a model from the config.json of a folder, or of `owner/name` from the hub, and fills it, one tensor at a time.
 *
 * @throws ResidencyError E_CHECKPOINT or E_SAFETENSORS when the folder is incomplete or does not fit its config, E_CONFIG
 * for options that do not fit it, E_BACKEND for a device that there is not.
 */
export async function loadPretrained<M extends CheckpointModel>(
  nameOrFolder: string,
  build: (config: ConfigJson) => M,
  options: FromPretrainedOptions = {},
): Promise<M> {
  if (options.device !== undefined) await setDevice(options.device);
  const folder = await pretrainedFolder(nameOrFolder, "model", options);
  await ensureBackend();
  const { configJson, quantization, packingsOf } = planLoading(
    readJsonFile(path.join(folder, "config.json")),
    options,
  );
  const model = build(configJson);
  try {
    const replaced = quantization ? replaceConv1D(model, quantization) : new Set<string>();
    const tensors = withDecoderPrefix(gatherPacked(readCheckpoint(folder)), model);
    loadStateDict(model, transposed(tensors, replaced), packingsOf(model));
    model.generationConfig = readGenerationConfig(folder);
    model.nameOrPath = nameOrFolder;
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/**
 * Writes a model as a folder that transformers can load: config.json and model.safetensors.
 *
 * @example
 * await savePretrainedModel(model, "out/intern-half", { dtype: "F16" });
 */
export async function savePretrainedModel(
  model: CheckpointModel,
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
