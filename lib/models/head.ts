/** What is made of hidden states through the head of a model: logits, losses, log-probabilities. */
import type * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import { Linear, type CausalLMInput, type LinearLayer, type Parameter } from "../nn/index.ts";
import {
  crossEntropySum,
  crossEntropyWithFigures,
  hasLinearCrossEntropy,
  linearCrossEntropySum,
  linearCrossEntropyWithFigures,
  linearTokenLogProbs,
  softcap,
  tokenLogProbs,
  type FiguredLoss,
  type PackedWeight,
  type TokenLoss,
} from "../ops/index.ts";

/** The head of a model. */
export interface Head {
  layer: LinearLayer;
  /** Bounds the logits as {@link softcap} says; 0 for none. */
  cap: number;
}

/** What a config says of a head. */
interface HeadSizes {
  hiddenSize: number;
  vocabSize: number;
  tieWordEmbeddings: boolean;
}

/** The head of a decoder; it shares the table of the embedding where the config ties them. */
export function languageModelHead(
  { hiddenSize, vocabSize, tieWordEmbeddings }: HeadSizes,
  embedding: Parameter,
  { bias = false }: { bias?: boolean } = {},
): LinearLayer {
  return new Linear(hiddenSize, vocabSize, { bias, ...(tieWordEmbeddings ? { weight: embedding } : {}) });
}

/** hidden `[..., hidden]` -> logits `[..., V]` */
export function headLogits({ layer, cap }: Head, hidden: tf.Tensor): tf.Tensor {
  const logits = layer.forward(hidden);
  return cap > 0 ? softcap(logits, cap) : logits;
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

/**
 * What a prediction costs by the arguments of a forward pass.
 *
 * @throws ResidencyError E_CONFIG when labels are smoothed by less than 0, by 1 or more, or for a loss that smooths none.
 */
export function tokenLossOf({ lossType = "nll", labelSmoothing = 0 }: CausalLMInput): TokenLoss {
  if (labelSmoothing === 0) return lossType;
  if (lossType === "nll" && labelSmoothing > 0 && labelSmoothing < 1) return { smoothing: labelSmoothing };
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot take the loss "${lossType}" with labelSmoothing ${labelSmoothing}: it must be ${lossType === "nll" ? "0 or more, and below 1" : "0"}`,
  );
}

/** What a loss is taken of: the token that each hidden state predicts, and what a prediction costs. */
interface HeadLoss {
  targets: readonly number[];
  loss?: TokenLoss | undefined;
}

/** The summed loss of hidden states `[N, hidden]`, in nats. */
export function headLossSum(head: Head, hidden: tf.Tensor2D, { targets, loss }: HeadLoss): tf.Scalar {
  const fused = fusedWeight(head);
  return fused
    ? linearCrossEntropySum(hidden, fused.weight, { targets, trainsWeight: fused.trainsWeight, loss })
    : crossEntropySum(headLogits(head, hidden) as tf.Tensor2D, targets, loss);
}

/** The same with the figures of the predictions, out of one pass over the logits. */
export function headLossWithFigures(
  head: Head,
  hidden: tf.Tensor2D,
  { targets, loss }: HeadLoss,
): FiguredLoss {
  const fused = fusedWeight(head);
  return fused
    ? linearCrossEntropyWithFigures(hidden, fused.weight, { targets, trainsWeight: fused.trainsWeight, loss })
    : crossEntropyWithFigures(headLogits(head, hidden) as tf.Tensor2D, targets, loss);
}

/** log p(target) of each of the hidden states `[N, hidden]`: `[N]`, in nats. */
export function headLogProbs(head: Head, hidden: tf.Tensor2D, targets: readonly number[]): tf.Tensor1D {
  const fused = fusedWeight(head);
  return fused
    ? linearTokenLogProbs(hidden, fused.weight, { targets, trainsWeight: fused.trainsWeight })
    : tokenLogProbs(headLogits(head, hidden) as tf.Tensor2D, targets);
}
