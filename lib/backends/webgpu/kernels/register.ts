/** Offers every fused kernel to tfjs for the WebGPU backend. */
import { registerFusedKernel } from "../../fused-kernels.ts";
import { adamW } from "./adamw.ts";
import { attention, attentionGrad } from "./attention.ts";
import { replaceBatchMatMul } from "./batch-matmul.ts";
import { copyInto } from "./copy-into.ts";
import { crossEntropy, linearCrossEntropy } from "./cross-entropy.ts";
import { gate, gateGrad, gelu, geluGrad } from "./elementwise.ts";
import { embeddingGrad } from "./embedding-grad.ts";
import { matMulInto, packedMatMul } from "./matmul.ts";
import { mendKernels } from "./mended-kernels.ts";
import { nestedScales } from "./nested-scales.ts";
import { layerNorm, layerNormGrad, rmsNorm, rmsNormGrad } from "./norm.ts";
import { squaredNorm } from "./reductions.ts";
import { rotary } from "./rotary.ts";

let registered = false;

/** Registers all kernels, once. */
export function registerWebgpuKernels(): void {
  if (registered) return;
  registered = true;
  registerFusedKernel("PackedMatMul", "webgpu", packedMatMul);
  registerFusedKernel("NestedScales", "webgpu", nestedScales);
  registerFusedKernel("MatMulInto", "webgpu", matMulInto);
  registerFusedKernel("CopyInto", "webgpu", copyInto);
  registerFusedKernel("RmsNorm", "webgpu", rmsNorm);
  registerFusedKernel("RmsNormGrad", "webgpu", rmsNormGrad);
  registerFusedKernel("LayerNorm", "webgpu", layerNorm);
  registerFusedKernel("LayerNormGrad", "webgpu", layerNormGrad);
  registerFusedKernel("Rotary", "webgpu", rotary);
  registerFusedKernel("Attention", "webgpu", attention);
  registerFusedKernel("AttentionGrad", "webgpu", attentionGrad);
  registerFusedKernel("Gate", "webgpu", gate);
  registerFusedKernel("GateGrad", "webgpu", gateGrad);
  registerFusedKernel("Gelu", "webgpu", gelu);
  registerFusedKernel("GeluGrad", "webgpu", geluGrad);
  registerFusedKernel("EmbeddingGrad", "webgpu", embeddingGrad);
  registerFusedKernel("CrossEntropy", "webgpu", crossEntropy);
  registerFusedKernel("LinearCrossEntropy", "webgpu", (call) => linearCrossEntropy(call));
  registerFusedKernel("SquaredNorm", "webgpu", squaredNorm);
  registerFusedKernel("AdamW", "webgpu", adamW);
  replaceBatchMatMul();
  mendKernels();
}
