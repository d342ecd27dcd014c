/** One WebAssembly memory that all threads share: it grows when tensors need it, and says so clearly when it cannot. */
import { ResidencyError } from "../../errors.ts";
import { createAllocator, type AllocatorStatistics } from "./allocator.ts";
import { firstFreeByte } from "./job-block.ts";

const pageBytes = 65536;
/** The most that a 32-bit address reaches: 4 GiB. */
const mostPages = 65536;

/** What the backend's memory holds. */
export interface MemoryStatistics extends AllocatorStatistics {
  /** Bytes taken from the operating system; the memory never shrinks. */
  reservedBytes: number;
  /** The most that it can ever hold. */
  limitBytes: number;
}

/** The memory and its views; views are made again after the memory has grown. */
export interface SharedMemory {
  readonly memory: WebAssembly.Memory;
  /** @throws ResidencyError E_MEMORY when there is no room for it. */
  allocate(bytes: number, what?: string): number;
  free(address: number): void;
  float32(address: number, length: number): Float32Array;
  int32(address: number, length: number): Int32Array;
  uint8(address: number, length: number): Uint8Array;
  float64(address: number, length: number): Float64Array;
  statistics(): MemoryStatistics;
  resetPeak(): void;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`;

/** Reserves the addresses, less where the system refuses the whole range. */
function reserve(limitPages: number): { memory: WebAssembly.Memory; pages: number } {
  for (let pages = limitPages; ; pages = Math.floor(pages / 2)) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 64, maximum: pages, shared: true }), pages };
    } catch (error) {
      if (pages <= 1024) throw error;
    }
  }
}

/** A memory of at most `limitBytes`, 4 GiB when left out. */
export function createSharedMemory(limitBytes = mostPages * pageBytes): SharedMemory {
  const { memory, pages } = reserve(Math.min(mostPages, Math.max(64, Math.ceil(limitBytes / pageBytes))));
  const allocator = createAllocator(firstFreeByte, memory.buffer.byteLength);
  const statistics = (): MemoryStatistics => ({
    ...allocator.statistics(),
    reservedBytes: memory.buffer.byteLength,
    limitBytes: pages * pageBytes,
  });

  const grow = (bytes: number, what: string): void => {
    const size = memory.buffer.byteLength / pageBytes;
    const needed = Math.ceil(allocator.missing(bytes) / pageBytes);
    // An eighth more than needed keeps the number of growths small; at most 64 MB, so that memory is not wasted.
    const wanted = Math.max(needed, Math.min(1024, size >> 3));
    for (const more of [Math.min(wanted, pages - size), needed]) {
      if (more < needed) continue;
      try {
        memory.grow(more);
        allocator.extend(memory.buffer.byteLength);
        return;
      } catch {
        // Less may still be had.
      }
    }
    const { bytesInUse, reservedBytes, limitBytes: limit } = statistics();
    throw new ResidencyError(
      "E_MEMORY",
      `Cannot allocate ${megabytes(bytes)} for ${what}: ${megabytes(bytesInUse)} of tensors are in use and the backend's memory ` +
        `has ${megabytes(reservedBytes)} of at most ${megabytes(limit)}. Use a smaller batch or sequence, gradient checkpointing or ` +
        "packed weights, or dispose of tensors that are no longer needed",
    );
  };

  return {
    memory,
    allocate(bytes, what = "a tensor") {
      const address = allocator.allocate(bytes);
      if (address !== undefined) return address;
      grow(bytes, what);
      return allocator.allocate(bytes)!;
    },
    free: (address) => allocator.free(address),
    float32: (address, length) => new Float32Array(memory.buffer, address, length),
    int32: (address, length) => new Int32Array(memory.buffer, address, length),
    uint8: (address, length) => new Uint8Array(memory.buffer, address, length),
    float64: (address, length) => new Float64Array(memory.buffer, address, length),
    statistics,
    resetPeak: () => allocator.resetPeak(),
  };
}
