/** What is made of hidden states through the head of a model: logits, losses, log-probabilities, figures of predictions. */
import type * as tf from "@tensorflow/tfjs-core";
import type { LinearLayer } from "../nn/index.ts";
import {
  crossEntropySum,
  crossEntropyWithFigures,
  hasLinearCrossEntropy,
  linearCrossEntropySum,
  linearCrossEntropyWithFigures,
  linearTokenLogProbs,
  predictionFigures,
  smoothedCrossEntropySum,
  softcap,
  tokenLogProbs,
  type FiguredLoss,
  type PackedWeight,
  type PredictionFigures,
} from "../ops/index.ts";

/** The head of a model. */
export interface Head {
  layer: LinearLayer;
  /** Bounds the logits as {@link softcap} says; 0 for none. */
  cap: number;
}

/** hidden `[..., hidden]` -> logits `[..., V]` */
export function headLogits({ layer, cap }: Head, hidden: tf.Tensor): tf.Tensor {
  const logits = layer.forward(hidden);
  return cap > 0 ? softcap(logits, cap) : logits;
}

/** The summed loss of logits `[N, V]`, in nats. */
export function lossOfLogits(logits: tf.Tensor2D, targets: readonly number[], smoothing = 0): tf.Scalar {
  return smoothing > 0
    ? smoothedCrossEntropySum(logits, targets, smoothing)
    : crossEntropySum(logits, targets);
}

/** The weight of a head that is nothing but a product, where the backend takes losses through it without the logits. */
function fusedWeight({
  layer,
  cap,
}: Head): { weight: tf.Tensor2D | PackedWeight; trainsWeight: boolean } | undefined {
  const { plain } = layer;
  if (!plain || plain.bias || cap > 0 || !hasLinearCrossEntropy()) return undefined;
  const { weight } = plain;
  return { weight: weight.packed ?? (weight.value as tf.Tensor2D), trainsWeight: weight.requiresGrad };
}

/** The summed loss of hidden states `[N, hidden]`, in nats. */
export function headLossSum(
  head: Head,
  hidden: tf.Tensor2D,
  { targets, smoothing = 0 }: { targets: readonly number[]; smoothing?: number | undefined },
): tf.Scalar {
  const fused = smoothing > 0 ? undefined : fusedWeight(head);
  return fused
    ? linearCrossEntropySum(hidden, fused.weight, { targets, trainsWeight: fused.trainsWeight })
    : lossOfLogits(headLogits(head, hidden) as tf.Tensor2D, targets, smoothing);
}

/** The same with the figures of the predictions, out of one pass over the logits where labels are not smoothed. */
export function headLossWithFigures(
  head: Head,
  hidden: tf.Tensor2D,
  { targets, smoothing = 0 }: { targets: readonly number[]; smoothing?: number | undefined },
): FiguredLoss {
  if (smoothing > 0) {
    const sum = headLossSum(head, hidden, { targets, smoothing });
    return { sum, figures: headFigures(head, hidden, targets) };
  }
  const fused = fusedWeight(head);
  return fused
    ? linearCrossEntropyWithFigures(hidden, fused.weight, { targets, trainsWeight: fused.trainsWeight })
    : crossEntropyWithFigures(headLogits(head, hidden) as tf.Tensor2D, targets);
}

/** log p(target) of each of the hidden states `[N, hidden]`: `[N]`, in nats. */
export function headLogProbs(head: Head, hidden: tf.Tensor2D, targets: readonly number[]): tf.Tensor1D {
  const fused = fusedWeight(head);
  return fused
    ? linearTokenLogProbs(hidden, fused.weight, { targets, trainsWeight: fused.trainsWeight })
    : tokenLogProbs(headLogits(head, hidden) as tf.Tensor2D, targets);
}

/** How many predictions from hidden states `[N, hidden]` are right, and how sure they are. */
export function headFigures(head: Head, hidden: tf.Tensor2D, targets: readonly number[]): PredictionFigures {
  return predictionFigures(hidden, {
    targets,
    vocabulary: head.layer.outFeatures,
    logitsOf: (rows) => headLogits(head, rows) as tf.Tensor2D,
  });
}
