/** Hands out blocks of one linear memory: best fit, neighbours joined again when they are free. */

/** Every block starts at a multiple of this, so that vectors never cross two cache lines. */
export const alignment = 64;

/** What the allocator has given out. */
export interface AllocatorStatistics {
  /** Bytes of all blocks in use, rounded up to the alignment. */
  bytesInUse: number;
  /** The most that bytesInUse has been since the start or the last reset. */
  peakBytes: number;
}

/** Blocks of a memory whose end can be moved. */
export interface Allocator {
  /** The address of a block of at least `bytes`, or undefined when no free block is large enough. */
  allocate(bytes: number): number | undefined;
  /** Gives a block back; an address that is not in use is an error of the caller and throws. */
  free(address: number): void;
  /** Adds the bytes from the old end to the new one. */
  extend(end: number): void;
  /** Bytes that the last free block, at the end, lacks to hold a block of `bytes`. */
  missing(bytes: number): number;
  statistics(): AllocatorStatistics;
  resetPeak(): void;
}

/**
 * An allocator of the bytes [start, end); both are multiples of the alignment. An interrupt may cut it off between any two
 * calls within it: what is in use changes in one call, and the free blocks are found anew from that afterwards.
 */
export function createAllocator(start: number, end: number): Allocator {
  // Free blocks by address, in two arrays beside each other; no two touch.
  const starts: number[] = end > start ? [start] : [];
  const sizes: number[] = end > start ? [end - start] : [];
  const used = new Map<number, number>();
  let limit = end;
  let bytesInUse = 0;
  let peakBytes = 0;
  /** Whether the free blocks are being changed; true at the start of a change where an earlier one was cut off. */
  let isChanging = false;

  const rounded = (bytes: number): number => Math.max(alignment, Math.ceil(bytes / alignment) * alignment);

  const rebuild = (): void => {
    starts.length = sizes.length = bytesInUse = 0;
    let behind = start;
    const gapUntil = (address: number): void => {
      if (address === behind) return;
      starts.push(behind);
      sizes.push(address - behind);
    };
    for (const [address, size] of [...used].sort(([a], [b]) => a - b)) {
      gapUntil(address);
      behind = address + size;
      bytesInUse += size;
    }
    gapUntil(limit);
  };

  const settle = (): void => {
    if (isChanging) rebuild();
    isChanging = false;
  };

  const change = <T>(run: () => T): T => {
    settle();
    isChanging = true;
    const result = run();
    isChanging = false;
    return result;
  };

  /** The index of the first free block behind an address. */
  const indexBehind = (address: number): number => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! < address) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const insert = (address: number, size: number): void => {
    const at = indexBehind(address);
    const joinsBefore = at > 0 && starts[at - 1]! + sizes[at - 1]! === address;
    const joinsBehind = at < starts.length && address + size === starts[at]!;
    if (joinsBefore && joinsBehind) {
      sizes[at - 1]! += size + sizes[at]!;
      starts.splice(at, 1);
      sizes.splice(at, 1);
    } else if (joinsBefore) {
      sizes[at - 1]! += size;
    } else if (joinsBehind) {
      starts[at] = address;
      sizes[at]! += size;
    } else {
      starts.splice(at, 0, address);
      sizes.splice(at, 0, size);
    }
  };

  return {
    allocate: (bytes) =>
      change(() => {
        const size = rounded(bytes);
        let best = -1;
        for (let i = 0; i < sizes.length; i++) {
          const free = sizes[i]!;
          if (free < size || (best >= 0 && free >= sizes[best]!)) continue;
          best = i;
          if (free === size) break;
        }
        if (best < 0) return undefined;
        const address = starts[best]!;
        if (sizes[best] === size) {
          starts.splice(best, 1);
          sizes.splice(best, 1);
        } else {
          starts[best]! += size;
          sizes[best]! -= size;
        }
        used.set(address, size);
        bytesInUse += size;
        peakBytes = Math.max(peakBytes, bytesInUse);
        return address;
      }),
    free(address) {
      const size = used.get(address);
      if (size === undefined) throw new RangeError(`No block in use starts at address ${address}`);
      change(() => {
        used.delete(address);
        bytesInUse -= size;
        insert(address, size);
      });
    },
    extend(newEnd) {
      if (newEnd <= limit) return;
      change(() => {
        const added = newEnd - limit;
        limit = newEnd;
        insert(newEnd - added, added);
      });
    },
    missing(bytes) {
      const last = starts.length - 1;
      const atEnd = last >= 0 && starts[last]! + sizes[last]! === limit ? sizes[last]! : 0;
      return Math.max(0, rounded(bytes) - atEnd);
    },
    statistics() {
      settle();
      return { bytesInUse, peakBytes };
    },
    resetPeak() {
      peakBytes = bytesInUse;
    },
  };
}
