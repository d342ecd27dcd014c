/** The numbers that JavaScript and the WebAssembly kernels share: where a job lies in the memory, and the kernels' order. */

/** Byte addresses in the shared memory; assembly/job.ts states the same. */
export const jobBlock = {
  open: 1024,
  generation: 1088,
  active: 1152,
  ranges: 1216,
  chunks: 1280,
  kernel: 1284,
  failed: 1288,
  integers: 1344,
  floats: 1472,
  inside: 2048,
  claims: 32768,
} as const;

/** The most threads that there is a word for from `inside` on. */
export const mostThreads = 256;

/** Bytes from one range's word at `claims` to the next's: a cache line. */
export const claimBytes = 64;

/** The first byte that tensors may use; below lie the job and the module's constants. */
export const firstFreeByte = 65536;

/** Private working memory of each thread: the panels of the micro-kernel, and two tiles of scores. */
export const scratchBytes = 5 << 18;

/** The kernels in the order of the switch in assembly/index.ts. */
export const kernelNames = [
  "matMul",
  "fewRows",
  "rmsNorm",
  "rmsNormGrad",
  "layerNorm",
  "layerNormGrad",
  "sumParts",
  "rotary",
  "gate",
  "gateGrad",
  "activation",
  "activationGrad",
  "softmax",
  "crossEntropy",
  "scale",
  "adamW",
  "squaredNorm",
  "embeddingGrad",
  "gatherRows",
  "binary",
  "binaryRows",
  "unary",
  "reduceRows",
  "transpose",
  "attention",
  "attentionGrad",
  "packedForward",
  "packedTransposed",
  "adamW8bit",
  "nestedScales",
] as const;

/** The name of a kernel. */
export type KernelName = (typeof kernelNames)[number];
