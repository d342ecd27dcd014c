/** The ledger: who holds how many bytes at the moment when the most are in use. */

/** What memory is held for; `workspace` is what a single operation needs, gradients of activations among it. */
export const memoryComponents = [
  "parameters",
  "gradients",
  "optimizer",
  "activations",
  "logits",
  "cache",
  "workspace",
] as const;

/** One of {@link memoryComponents}. */
export type MemoryComponent = (typeof memoryComponents)[number];

/** Bytes of one component in one place of the model. */
export interface MemoryEntry {
  component: MemoryComponent;
  /** A block such as `model.layers.0`, or `embedding`, `head`, `step` for what belongs to none. */
  layer: string;
  bytes: number;
}

/** The bytes in use at the peak, by component and by layer. */
export interface MemoryLedger {
  entries: readonly MemoryEntry[];
  totalBytes: number;
  byComponent: Readonly<Record<MemoryComponent, number>>;
  /** In the order of the model. */
  byLayer: Readonly<Record<string, number>>;
  /** What the model is doing when the most is in use. */
  moment: string;
}

/** The ledger of entries: those of one component and layer are joined, empty ones are left out. */
export function makeLedger(parts: Iterable<MemoryEntry>, moment: string): MemoryLedger {
  const joined = new Map<string, MemoryEntry>();
  for (const { component, layer, bytes } of parts) {
    const key = `${component} ${layer}`;
    joined.set(key, { component, layer, bytes: bytes + (joined.get(key)?.bytes ?? 0) });
  }
  const entries = [...joined.values()].filter(({ bytes }) => bytes > 0);
  const byComponent = Object.fromEntries(memoryComponents.map((name) => [name, 0])) as Record<
    MemoryComponent,
    number
  >;
  const byLayer: Record<string, number> = {};
  let totalBytes = 0;
  for (const { component, layer, bytes } of entries) {
    byComponent[component] += bytes;
    byLayer[layer] = (byLayer[layer] ?? 0) + bytes;
    totalBytes += bytes;
  }
  return { entries, totalBytes, byComponent, byLayer, moment };
}
