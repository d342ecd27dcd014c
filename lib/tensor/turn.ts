/** Lets other work of the process run between two steps of a long computation. */

/** Resolves in the next turn of the event loop, after timers, messages and output that wait. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
