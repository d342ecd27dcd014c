/** Writes an adapter as PEFT does; one that began as a part of the base weights also as a plain LoRA. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { TensorToStore } from "../formats/index.ts";
import { pretrainedFolder, type StoredTensor } from "../hub/index.ts";
import { Conv1D, type Parameter } from "../nn/index.ts";
import { toAdapterConfigJson } from "./adapter-config.ts";
import { adapterParameters, savedTables } from "./adapter-state.ts";
import type { AdaptedModel } from "./inject.ts";
import { readAdapterFolder, writeAdapterFolder } from "./node.ts";
import type { AnyLoraConfig } from "./targets.ts";

/** Options of `PeftModel.savePretrained`. */
export interface SaveAdapterOptions {
  /** What adapter_config.json says the adapter was trained on; null for nothing, the model's own name or folder when left out. */
  baseModel?: string | null;
  /** The first active adapter when left out. */
  adapterName?: string;
  /**
   * The folder, or the id on the hub, of the same adapter as it was saved before its training. The difference of the two is then
   * saved, as a plain LoRA of twice the rank: one that goes onto the base model as it is, whatever PiSSA or OLoRA had taken out.
   */
  pathInitialModelForWeightConversion?: string;
}

/** Writes one adapter of a model; see `PeftModel.savePretrained`. */
export async function saveAdapter(
  model: AdaptedModel,
  config: AnyLoraConfig,
  folder: string,
  {
    baseModel,
    adapterName,
    pathInitialModelForWeightConversion: initial,
  }: SaveAdapterOptions & { adapterName: string },
): Promise<void> {
  if ([...model.layers.values()].some(({ merged }) => merged.length > 0 && config.bias !== "none")) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot save an adapter with biases while it is merged: call unmergeAdapter() first",
    );
  }
  const converted = initial === undefined ? config : plainConfig(config);
  const before = initial === undefined ? undefined : await initialTensors(initial);
  const tensors: Record<string, TensorToStore> = {};
  const tables = [...savedTables(model, adapterName)].filter(([, { packed }]) => !packed);
  for (const [name, parameter] of [...adapterParameters(model, adapterName, config), ...tables]) {
    tensors[name] =
      before && /lora_(embedding_)?[AB]/.test(name)
        ? await difference(name, parameter, before)
        : { shape: parameter.shape, values: await parameter.value.data<"float32">() };
  }
  const fanInFanOut = [...model.layers.values()].some((layer) => layer.base_layer instanceof Conv1D);
  writeAdapterFolder(folder, {
    config: toAdapterConfigJson(converted, { fanInFanOut, ...(baseModel !== undefined && { baseModel }) }),
    tensors,
  });
}

/** The settings of the difference: twice the rank at the same scaling. */
function plainConfig(config: AnyLoraConfig): AnyLoraConfig {
  const { r, loraAlpha, rankPattern, alphaPattern, useRslora, useDora } = config;
  const hasPatterns = Object.keys(rankPattern).length + Object.keys(alphaPattern).length > 0;
  if (useDora || (useRslora && hasPatterns)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot save the adapter as a plain LoRA: ${useDora ? "the lengths of DoRA" : "rsLoRA with patterns"} would not be the same; ` +
        "leave pathInitialModelForWeightConversion out",
    );
  }
  const twice = (pattern: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(pattern).map(([name, value]) => [name, 2 * value]));
  return config.with({
    ...{ r: 2 * r, loraAlpha: loraAlpha * (useRslora ? Math.SQRT2 : 2), initLoraWeights: true },
    ...{ rankPattern: twice(rankPattern), alphaPattern: twice(alphaPattern) },
  });
}

async function initialTensors(nameOrFolder: string): Promise<Map<string, StoredTensor>> {
  return readAdapterFolder(await pretrainedFolder(nameOrFolder, "adapter")).tensors;
}

/** A' = [A; A0] and B' = [B, -B0], so that B'A' = BA - B0A0. */
async function difference(
  name: string,
  parameter: Parameter,
  before: ReadonlyMap<string, StoredTensor>,
): Promise<TensorToStore> {
  const initial = before.get(name);
  if (initial?.shape.join() !== parameter.shape.join()) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot save the adapter as a plain LoRA: the initial adapter has ${initial ? `[${initial.shape.join(", ")}]` : "nothing"} ` +
        `for ${name}, which is [${parameter.shape.join(", ")}]; name the folder of the same adapter before its training`,
    );
  }
  const isDown = /lora_(embedding_)?A/.test(name);
  const joined = tf.tidy(() => {
    const start = tf.tensor2d(initial.values, [...initial.shape] as [number, number], "float32");
    const now = parameter.value as tf.Tensor2D;
    return isDown ? tf.concat2d([now, start], 0) : tf.concat2d([now, tf.neg(start)], 1);
  });
  const values = await joined.data<"float32">();
  const { shape } = joined;
  joined.dispose();
  return { shape, values };
}
