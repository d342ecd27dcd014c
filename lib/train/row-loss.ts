/** What a kind of training says of its rows: how many items the loss of each is a mean over, and how that loss is computed. */
import type * as tf from "@tensorflow/tfjs-core";
import type { BatchLoss } from "./batch-loss.ts";

/** The rows of a kind of training and their loss. */
export interface RowLoss<Row> {
  /** How many items of the loss a row has; rows without any are passed over. */
  itemsOf(row: Row): number;
  /** How many items a row counts for in what a summed loss is divided by. */
  divisorOf(row: Row): number;
  /** How many real tokens a row has. */
  lengthOf(row: Row): number;
  /** Makes what the loss needs and nothing is learnt from, with the tape off; the caller disposes of it. */
  prepare(rows: readonly Row[]): Promise<tf.Tensor[]>;
  /** The loss of a micro-batch, summed over its items. */
  summedLoss(rows: readonly Row[], prepared: readonly tf.Tensor[]): BatchLoss;
}

/** A figure of some rows, added up. */
export const sumOf = <Row>(rows: readonly Row[], figure: (row: Row) => number): number =>
  rows.reduce((sum, row) => sum + figure(row), 0);
