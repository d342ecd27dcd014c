/** Puts tfjs' engine in order again after an interrupt has ended a computation without running its ends. */
import * as tf from "@tensorflow/tfjs-core";
import { forgetSeeds } from "./checkpoint.ts";

/**
 * Ends a gradient that an interrupt has cut off: tfjs would take all that follows for a part of it and keep every
 * activation. Its tensors are disposed of. To be called in a turn of its own, when nothing is being computed: after an
 * `await`.
 */
export function endInterruptedGradient(): void {
  const engine = tf.engine();
  const { state } = engine;
  if (state.gradientDepth === 0 && state.kernelDepth === 0) return;
  // There is no tape outside of gradients, whatever the type says.
  const tape = state.activeTape as typeof state.activeTape | null;
  for (const { saved } of tape ?? []) tf.dispose(saved ?? []);
  state.activeTape = [];
  state.gradientDepth = 0;
  state.kernelDepth = 0;
  while (state.scopeStack.length > 0) engine.endScope();
  forgetSeeds();
}
