/** Puts tfjs' engine in order again after an interrupt has ended a computation without running its ends. */
import * as tf from "@tensorflow/tfjs-core";
import { forgetSeeds } from "./checkpoint.ts";
import { disposeTape } from "./differentiate.ts";

/**
 * Ends a gradient that an interrupt has cut off: tfjs would take all that follows for a part of it and keep every
 * activation. Its tensors are disposed of. To be called in a turn of its own, when nothing is being computed: after an
 * `await`.
 *
 * @example
 * endInterruptedGradient(); // before the next step, when an earlier one may have been cut off
 */
export function endInterruptedGradient(): void {
  const engine = tf.engine();
  const { state } = engine;
  if (state.gradientDepth === 0 && state.kernelDepth === 0) return;
  disposeTape();
  state.gradientDepth = 0;
  state.kernelDepth = 0;
  while (state.scopeStack.length > 0) engine.endScope();
  forgetSeeds();
}
