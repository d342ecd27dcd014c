/** Fused operations, each with its gradient, and a composed reference that runs on any backend. */
export { adamW8bitStep, stateBlockSize, stateMaps, type AdamW8bitState } from "./adamw-8bit.ts";
export { gatedActivation, gelu, swiglu } from "./activations.ts";
export { appendInPlace, canAppendInPlace, causalAttention, decodeAttention } from "./attention.ts";
export { checkpoint, drawSeed, withSeedSource, type Checkpointed } from "./checkpoint.ts";
export type { AttentionOptions } from "./composed-attention.ts";
export { conv1d } from "./conv1d.ts";
export {
  crossEntropySum,
  hasLinearCrossEntropy,
  linearCrossEntropySum,
  type HeadLossOptions,
  type TokenLoss,
} from "./cross-entropy.ts";
export {
  crossEntropyWithFigures,
  linearCrossEntropyWithFigures,
  type FiguredLoss,
} from "./figured-cross-entropy.ts";
export { differentiate, type Differentiated } from "./differentiate.ts";
export { doraScale, summedWeightNorms, type SummedWeights } from "./dora.ts";
export { dropout, dropoutMask, type DropoutOptions } from "./dropout.ts";
export { takeRows } from "./embedding.ts";
export { lastPositions } from "./last-positions.ts";
export { log1mexp } from "./log1mexp.ts";
export { addResidual, isRecording, reshape } from "./gradient.ts";
export { endInterruptedGradient } from "./interrupted.ts";
export { layerNorm, type LayerNormWeights } from "./layer-norm.ts";
export { frozenLinear, loraLinear, trainedLinear, type FrozenWeight, type LowRank } from "./linear.ts";
export { addMatMul, matMul, matMuls, type MatMulOptions, type MatrixProduct } from "./matmul.ts";
export {
  adamWStep,
  amsgradStep,
  globalNorm,
  type AdamWState,
  type AdamWStepOptions,
  type AmsgradState,
} from "./optimizer.ts";
export { isPacked, packedMatMul, unpackElements, unpackWeight, type PackedWeight } from "./packed.ts";
export type { PredictionFigures } from "./prediction-figures.ts";
export { takePackedRows } from "./packed-embedding.ts";
export { expandScales, type NestedScales } from "./nested-scales.ts";
export { rmsNorm, type RmsNormOptions } from "./rms-norm.ts";
export { applyRotary } from "./rotary.ts";
export { scaleBy, softcap } from "./scale.ts";
export { sortAscending } from "./sort.ts";
export { linearTokenLogProbs, sequenceLogProbs, sumByRow, tokenLogProbs } from "./token-log-probs.ts";
export {
  takeTrainedRows,
  trainedPositions,
  trainedSpan,
  type PositionSpan,
  type TrainedPositions,
} from "./trained-positions.ts";
