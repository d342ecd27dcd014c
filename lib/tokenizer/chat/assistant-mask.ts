/** Which tokens of a conversation the assistant said. */
import type { Span } from "../offsets/spelling.ts";

/**
 * 1 at the tokens that have a character of the assistant's text, else 0.
 *
 * The reference leaves out all but the first token of a part's last character; here all of them are in, since the model has
 * to learn them all.
 */
export function assistantMask(spans: readonly Span[], generations: readonly Span[]): number[] {
  let next = 0;
  return spans.map(([start, end]) => {
    while (next < generations.length && generations[next]![1] <= start) next++;
    const generation = generations[next];
    return generation !== undefined && start < end && end > generation[0] ? 1 : 0;
  });
}
