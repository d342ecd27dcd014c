/** Gives the memory of large buffers back before the garbage collector would. */

/**
 * Frees the memory of a view's buffer at once where the engine can (Node 21 and later, today's browsers), elsewhere with the
 * next collection. Nobody may use the view, or another one of the same buffer, afterwards.
 *
 * @example
 * releaseBuffer(new Float32Array(1_000_000));
 */
export function releaseBuffer({ buffer }: ArrayBufferView): void {
  // Not in the types of the language version that the library is compiled for. Resizable buffers, which Node 20 has,
  // are no way out: copying from them takes ten times as long.
  (buffer as { transfer?: (length: number) => ArrayBuffer }).transfer?.(0);
}
