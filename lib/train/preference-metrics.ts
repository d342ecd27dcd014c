/** The figures of preference training, with TRL's names. */
import * as tf from "@tensorflow/tfjs-core";

/** Numbers of the chosen and of the rejected answers of pairs, each `[pairs]`. */
interface OfPairs {
  chosen: tf.Tensor1D;
  rejected: tf.Tensor1D;
}

/** Figures of a batch, each summed over its pairs. */
export type Figures = Record<string, tf.Scalar>;

/** Rewards, how often the better answer has the higher one, by how much, and log-probabilities. */
export function rewardMetrics(rewards: OfPairs, logProbs: OfPairs): Figures {
  const sum = (values: tf.Tensor): tf.Scalar => tf.sum(values);
  return {
    "rewards/chosen": sum(rewards.chosen),
    "rewards/rejected": sum(rewards.rejected),
    "rewards/accuracies": sum(tf.cast(tf.greater(rewards.chosen, rewards.rejected), "float32")),
    "rewards/margins": sum(tf.sub(rewards.chosen, rewards.rejected)),
    "logps/chosen": sum(logProbs.chosen),
    "logps/rejected": sum(logProbs.rejected),
  };
}
