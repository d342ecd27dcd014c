/** The token embedding. */
import * as tf from "@tensorflow/tfjs-core";
import { reshape, takePackedRows, takeRows } from "../ops/index.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** A table of one vector a token, stored `[vocabulary, dim]`. */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(vocabulary: number, dim: number) {
    super();
    this.weight = new Parameter([vocabulary, dim]);
  }

  /** Token ids, int32 `[B, T]` -> vectors `[B, T, dim]`. */
  forward(ids: tf.Tensor2D): tf.Tensor3D {
    const { packed, shape } = this.weight;
    const flat = tf.reshape<tf.Rank.R1>(ids, [-1]);
    const rows = packed ? takePackedRows(packed, flat) : takeRows(this.weight.value as tf.Tensor2D, flat);
    return reshape<tf.Rank.R3>(rows, [...ids.shape, shape[1]!]);
  }
}
