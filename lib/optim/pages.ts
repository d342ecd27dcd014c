/** Pages: the state of an optimiser outside the backend's memory, as bitsandbytes' paged optimisers have it. */

/** Elements of one tensor of a state. */
export type PageValues = Float32Array | Int32Array;

/** Holds pages by key; each key keeps its type and its length. */
export interface StatePages {
  /** Takes over the elements of a page. */
  write(key: string, values: PageValues): void;
  /** The elements that were last written under the key; they are good until it is written again. */
  read(key: string): PageValues;
  /** Forgets every page. */
  dispose(): void;
}

/**
 * Pages in the host's memory.
 *
 * @example
 * const pages = hostPages();
 * pages.write("weight.mean", new Float32Array([1, 2]));
 * pages.read("weight.mean"); // → [1, 2]
 */
export function hostPages(): StatePages {
  const pages = new Map<string, PageValues>();
  return {
    write: (key, values) => void pages.set(key, values),
    read: (key) => pages.get(key)!,
    dispose: () => pages.clear(),
  };
}
