/** The causal language-modelling loss: cross-entropy of the next token, labels of -100 left out. */
import * as tf from "@tensorflow/tfjs-core";
import {
  hasFusedKernel,
  runFusedKernel,
  smoothingOf,
  type Reduction,
  type TokenLoss,
} from "../backends/index.ts";
import { ResidencyError } from "../errors.ts";
import { ignoreIndex } from "../labels.ts";
import { isRecording, isTapeOn, withGradient } from "./gradient.ts";
import { isPacked, packedMatMul, type PackedWeight } from "./packed.ts";
import { figuresOf } from "./prediction-figures.ts";
import { shapeError } from "./shapes.ts";

export type { TokenLoss };

/** What is wanted of a loss. */
interface LossOptions {
  needsGradient: boolean;
  /** "none": the losses of the rows, `[N]`, in place of their sum. */
  reduction?: Reduction;
  /** Adds a last output, `[2]`: how many predictions are right, and the sum of their entropies. */
  figures?: boolean;
  /** "nll" when left out. */
  loss?: TokenLoss | undefined;
}

/** The composed loss of logits `[N, V]`: the sum, its gradient where it is wanted, and the figures where they are. */
function composedCrossEntropy(
  logits: tf.Tensor2D,
  targets: readonly number[],
  { needsGradient, reduction = "sum", figures = false, loss: kind }: LossOptions,
): tf.Tensor[] {
  const [count, vocabulary] = logits.shape;
  const smoothing = smoothingOf(kind);
  const kept = tf.tensor1d(
    targets.map((target) => (target < 0 ? 0 : 1)),
    "float32",
  );
  const index = tf.tensor2d(
    targets.flatMap((target, row) => [row, Math.max(0, target)]),
    [count, 2],
    "int32",
  );
  // log-sum-exp comes from the largest probability, which is at least 1/V: stable for logits of any size, and without
  // the exponential of the whole matrix.
  const probabilities = tf.softmax(logits);
  const logSumExp = tf.sub(tf.max(logits, -1), tf.log(tf.max(probabilities, -1)));
  const own = tf.sub(logSumExp, tf.gatherND(logits, index));
  const weights = kind === "dft" ? tf.mul(kept, tf.exp(tf.neg(own))) : kept;
  const smoothed = (): tf.Tensor =>
    tf.add(tf.mul(own, 1 - smoothing), tf.mul(tf.sub(logSumExp, tf.mean(logits, -1)), smoothing));
  const losses = tf.mul(weights, smoothing > 0 ? smoothed() : own);
  const loss = reduction === "none" ? losses : tf.sum(losses);
  const ofPredictions = figures ? [figuresOf(logits, targets)] : [];
  if (!needsGradient) return [loss, ...ofPredictions];
  const chosen = tf.scatterND(index, tf.fill([count], 1 - smoothing), [count, vocabulary]);
  const wanted = smoothing > 0 ? tf.add(chosen, smoothing / vocabulary) : chosen; // sums to 1 a row
  const gradient = tf.mul(tf.sub(probabilities, wanted), tf.reshape(weights, [count, 1]));
  return [loss, gradient, ...ofPredictions];
}

/** Targets as kernels take them, int32 `[N]`. */
export const targetTensor = (targets: readonly number[]): tf.Tensor1D => tf.tensor1d([...targets], "int32");

/**
 * Passes when there is one target a row, each a token or -100.
 *
 * @throws ResidencyError E_SHAPE otherwise.
 */
export function checkTargets(targets: readonly number[], rows: number, vocabulary: number): void {
  if (targets.length !== rows) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot take the loss of ${rows} rows from ${targets.length} targets: each row has one, ${ignoreIndex} where it has no loss`,
    );
  }
  const row = targets.findIndex(
    (target) => target !== ignoreIndex && !(Number.isInteger(target) && target >= 0 && target < vocabulary),
  );
  if (row < 0) return;
  throw new ResidencyError(
    "E_SHAPE",
    `Cannot take the loss of target ${targets[row]} in row ${row}: the model knows the tokens 0 to ${vocabulary - 1}, and ` +
      `${ignoreIndex} stands for no loss; are the labels from the model's own tokenizer?`,
  );
}

