/** Fused operations, each with its gradient. */
export { causalAttention, decodeAttention, type AttentionOptions } from "./attention.ts";
export {
  crossEntropySum,
  ignoreIndex,
  takeTrainedRows,
  trainedPositions,
  type TrainedPositions,
} from "./cross-entropy.ts";
export { takeRows } from "./embedding.ts";
export { frozenLinear, loraLinear, trainedLinear, type FrozenWeight, type LowRank } from "./linear.ts";
export { matMul } from "./matmul.ts";
export { rmsNorm } from "./rms-norm.ts";
export { applyRotary } from "./rotary.ts";
export { swiglu } from "./swiglu.ts";
