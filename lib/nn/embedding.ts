/** The token embedding. */
import * as tf from "@tensorflow/tfjs-core";
import { reshape, takeRows } from "../ops/index.ts";
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
    const table = this.weight.value as tf.Tensor2D;
    const rows = takeRows(table, tf.reshape(ids, [-1]));
    return reshape<tf.Rank.R3>(rows, [...ids.shape, table.shape[1]]);
  }
}
