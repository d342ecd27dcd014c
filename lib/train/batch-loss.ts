/** The loss of one micro-batch, as a kind of training gives it. */
import type * as tf from "@tensorflow/tfjs-core";

/** The loss of one micro-batch. */
export interface BatchLoss {
  /** Summed over the items of the batch, in nats. */
  sum: tf.Scalar;
  /** Further figures of the batch, each summed over its items; the log holds their means an item. */
  metrics?: Readonly<Record<string, tf.Scalar>>;
  /** How many items a figure is summed over where that is not all of the batch. */
  counts?: Readonly<Record<string, number>>;
}
