/** Runs a kernel without tfjs' bookkeeping for gradients, which costs more than a small operation itself. */
import * as tf from "@tensorflow/tfjs-core";

/** The parts of tfjs' engine that say whether somebody watches. */
interface EngineState {
  gradientDepth: number;
  /** Operations that have started and not ended: what they run is not recorded. */
  kernelDepth: number;
  profiling: boolean;
}

/** The kernels of the backend in use that were looked up: tfjs puts each name together and hashes it anew. */
const found = { backend: undefined as unknown, kernels: new Map<string, tf.KernelConfig>() };

/** The kernel of the backend in use, where it has one of that name. */
export function findKernel(name: string): tf.KernelConfig | undefined {
  const { backend } = tf.engine();
  if (found.backend !== backend) {
    found.backend = backend;
    found.kernels.clear();
  }
  const known = found.kernels.get(name);
  if (known) return known;
  // tfjs' types leave out that there may be none.
  const kernel = tf.getKernel(name, tf.getBackend()) as tf.KernelConfig | undefined;
  if (kernel) found.kernels.set(name, kernel);
  return kernel;
}

/** Whether operations are neither recorded for a gradient nor measured, so that kernels may be called as they are. */
export function mayRunDirectly(): boolean {
  const { gradientDepth, kernelDepth, profiling }: EngineState = tf.engine().state;
  return (gradientDepth === 0 || kernelDepth > 0) && !profiling && !tf.env().getBool("DEBUG");
}

/**
 * Runs a kernel of the backend in use; the outputs are tracked like those of any tfjs operation. Where
 * {@link mayRunDirectly}, inputs need not be tensors, and `shape` is what the first output is taken for: generation runs
 * a hundred kernels for each token, and views would be as many again.
 */
export function runKernel(
  name: string,
  inputs: Record<string, tf.TensorInfo>,
  attributes: Record<string, unknown> = {},
  shape?: readonly number[],
): tf.Tensor[] {
  const engine = tf.engine();
  const kernel = findKernel(name);
  if (!kernel || !mayRunDirectly()) {
    const outputs: unknown = engine.runKernel(
      name,
      inputs as unknown as tf.NamedTensorMap,
      attributes as unknown as tf.NamedAttrMap,
    );
    return (Array.isArray(outputs) ? outputs : [outputs]) as tf.Tensor[];
  }
  const outputs = kernel.kernelFunc({
    inputs,
    attrs: attributes as unknown as tf.NamedAttrMap,
    backend: engine.backend,
  });
  return (Array.isArray(outputs) ? outputs : [outputs]).map((output, index) =>
    output instanceof tf.Tensor
      ? (output as tf.Tensor)
      : engine.makeTensorFromTensorInfo(index === 0 && shape ? { ...output, shape: [...shape] } : output),
  );
}
