/** Moves parameters between a model and the tensors of a checkpoint. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { releaseBuffer, type FloatType, type RawTensor, type TensorToStore } from "../formats/index.ts";
import { RMSNorm, type Module, type Parameter } from "../nn/index.ts";
import { isPacked, type PackedWeight } from "../ops/index.ts";
import { normalTensor } from "../tensor/index.ts";
import { seededRandom } from "../random.ts";
import { assignValues, packedTensors, packParameter, type Packings } from "./quantized.ts";

/** A tensor as it comes out of a file; loading takes its arrays over. */
export interface LoadedTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** As they stand in the file, when `values` are made of them. */
  readonly bytes?: Uint8Array;
}

/** Buffers that old checkpoints carry and nobody reads. */
const ignoredNames = /\.(rotary_emb\.inv_freq|attn\.(bias|masked_bias))$/;

/**
 * A list of names, cut short.
 *
 * @example
 * listNames(["q_proj", "v_proj"]); // → "q_proj, v_proj"
 */
export function listNames(names: readonly string[]): string {
  return names.slice(0, 4).join(", ") + (names.length > 4 ? ` and ${names.length - 4} more` : "");
}

/** Whether the backend copies what a tensor is made of, so that the array is of no use any more. */
function backendCopies(): boolean {
  const probe = new Float32Array(1);
  const tensor = tf.tensor1d(probe);
  probe[0] = 1;
  const seen = tensor.dataSync()[0];
  tensor.dispose();
  return seen === 0;
}

/**
 * Gives every parameter its values, one tensor at a time, as `tensors` delivers them; those of `packings` are packed at
 * once, so that no more than one is ever held in full.
 *
 * @throws ResidencyError E_CHECKPOINT naming what is missing, unknown or of another shape.
 * @example
 * const copy = new LlamaForCausalLM(config);
 * loadStateDict(copy, readCheckpoint("assets/intern"));
 */
export function loadStateDict(
  model: Module,
  tensors: Iterable<[string, LoadedTensor | PackedWeight]>,
  packings: Packings = new Map(),
): void {
  const parameters = new Map(model.namedParameters());
  const missing = new Set(parameters.keys());
  const unexpected: string[] = [];
  const copies = backendCopies();
  for (const [name, tensor] of tensors) {
    const { shape } = tensor;
    const parameter = parameters.get(name);
    if (!parameter) {
      // A tied head may be stored beside the embedding that it is.
      if (!ignoredNames.test(name) && name !== "lm_head.weight") unexpected.push(name);
      continue;
    }
    if (shape.join() !== parameter.shape.join()) {
      throw new ResidencyError(
        "E_CHECKPOINT",
        `Cannot load the checkpoint: ${name} has the shape [${shape.join(", ")}], and the config needs [${parameter.shape.join(", ")}]`,
      );
    }
    if (isPacked(tensor)) parameter.assignPacked(tensor);
    else {
      const { values, bytes } = tensor;
      if (bytes && bytes.buffer !== values.buffer) releaseBuffer(bytes);
      const packing = packings.get(parameter);
      assignValues(parameter, values, packing);
      if (copies || packing) releaseBuffer(values);
    }
    missing.delete(name);
  }
  if (missing.size > 0 || unexpected.length > 0) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot load the checkpoint: it lacks ${listNames([...missing]) || "nothing"}, and has what the model does not know: ` +
        (listNames(unexpected) || "nothing"),
    );
  }
}

/**
 * The parameters as tensors to be stored, read one after the other; packed weights as bitsandbytes stores them.
 *
 * @example
 * const tensors = await stateDict(model, "F16");
 * tensors["model.norm.weight"]?.shape; // → [256]
 */
export async function stateDict(
  model: Module,
  dtype: FloatType = "F32",
): Promise<Record<string, TensorToStore | RawTensor>> {
  const stored: Record<string, TensorToStore | RawTensor> = {};
  for (const [name, parameter] of model.namedParameters()) {
    if (parameter.packed) Object.assign(stored, await packedTensors(name, parameter));
    else {
      const values = await parameter.value.data<"float32">();
      stored[name] = { shape: parameter.shape, values, dtype };
    }
  }
  return stored;
}

/**
 * Draws all weights anew, as transformers initialises a decoder: matrices from N(0, std²), norms 1, biases 0; the
 * matrices that write into the residual stream are scaled by 1/sqrt(2 · layers) as GPT-2 has it. Those of `packings` are
 * packed at once. `std` is what config.json calls initializer_range; 0.02 when left out.
 *
 * @example
 * const fresh = modelFromConfig(config);
 * initializeWeights(fresh, { seed: 1, layers: 4 });
 * fresh.getMemoryFootprint() > 3e6; // → true
 */
export function initializeWeights(
  model: Module,
  {
    seed,
    layers,
    std = 0.02,
    packings = new Map(),
  }: { seed: number; layers: number; std?: number; packings?: Packings },
): void {
  const random = seededRandom(seed);
  const zeros = new Set<Parameter>();
  for (const [, module] of model.namedModules()) {
    if (module instanceof RMSNorm && module.offset === 1) zeros.add(module.weight);
  }
  for (const [name, parameter] of model.namedParameters()) {
    const shape = [...parameter.shape];
    if (name.endsWith(".bias") || zeros.has(parameter)) parameter.assign(tf.zeros(shape));
    else if (shape.length === 1) parameter.assign(tf.ones(shape));
    else {
      const intoStream = /\.(o_proj|down_proj|c_proj|dense|fc2)\.weight$/.test(name);
      parameter.assign(normalTensor(shape, intoStream ? std / Math.sqrt(2 * layers) : std, random));
      packParameter(parameter, packings.get(parameter));
    }
  }
}
