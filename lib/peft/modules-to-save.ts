/** A layer of which adapters have full copies of their own: `modules_to_save` of PEFT. */
import type * as tf from "@tensorflow/tfjs-core";
import * as tfjs from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { Parameter } from "../nn/index.ts";
import { Conv1D, Embedding, LayerNorm, Linear, LinearLayer, Module, RMSNorm } from "../nn/index.ts";
import { unpackWeight } from "../ops/index.ts";
import { AdapterModules } from "./adapter-slots.ts";

/** A layer that can be copied. */
export type SavedLayer = Linear | Conv1D | Embedding | RMSNorm | LayerNorm;

/** Whether a module can be trained in full beside an adapter. */
export function isSavedLayer(module: Module): module is SavedLayer {
  return [Linear, Conv1D, Embedding, RMSNorm, LayerNorm].some((kind) => module instanceof kind);
}

/** A layer of the same kind and size without values; a linear one may get a weight that another layer has. */
function emptyLike(layer: SavedLayer, weight?: Parameter): SavedLayer {
  const [rows, columns] = layer.weight.shape as [number, number];
  if (layer instanceof Linear) {
    return new Linear(layer.inFeatures, layer.outFeatures, {
      bias: layer.bias !== undefined,
      ...(weight && { weight }),
    });
  }
  if (layer instanceof Conv1D) return new Conv1D(layer.inFeatures, layer.outFeatures);
  if (layer instanceof Embedding) return new Embedding(rows, columns);
  if (layer instanceof RMSNorm) return new RMSNorm(rows, layer.eps, { offset: layer.offset });
  return new LayerNorm(rows, layer.eps);
}

/** A copy of a layer, in float32 so that it can be trained. */
function copyOf(layer: SavedLayer, weight?: Parameter): SavedLayer {
  const copy = emptyLike(layer, weight);
  const sources = new Map(layer.ownParameters());
  for (const [name, parameter] of copy.ownParameters()) {
    if (parameter === weight) continue;
    const { packed } = sources.get(name)!;
    parameter.assign(packed ? unpackWeight(packed) : tfjs.tidy(() => tfjs.add(sources.get(name)!.value, 0)));
  }
  return copy;
}

/** Stands in a model for a layer: computes with the copy of the active adapter, or with the layer where none is active. */
export class ModulesToSaveWrapper extends Module {
  readonly original_module: SavedLayer;
  readonly modules_to_save = new AdapterModules<SavedLayer>();
  /** The adapter whose copy is used. */
  active: string | undefined;
  enabled = true;

  /** Wraps a layer. */
  constructor(layer: SavedLayer) {
    super();
    this.original_module = layer;
  }

  /**
   * Makes an adapter's copy; `weight` is the one of another copy, for a head that stays tied.
   *
   * @throws ResidencyError E_CONFIG when the weight does not fit.
   */
  addAdapter(name: string, weight?: Parameter): void {
    if (weight && weight.shape.join() !== this.original_module.weight.shape.join()) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot tie weights of the shapes [${weight.shape.join(", ")}] and [${this.original_module.weight.shape.join(", ")}]`,
      );
    }
    this.modules_to_save.set(name, copyOf(this.original_module, weight));
  }

  /** Forgets an adapter's copy and gives its memory back. */
  deleteAdapter(name: string): void {
    this.modules_to_save.get(name)?.dispose();
    this.modules_to_save.delete(name);
    if (this.active === name) this.active = undefined;
  }

  /** The layer that computes at present. */
  get current(): SavedLayer {
    const copy =
      this.enabled && this.active !== undefined ? this.modules_to_save.get(this.active) : undefined;
    return copy ?? this.original_module;
  }

  get weight(): Parameter {
    return this.current.weight;
  }

  get plain(): Linear | undefined {
    return this.current instanceof LinearLayer ? this.current.plain : undefined;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return (this.current as { forward(input: tf.Tensor): tf.Tensor }).forward(x);
  }
}
