/** The log-probability of each target, which losses over whole answers are made of, without logits that are kept. */
import * as tf from "@tensorflow/tfjs-core";
import { runFusedKernel } from "../backends/index.ts";
import {
  checkHead,
  checkTargets,
  crossEntropyOf,
  packedCrossEntropy,
  scaleAll,
  targetTensor,
} from "./cross-entropy.ts";
import { isRecording, withGradient } from "./gradient.ts";
import { isPacked, type PackedWeight } from "./packed.ts";
import { takeTrainedRows, trainedPositions } from "./trained-positions.ts";

/** One number a row, `[N]`, as the column that scales the rows of a matrix. */
const column = (numbers: tf.Tensor): tf.Tensor => tf.reshape(numbers, [-1, 1]);

/** Rows made for a loss of 1 each, `[N, n]`, times the gradients dy `[N]` of the log-probabilities. */
const scaleRows = (dy: tf.Tensor, rows: tf.Tensor): tf.Tensor[] => scaleAll(column(tf.neg(dy)), [rows]);

/**
 * log softmax(logits)[target] of each row of logits `[N, V]`: `[N]`, in nats; 0 where the target is -100. The gradient is
 * made in the forward pass and takes the place of the logits.
 *
 * @throws ResidencyError E_SHAPE when there is not one target a row, or one is neither a token nor -100; E_GRADIENT for its
 * second derivative.
 * @example
 * tokenLogProbs(tf.tensor2d([[0, 0], [5, 0]]), [1, -100]); // → [-0.693, 0]
 */
export function tokenLogProbs(logits: tf.Tensor2D, targets: readonly number[]): tf.Tensor1D {
  checkTargets(targets, logits.shape[0], logits.shape[1]);
  return withGradient(
    [logits],
    ([input], save) => {
      const options = { needsGradient: isRecording(), reduction: "none" } as const;
      const [losses, ...gradients] = crossEntropyOf(input as tf.Tensor2D, targets, options);
      save(gradients);
      return tf.neg(losses!);
    },
    (dy, [dlogits]) => scaleRows(dy, dlogits!),
  ) as tf.Tensor1D;
}

/**
 * The same for the logits `hidden weightᵀ`; hidden `[N, dim]`, weight `[V, dim]`; for backends with the kernel
 * LinearCrossEntropy, and for packed weights on any. No more than a chunk of the logits is held. How much each row counts
 * is known in the backward pass only: with a frozen weight, the gradient of each row is made on the way and scaled then;
 * the gradient of a trained weight mixes all rows, so that the logits are made a second time for it.
 *
 * @throws ResidencyError E_SHAPE and E_GRADIENT as tokenLogProbs does, and E_SHAPE when hidden and weight do not fit.
 * @example
 * const weight = tf.tensor2d([[1], [1]]);
 * linearTokenLogProbs(tf.tensor2d([[2]]), weight, { targets: [0], trainsWeight: false }); // → [-0.693]
 */
export function linearTokenLogProbs(
  hidden: tf.Tensor2D,
  weight: tf.Tensor2D | PackedWeight,
  { targets, trainsWeight }: { targets: readonly number[]; trainsWeight: boolean },
): tf.Tensor1D {
  checkHead(hidden, weight, targets);
  if (isPacked(weight) || !trainsWeight) {
    return withGradient(
      [hidden],
      ([rows], save) => {
        const needsGradient = isRecording();
        const [losses, ...gradients] = isPacked(weight)
          ? packedCrossEntropy(rows as tf.Tensor2D, weight, { targets, needsGradient, reduction: "none" })
          : runFusedKernel(
              "LinearCrossEntropy",
              { hidden: rows!, weight, targets: targetTensor(targets) },
              { withGradient: needsGradient, trainsWeight: false, reduction: "none" },
            );
        save(gradients);
        return tf.neg(losses!);
      },
      (dy, [dhidden]) => scaleRows(dy, dhidden!),
    ) as tf.Tensor1D;
  }
  return withGradient(
    [hidden, weight],
    ([rows], save) => {
      const inputs = { hidden: rows!, weight, targets: targetTensor(targets) };
      const attributes = { withGradient: false, trainsWeight: false, reduction: "none" } as const;
      const [losses] = runFusedKernel("LinearCrossEntropy", inputs, attributes);
      save([rows!]);
      return tf.neg(losses!);
    },
    (dy, [rows]) => {
      const [weighed] = scaleRows(dy, rows!);
      const inputs = { hidden: rows!, weight, targets: targetTensor(targets), weighed: weighed! };
      const attributes = { withGradient: true, trainsWeight: true };
      const [, dhidden, dweight] = runFusedKernel("LinearCrossEntropy", inputs, attributes);
      return [...scaleRows(dy, dhidden!), dweight!];
    },
  ) as tf.Tensor1D;
}

/**
 * Sums numbers `[N]` by the row that each belongs to, an index below `count`: `[count]`, 0 for a row that has none. Each
 * number counts once, or as often as `weights` says.
 *
 * @example
 * sumByRow(tf.tensor1d([1, 2, 3]), { rows: [0, 0, 1], count: 3 }); // → [3, 3, 0]
 */
export function sumByRow(
  values: tf.Tensor1D,
  { rows, count, weights }: { rows: readonly number[]; count: number; weights?: readonly number[] },
): tf.Tensor1D {
  const matrix = new Float32Array(count * rows.length);
  rows.forEach((row, n) => (matrix[row * rows.length + n] = weights?.[n] ?? 1));
  const sums = tf.matMul(tf.tensor2d(matrix, [count, rows.length]), column(values)); // [count, 1]
  return tf.reshape(sums, [count]);
}

/**
 * The sum of log p(label) of each sequence, `[B]` in nats, with its gradient: logits `[B, T, V]`, labels `[B, T]` with -100
 * where nothing counts, shifted inside; a sequence without labels gives 0.
 *
 * @example
 * sequenceLogProbs(tf.tensor3d([[[0, 0], [0, 0]]]), [[-100, 1]]); // → [-0.693]
 */
export function sequenceLogProbs(logits: tf.Tensor3D, labels: readonly (readonly number[])[]): tf.Tensor1D {
  const [count, length] = logits.shape;
  const positions = trainedPositions(labels, { from: 0, to: length });
  if (positions.targets.length === 0) return tf.zeros([count]);
  const logProbs = tokenLogProbs(takeTrainedRows(logits, positions), positions.targets);
  return sumByRow(logProbs, { rows: positions.rows.map((position) => Math.floor(position / length)), count });
}
