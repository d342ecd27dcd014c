/** The cross-entropy with the figures of the predictions that it is taken of, out of one pass over the logits. */
import * as tf from "@tensorflow/tfjs-core";
import { runFusedKernel, type TokenLoss } from "../backends/index.ts";
import {
  checkHead,
  checkTargets,
  crossEntropyOf,
  packedCrossEntropy,
  scaleAll,
  targetTensor,
  type HeadLossOptions,
} from "./cross-entropy.ts";
import { isRecording, withGradient } from "./gradient.ts";
import { isPacked, type PackedWeight } from "./packed.ts";
import type { PredictionFigures } from "./prediction-figures.ts";

/** A summed loss, in nats, and the figures of its predictions, which have no gradient. */
export interface FiguredLoss {
  sum: tf.Scalar;
  figures: PredictionFigures;
}

/** Runs what gives `[loss, ...gradients, figures]` of some inputs. */
function figured(inputs: tf.Tensor[], run: (needsGradient: boolean) => tf.Tensor[]): FiguredLoss {
  // An operation has one value, so that all three numbers are one tensor until it is over.
  const all = withGradient(
    inputs,
    (_, save) => {
      const outputs = run(isRecording());
      save(outputs.slice(1, -1));
      return tf.concat([tf.reshape(outputs[0]!, [1]), outputs[outputs.length - 1]!]);
    },
    (dy, gradients) => scaleAll(tf.slice(dy, [0], [1]), gradients),
  );
  const [sum, correct, entropy] = tf.unstack(all) as [tf.Scalar, tf.Scalar, tf.Scalar];
  return { sum, figures: { correct, entropy } };
}

/**
 * The sum of {@link crossEntropySum} over logits `[N, V]`, and how many targets are the token with the highest logit and how sure
 * the predictions are; a target of -100 counts nothing.
 *
 * @throws ResidencyError E_SHAPE as crossEntropySum does.
 * @example
 * crossEntropyWithFigures(tf.tensor2d([[0, 0], [5, 0]]), [1, -100]).figures.entropy; // → 0.693
 */
export function crossEntropyWithFigures(
  logits: tf.Tensor2D,
  targets: readonly number[],
  loss?: TokenLoss,
): FiguredLoss {
  checkTargets(targets, logits.shape[0], logits.shape[1]);
  return figured([logits], (needsGradient) =>
    crossEntropyOf(logits, targets, { needsGradient, figures: true, loss }),
  );
}

/**
 * The same for the logits `hidden weightᵀ`, of which a chunk at a time is held; for backends of which {@link hasLinearCrossEntropy}
 * is true.
 *
 * @throws ResidencyError E_SHAPE as linearCrossEntropySum does.
 * @example
 * const weight = tf.tensor2d([[1], [3]]);
 * const { figures } = linearCrossEntropyWithFigures(tf.tensor2d([[2]]), weight, { targets: [1], trainsWeight: false });
 * figures.correct; // → 1
 */
export function linearCrossEntropyWithFigures(
  hidden: tf.Tensor2D,
  weight: tf.Tensor2D | PackedWeight,
  { targets, trainsWeight, loss = "nll" }: HeadLossOptions,
): FiguredLoss {
  checkHead(hidden, weight, targets);
  if (isPacked(weight)) {
    return figured([hidden], (needsGradient) =>
      packedCrossEntropy(hidden, weight, { targets, needsGradient, figures: true, loss }),
    );
  }
  return figured(trainsWeight ? [hidden, weight] : [hidden], (needsGradient) =>
    runFusedKernel(
      "LinearCrossEntropy",
      { hidden, weight, targets: targetTensor(targets) },
      { withGradient: needsGradient, trainsWeight, figures: true, loss },
    ),
  );
}
