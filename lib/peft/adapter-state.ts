/** The tensors of an adapter under the names of PEFT's files. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { StoredTensor } from "../hub/index.ts";
import type { Parameter } from "../nn/index.ts";
import { trainedBiases, type AdaptedModel } from "./inject.ts";
import { LoraEmbedding } from "./lora-embedding.ts";
import type { AnyLoraConfig } from "./targets.ts";
import { TransposedParameter } from "./transposed-parameter.ts";

const prefix = "base_model.model.";

/** The parameters of an adapter by PEFT's names, such as `base_model.model.….lora_A.weight`. */
export function adapterParameters(
  model: AdaptedModel,
  adapter: string,
  config: AnyLoraConfig,
): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const [name, layer] of model.layers) {
    const { a, b, magnitude } = layer.adapters.get(adapter) ?? {};
    if (!a || !b) continue;
    const isTable = layer instanceof LoraEmbedding;
    parameters.set(`${prefix}${name}.${isTable ? "lora_embedding_A" : "lora_A.weight"}`, a);
    parameters.set(`${prefix}${name}.${isTable ? "lora_embedding_B" : "lora_B.weight"}`, b);
    if (magnitude) parameters.set(`${prefix}${name}.lora_magnitude_vector`, magnitude);
  }
  for (const [name, wrapper] of model.saved) {
    for (const [part, parameter] of wrapper.modules_to_save.get(adapter)?.ownParameters() ?? []) {
      parameters.set(`${prefix}${name}.${part}`, parameter);
    }
  }
  for (const [name, parameter] of trainedBiases(model, config, adapter))
    parameters.set(`${prefix}${name}`, parameter);
  return parameters;
}

/** Base tables that are saved beside the adapter of an embedding, and of a head that is tied to it, as in PEFT; they are float32 and unchanged. */
export function savedTables({ layers }: AdaptedModel, adapter: string): Map<string, Parameter> {
  const tables = [...layers].filter(
    ([, layer]) =>
      layer.adapters.has(adapter) &&
      (layer instanceof LoraEmbedding || layer.adapters.get(adapter)?.tied !== undefined),
  );
  return new Map(
    tables.map(([name, layer]) => [`${prefix}${name}.base_layer.weight`, layer.base_layer.weight]),
  );
}

/**
 * What of the model itself PEFT may save beside an adapter, by its files' names: embedding and head under their adapters, with
 * the values that the adapter was trained on.
 */
function baseParameters({ layers }: AdaptedModel): Map<string, Parameter> {
  return new Map(
    [...layers].flatMap(([name, { base_layer: layer }]) =>
      [...layer.ownParameters()].map(([part, parameter]) => [
        `${prefix}${name}.base_layer.${part}`,
        parameter,
      ]),
    ),
  );
}

/** With bias "all" PEFT saves the biases of layers that are saved in full a second and third time, and unused. */
function repeatedBiases({ saved }: AdaptedModel): string[] {
  return [...saved.keys()].flatMap((name) =>
    ["original_module", "modules_to_save"].map((part) => `${prefix}${name}.${part}.bias`),
  );
}

/**
 * Passes when stored tensors are those of an adapter.
 *
 * @throws ResidencyError E_CHECKPOINT when one is missing, unknown or of another shape.
 */
export function checkAdapterTensors(
  parameters: ReadonlyMap<string, Parameter>,
  model: AdaptedModel,
  tensors: ReadonlyMap<string, StoredTensor>,
  folder: string,
): void {
  const base = baseParameters(model);
  const known = new Set([...parameters.keys(), ...base.keys(), ...repeatedBiases(model)]);
  const missing = [...parameters.keys()].filter((name) => !tensors.has(name));
  const unknown = [...tensors.keys()].filter((name) => !known.has(name));
  if (missing.length > 0 || unknown.length > 0) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot load the adapter of ${folder}: it lacks ${missing.length} tensors (${missing[0] ?? "none"}) and has ` +
        `${unknown.length} that the model has no place for (${unknown[0] ?? "none"})`,
    );
  }
  checkTied(parameters, tensors, folder);
  for (const [name, parameter] of [...base, ...parameters]) {
    const { shape } = tensors.get(name) ?? parameter;
    if (shape.join() !== parameter.shape.join()) {
      throw new ResidencyError(
        "E_CHECKPOINT",
        `Cannot load the adapter of ${folder}: ${name} has the shape [${shape.join(", ")}], and the model needs ` +
          `[${parameter.shape.join(", ")}]`,
      );
    }
  }
}

/** Passes when the stored adapter of a tied head is that of its embedding, the other way round. */
function checkTied(
  parameters: ReadonlyMap<string, Parameter>,
  tensors: ReadonlyMap<string, StoredTensor>,
  folder: string,
): void {
  for (const [name, parameter] of parameters) {
    if (!(parameter instanceof TransposedParameter)) continue;
    const [source] = [...parameters].find(([, other]) => other === parameter.source)!;
    const [own, other] = [tensors.get(name)!, tensors.get(source)!];
    const [rows = 0, columns = 0] = own.shape;
    const isSame =
      other.shape.join() === [columns, rows].join() &&
      own.values.every((value, i) => value === other.values[(i % columns) * rows + Math.floor(i / columns)]);
    if (isSame) continue;
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot load the adapter of ${folder} with ensure_weight_tying: ${name} is not ${source}, transposed, so that both were trained ` +
        "apart. Set ensure_weight_tying to false in adapter_config.json, and name both layers in target_modules",
    );
  }
}

/**
 * Assigns stored tensors, which {@link checkAdapterTensors} has passed, to an adapter, and to the weights under it that the file
 * holds too, as PEFT does; packed weights stay.
 */
export function assignAdapter(
  parameters: ReadonlyMap<string, Parameter>,
  model: AdaptedModel,
  tensors: ReadonlyMap<string, StoredTensor>,
): void {
  const others = [...baseParameters(model)].filter(
    ([name, parameter]) => tensors.has(name) && !parameter.packed && !parameters.has(name),
  );
  for (const [name, parameter] of [...others, ...parameters]) {
    if (parameter instanceof TransposedParameter) continue;
    const { requiresGrad } = parameter;
    const { shape, values } = tensors.get(name)!;
    parameter.assign(tf.tensor(values, [...shape], "float32"));
    parameter.requiresGrad = requiresGrad;
  }
}
