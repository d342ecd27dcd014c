/** Clipping by the norm of all gradients together, as torch.nn.utils.clip_grad_norm_ does it. */
export { globalNorm } from "../ops/index.ts";

/**
 * The factor that brings a norm down to `maxNorm`, at most 1; 1e-6 guards the division, as in PyTorch.
 *
 * @example
 * clipFactor(4, 1); // → 0.25
 */
export function clipFactor(norm: number, maxNorm: number): number {
  return maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
}
