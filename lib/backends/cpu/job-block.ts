/** The numbers that JavaScript and the WebAssembly kernels share: where a job lies in the memory, and the kernels' order. */

/** Byte addresses in the shared memory; assembly/job.ts states the same, and what each word is for. */
export const jobBlock = {
  open: 1024,
  generation: 1088,
  active: 1152,
  ranges: 1216,
  count: 1280,
  failed: 1288,
  inside: 2048,
  claims: 32768,
  jobs: 49152,
} as const;

/** Bytes from the start of a job at `jobs`, and from one job to the next. */
export const jobLayout = { kernel: 0, chunks: 4, integers: 8, floats: 136, bytes: 256 } as const;

/** The most jobs that can be published together. */
export const mostJobs = 64;

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
