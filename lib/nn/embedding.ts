/** The token embedding. */
import * as tf from "@tensorflow/tfjs-core";
import { addResidual, reshape, takePackedRows, takeRows } from "../ops/index.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/**
 * A table of one vector a token, stored `[vocabulary, dim]`.
 *
 * @example
 * const table = new Embedding(2, 3);
 * table.weight.assign(tf.tensor2d([[1, 2, 3], [4, 5, 6]]));
 * table.forward(tf.tensor2d([[1]], [1, 1], "int32")); // → [[[4, 5, 6]]]
 */
export class Embedding extends Module {
  readonly weight: Parameter;
  /** Makes what is added to the vectors, `[B, T, dim]`, while the module is in training; none when undefined. */
  noise: ((shape: [number, number, number]) => tf.Tensor) | undefined;

  constructor(vocabulary: number, dim: number) {
    super();
    this.weight = new Parameter([vocabulary, dim]);
  }

  /** Token ids, int32 `[B, T]` -> vectors `[B, T, dim]`. */
  forward(ids: tf.Tensor2D): tf.Tensor3D {
    const { packed, shape } = this.weight;
    const flat = tf.reshape<tf.Rank.R1>(ids, [-1]);
    const rows = packed ? takePackedRows(packed, flat) : takeRows(this.weight.value as tf.Tensor2D, flat);
    const vectors = reshape<tf.Rank.R3>(rows, [...ids.shape, shape[1]!]);
    if (!this.training || !this.noise) return vectors;
    return addResidual(vectors, this.noise(vectors.shape)) as tf.Tensor3D;
  }
}

/**
 * The table of token vectors at or below `root`, by the names that model families give it; undefined where there is none.
 *
 * @example
 * inputEmbedding(model)?.weight.shape; // → [6144, 256]
 */
export function inputEmbedding(root: Module): Embedding | undefined {
  for (const [name, module] of root.namedModules()) {
    if (module instanceof Embedding && /(?:^|\.)(?:embed_tokens|wte)(?:\.base_layer)?$/.test(name))
      return module;
  }
  return undefined;
}