/**
 * Gradients that the forward pass has already made, times the gradient of the loss, which is one number.
 *
 * @throws ResidencyError E_GRADIENT where a gradient of the gradient is being recorded.
 */
export function scaleAll(dy: tf.Tensor, gradients: readonly tf.Tensor[]): tf.Tensor[] {
  if (isTapeOn()) {
    throw new ResidencyError(
      "E_GRADIENT",
      "Cannot take the gradient of a gradient of the cross-entropy: its gradient is made in the forward pass. Compose the loss " +
        "of tf.logSoftmax where second derivatives are wanted",
    );
  }
  return gradients.map((gradient) => tf.mul(gradient, dy));
}

/** The loss of logits `[N, V]` by the backend's kernel where it has one: the sum, its gradient and the figures where they are wanted. */
export function crossEntropyOf(
  logits: tf.Tensor2D,
  targets: readonly number[],
  options: LossOptions,
): tf.Tensor[] {
  if (!hasFusedKernel("CrossEntropy")) return composedCrossEntropy(logits, targets, options);
  const { needsGradient: withGradient, reduction = "sum", figures = false, loss = "nll" } = options;
  const inputs = { logits, targets: targetTensor(targets) };
  return runFusedKernel("CrossEntropy", inputs, { withGradient, reduction, figures, loss });
}

/**
 * The sum of -log softmax(logits)[target], or of what `loss` says, over the rows of logits `[N, V]`, a scalar in nats; a target of
 * -100 counts nothing. "dft" is TRL's loss_type of that name, `{ smoothing }` the loss of transformers' LabelSmoother before its
 * division by N.
 *
 * @throws ResidencyError E_SHAPE when there is not one target a row, or one is neither a token nor -100.
 * @example
 * crossEntropySum(tf.tensor2d([[0, 0], [5, 0]]), [1, -100]); // → 0.693
 * crossEntropySum(tf.tensor2d([[0, 0]]), [1], "dft"); // → 0.347
 */
export function crossEntropySum(
  logits: tf.Tensor2D,
  targets: readonly number[],
  loss?: TokenLoss,
): tf.Scalar {
  checkTargets(targets, logits.shape[0], logits.shape[1]);
  return withGradient(
    [logits],
    ([input], save) => {
      const [sum, ...gradients] = crossEntropyOf(input as tf.Tensor2D, targets, {
        needsGradient: isRecording(),
        loss,
      });
      save(gradients);
      return sum!;
    },
    scaleAll,
  ) as tf.Scalar;
}

/** The most logits of a packed head that are held at once: 32 MB, and as much of their gradients. */
const logitsAtOnce = 8 << 20;

/** The loss of a packed head in chunks of rows: the sum, the gradient of hidden and the figures where they are wanted. */
export function packedCrossEntropy(
  hidden: tf.Tensor2D,
  weight: PackedWeight,
  {
    targets,
    needsGradient,
    reduction = "sum",
    figures = false,
    loss: kind,
  }: LossOptions & { targets: readonly number[] },
): tf.Tensor[] {
  const rows = hidden.shape[0];
  const pieces = Math.ceil(rows / Math.max(48, Math.floor(logitsAtOnce / weight.shape[0])));
  const chunk = Math.ceil(rows / pieces);
  const losses: tf.Tensor[] = [];
  const gradients: tf.Tensor2D[] = [];
  const ofPredictions: tf.Tensor[] = [];
  for (let row = 0; row < rows; row += chunk) {
    const count = Math.min(chunk, rows - row);
    const [loss, gradient, figuresOfChunk] = tf.tidy(() => {
      const logits = packedMatMul(tf.slice(hidden, [row, 0], [count, -1]), weight, { transposed: false });
      const some = targets.slice(row, row + count);
      const outputs = crossEntropyOf(logits, some, { needsGradient, reduction, figures, loss: kind });
      const dlogits = needsGradient ? (outputs[1] as tf.Tensor2D) : undefined;
      const dhidden = dlogits && packedMatMul(dlogits, weight, { transposed: true });
      return [outputs[0]!, dhidden, figures ? outputs[outputs.length - 1]! : undefined] as const;
    });
    losses.push(loss);
    if (gradient) gradients.push(gradient);
    if (figuresOfChunk) ofPredictions.push(figuresOfChunk);
  }
  const loss = reduction === "none" ? tf.concat(losses) : tf.addN(losses);
  return [
    loss,
    ...(needsGradient ? [tf.concat2d(gradients, 0)] : []),
    ...(figures ? [tf.addN(ofPredictions)] : []),
  ];
}

