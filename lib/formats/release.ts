/** Gives the memory of large buffers back before the garbage collector would. */

function closedPort() {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

/** What is handed to a closed port belongs to a message that nobody gets, and is freed with it. */
let nowhere: ReturnType<typeof closedPort> | undefined;

/**
 * Frees the memory of a view's buffer at once. Nobody may use the view, or another one of the same buffer, afterwards. Memory that
 * threads share stays as it is.
 *
 * @example
 * releaseBuffer(new Float32Array(1_000_000));
 */
export function releaseBuffer({ buffer }: ArrayBufferView): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0) return;
  // Not in the types of the language version that the library is compiled for; Node has it from version 21 on.
  const { transfer } = buffer as { transfer?: (this: ArrayBuffer, length: number) => ArrayBuffer };
  // Without it the collector would let 150 MB come together. Resizable buffers are no way out: copying from them takes ten times
  // as long.
  if (transfer) transfer.call(buffer, 0);
  else (nowhere ??= closedPort()).postMessage(undefined, [buffer]);
}
