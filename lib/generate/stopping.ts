/** When a sequence ends: an end-of-text token, a stop string, the time. */
import type { GenerationPlan } from "./plan.ts";

/** Whether a sequence that has just got its last token is at its end. */
export type EndTest = (sequence: readonly number[]) => boolean;

/** A character that is not whole yet decodes to this. */
const unfinished = /\uFFFD+$/;

/**
 * Whether the last token of a sequence completes one of the texts, the prompt's tokens counted in (transformers'
 * StopStringCriteria): a text that already stood there before the last token does not end it.
 *
 * @example
 * const test = stopStringTest(["\n\n"], (ids) => String.fromCharCode(...ids));
 * test([65, 10, 10]); // → true
 */
export function stopStringTest(
  stopStrings: readonly string[],
  decode: (ids: readonly number[]) => string,
): EndTest {
  // A token is a byte at least, and the first one decoded may lose its space.
  const bytes = Math.max(...stopStrings.map((text) => new TextEncoder().encode(text).length));
  const reach = bytes + 4;
  return (sequence) => {
    const tail = sequence.slice(-reach);
    const text = decode(tail);
    const before = decode(tail.slice(0, -1)).replace(unfinished, "").length;
    return stopStrings.some((stop) => text.includes(stop, Math.max(0, before - stop.length + 1)));
  };
}

/** The test for end-of-text tokens and stop strings of a run. */
export function endTest(plan: GenerationPlan): EndTest {
  const ends = new Set(plan.eosTokenIds);
  const { stopStrings } = plan.settings;
  const { tokenizer } = plan.options;
  const isEos: EndTest = (sequence) => ends.has(sequence[sequence.length - 1]!);
  if (stopStrings === undefined || !tokenizer) return isEos;
  const list = typeof stopStrings === "string" ? [stopStrings] : stopStrings;
  const isStopped = stopStringTest(list, (ids) => tokenizer.decode(ids));
  return (sequence) => isEos(sequence) || isStopped(sequence);
}

/** Whether a run is to begin no further token: it was stopped, or its time is over. */
export function interruption(plan: GenerationPlan): () => boolean {
  const { maxTime } = plan.settings;
  const { signal } = plan.options;
  const deadline = maxTime === undefined ? Infinity : performance.now() + 1000 * maxTime;
  return () => signal?.aborted === true || performance.now() > deadline;
}