/** What a loss through a head is taken of. */
export interface HeadLossOptions {
  /** The token that each row predicts, `[N]`; -100 counts nothing. */
  targets: readonly number[];
  trainsWeight: boolean;
  /** "nll" when left out. */
  loss?: TokenLoss | undefined;
}

/**
 * Passes when hidden `[N, dim]`, weight `[V, dim]` and N targets fit each other.
 *
 * @throws ResidencyError E_SHAPE otherwise.
 */
export function checkHead(
  hidden: tf.Tensor2D,
  weight: tf.Tensor2D | PackedWeight,
  targets: readonly number[],
): void {
  if (hidden.shape[1] !== weight.shape[1]) {
    const { dataId, dtype } = hidden;
    const shapes = { hidden, weight: { dataId, dtype, shape: [...weight.shape] } };
    throw shapeError("logits", shapes, "hidden [N, dim] and a weight [V, dim]");
  }
  checkTargets(targets, hidden.shape[0], weight.shape[0]);
}

/**
 * The same sum for the logits `hidden weightᵀ`; hidden `[N, dim]`, weight `[V, dim]`. Backends with a kernel for it
 * never hold more than a chunk of the logits, and make the gradients on the way. A packed weight is never trained.
 *
 * @throws ResidencyError E_SHAPE as crossEntropySum does, and when hidden and weight do not fit each other.
 * @example
 * const weight = tf.tensor2d([[1], [1]]);
 * linearCrossEntropySum(tf.tensor2d([[2]]), weight, { targets: [0], trainsWeight: false }); // → 0.693
 */
export function linearCrossEntropySum(
  hidden: tf.Tensor2D,
  weight: tf.Tensor2D | PackedWeight,
  { targets, trainsWeight, loss = "nll" }: HeadLossOptions,
): tf.Scalar {
  checkHead(hidden, weight, targets);
  if (isPacked(weight)) {
    return withGradient(
      [hidden],
      ([rows], save) => {
        const needsGradient = isRecording();
        const [sum, ...gradients] = packedCrossEntropy(rows as tf.Tensor2D, weight, {
          targets,
          needsGradient,
          loss,
        });
        save(gradients);
        return sum!;
      },
      scaleAll,
    ) as tf.Scalar;
  }
  return withGradient(
    trainsWeight ? [hidden, weight] : [hidden],
    ([rows], save) => {
      const attributes = { withGradient: isRecording(), trainsWeight, loss };
      const inputs = { hidden: rows!, weight, targets: targetTensor(targets) };
      const [sum, ...gradients] = runFusedKernel("LinearCrossEntropy", inputs, attributes);
      save(gradients);
      return sum!;
    },
    scaleAll,
  ) as tf.Scalar;
}

/**
 * Whether the backend takes the loss without the whole matrix of logits.
 *
 * @example
 * typeof hasLinearCrossEntropy(); // → "boolean"
 */
export function hasLinearCrossEntropy(): boolean {
  return hasFusedKernel("LinearCrossEntropy");
}
