/** Lets other work of the process run between two steps of a long computation. */

/**
 * Resolves in the next turn of the event loop, after timers, messages and output that wait. A timer would cost a
 * millisecond, which is as long as a small model takes for a token.
 *
 * @example
 * for (let step = 0; step < 3; step++) await nextTurn(); // timers and messages get their turn between steps
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener(
      "message",
      () => {
        port1.close();
        resolve();
      },
      { once: true },
    );
    port1.start();
    port2.postMessage(undefined);
  });
}
