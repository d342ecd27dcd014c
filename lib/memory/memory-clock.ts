/** Plays allocations and releases in order, and remembers who held what when the most was in use. */
import { makeLedger, type MemoryComponent, type MemoryEntry, type MemoryLedger } from "./ledger.ts";

/** Memory that is in use while somebody holds it, as tfjs counts the tensors that share a buffer. */
export interface HeldMemory {
  readonly component: MemoryComponent;
  readonly layer: string;
  readonly bytes: number;
  holders: number;
}

/** A machine's memory over time. */
export interface MemoryClock {
  /** Takes memory, held once. */
  allocate(component: MemoryComponent, layer: string, bytes: number): HeldMemory;
  /** Holds memory once more. */
  hold(memory: HeldMemory): HeldMemory;
  /** Lets go once; the last one frees it. */
  drop(memory: HeldMemory): void;
  /** Names what happens from here on. */
  begin(moment: string): void;
  /** The ledger at the peak so far. */
  peak(): MemoryLedger;
}

/** A clock at zero; blocks are rounded up to `alignment` bytes as `residency-cpu` does. */
export function createMemoryClock(alignment = 64): MemoryClock {
  const live = new Map<string, MemoryEntry>();
  let inUse = 0;
  let most = 0;
  let now = "loading";
  let peakMoment = now;
  let peakEntries: MemoryEntry[] = [];
  // A snapshot at every new maximum would cost more than the walk; one is due when memory next falls, or at the end.
  let isRising = false;

  const rounded = (bytes: number): number => (bytes === 0 ? 0 : Math.ceil(bytes / alignment) * alignment);
  const change = ({ component, layer, bytes }: HeldMemory, sign: 1 | -1): void => {
    const key = `${component} ${layer}`;
    const entry = live.get(key) ?? { component, layer, bytes: 0 };
    entry.bytes += sign * rounded(bytes);
    inUse += sign * rounded(bytes);
    live.set(key, entry);
  };
  const snapshot = (): void => {
    if (!isRising) return;
    isRising = false;
    peakEntries = [...live.values()].map((entry) => ({ ...entry }));
  };

  return {
    allocate(component, layer, bytes) {
      const memory: HeldMemory = { component, layer, bytes, holders: 1 };
      change(memory, 1);
      if (inUse > most) {
        most = inUse;
        isRising = true;
        peakMoment = now;
      }
      return memory;
    },
    hold(memory) {
      memory.holders += 1;
      return memory;
    },
    drop(memory) {
      memory.holders -= 1;
      if (memory.holders > 0) return;
      snapshot();
      change(memory, -1);
    },
    begin(moment) {
      now = moment;
    },
    peak() {
      snapshot();
      return makeLedger(peakEntries, peakMoment);
    },
  };
}
