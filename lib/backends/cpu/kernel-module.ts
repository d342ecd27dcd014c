/** The compiled kernels: which of the two builds this engine can run, and one instance of it a thread. */

/** The functions of the module. */
export interface KernelExports {
  /** Works on the published jobs until no chunk is left. */
  work(): void;
  /** Runs the first so many jobs, which were not published. */
  workAlone(jobs: number): void;
  /** A helping thread's life; returns only by an error. */
  help(spins: number): never;
  setThread(index: number, scratch: number, blas: number): void;
}

/** `C = alpha op(A) op(B) + beta C` over addresses in the shared memory; cblas_sgemm's arguments in row-major order. */
export type Sgemm = (
  transposeA: number,
  transposeB: number,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: number,
  c: number,
  ldc: number,
) => void;

/** The two builds. */
export type KernelBuild = "simd" | "relaxed-simd";

// A function of one relaxed multiply-add; an engine without relaxed SIMD does not accept it.
const relaxedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 17, 65, 0,
  253, 17, 65, 0, 253, 17, 253, 133, 2, 11,
]);

/** The build that this engine runs best. */
export function bestKernelBuild(): KernelBuild {
  return WebAssembly.validate(relaxedProbe) ? "relaxed-simd" : "simd";
}

const noBlas: Sgemm = () => {
  throw new Error("The kernels called the system's BLAS although none was found");
};

/** One thread's instance. */
export function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  thread: { index: number; scratch: number; sgemm: Sgemm | undefined },
): KernelExports {
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    gemm: { sgemm: thread.sgemm ?? noBlas },
  });
  const kernels = instance.exports as unknown as KernelExports;
  kernels.setThread(thread.index, thread.scratch, thread.sgemm ? 1 : 0);
  return kernels;
}
