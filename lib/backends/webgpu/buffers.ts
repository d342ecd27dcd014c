/** The buffers of a GPU: reused by size, counted, and given back when too many lie idle. */
import { ResidencyError } from "../../errors.ts";

/** Idle buffers are kept up to this many bytes, and up to as many as are in use. */
const idleBytesKept = 64 * 2 ** 20;

/** Buffers from this size on are watched for want of memory one by one, so that the error can name the size. */
const watchedBytes = 2 ** 20;

/** The bytes of a device's buffers. */
export interface BufferMemory {
  /** Bytes of the buffers that tensors use. */
  bytes: number;
  /** The most that `bytes` has been since the last reset. */
  peakBytes: number;
  /** Bytes held of the device, idle buffers included. */
  allocatedBytes: number;
  /** The most that `allocatedBytes` has been since the last reset. */
  peakAllocatedBytes: number;
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Has the methods of tfjs's BufferManager, whose place it takes: that one never gives idle buffers back. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #onFailure: (error: ResidencyError) => void;
  /** By size and usage; the map's order is that of the last release, oldest first. */
  readonly #idle = new Map<string, GPUBuffer[]>();
  readonly #used = new Set<GPUBuffer>();
  #idleCount = 0;
  #idleBytes = 0;
  #memory: BufferMemory = { bytes: 0, peakBytes: 0, allocatedBytes: 0, peakAllocatedBytes: 0 };
  /** Resolves when every buffer made so far is known to be good or bad. */
  settled: Promise<unknown> = Promise.resolve();

  /** `onFailure` is told when the device turns out not to have had the memory for a buffer. */
  constructor(device: GPUDevice, onFailure: (error: ResidencyError) => void) {
    this.#device = device;
    this.#onFailure = onFailure;
  }

  get memory(): BufferMemory {
    return { ...this.#memory };
  }

  /** Starts the peaks again from what is there now. */
  resetPeak(): void {
    this.#memory.peakBytes = this.#memory.bytes;
    this.#memory.peakAllocatedBytes = this.#memory.allocatedBytes;
  }

  get numBytesUsed(): number {
    return this.#memory.bytes;
  }

  get numBytesAllocated(): number {
    return this.#memory.allocatedBytes;
  }

  getNumUsedBuffers(): number {
    return this.#used.size;
  }

  getNumFreeBuffers(): number {
    return this.#idleCount;
  }

  /**
   * A buffer of `size` bytes, an idle one where there is one.
   *
   * @throws ResidencyError E_MEMORY when the device allows no buffer of that size.
   */
  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    const buffer =
      (reuse ? this.#takeIdle(`${size}_${usage}`) : undefined) ?? this.#create(size, usage, mappedAtCreation);
    this.#used.add(buffer);
    const memory = this.#memory;
    memory.bytes += size;
    memory.peakBytes = Math.max(memory.peakBytes, memory.bytes);
    return buffer;
  }

  #takeIdle(key: string): GPUBuffer | undefined {
    const buffer = this.#idle.get(key)?.pop();
    if (buffer) {
      this.#idleCount -= 1;
      this.#idleBytes -= buffer.size;
    }
    return buffer;
  }

  #create(size: number, usage: number, mappedAtCreation: boolean): GPUBuffer {
    const { maxBufferSize } = this.#device.limits;
    if (size > maxBufferSize) {
      throw new ResidencyError(
        "E_MEMORY",
        `Cannot make a tensor of ${mebibytes(size)}: this GPU allows ${mebibytes(maxBufferSize)} a buffer. Use a smaller batch or shorter rows`,
      );
    }
    const refused = (): ResidencyError =>
      new ResidencyError(
        "E_MEMORY",
        `Cannot make a tensor of ${mebibytes(size)}: the GPU has no memory left beside ${mebibytes(this.#memory.allocatedBytes)} in ` +
          "use here. Use a smaller batch, shorter rows, gradient checkpointing or a packed base model, and dispose of what is left",
      );
    const watched = size >= watchedBytes;
    if (watched) this.#device.pushErrorScope("out-of-memory");
    try {
      const buffer = this.#device.createBuffer({ size, usage, mappedAtCreation });
      const memory = this.#memory;
      memory.allocatedBytes += size;
      memory.peakAllocatedBytes = Math.max(memory.peakAllocatedBytes, memory.allocatedBytes);
      return buffer;
    } catch (error) {
      // A mapped buffer is the one kind whose want of memory is told at once.
      if (error instanceof RangeError) throw refused();
      throw error;
    } finally {
      if (watched) {
        // A lost device refuses the question too; its loss is told elsewhere.
        const told = this.#device.popErrorScope().then(
          (error) => {
            if (error) this.#onFailure(refused());
          },
          () => undefined,
        );
        this.settled = Promise.all([this.settled, told]);
      }
    }
  }

  /** Takes a buffer back, to be used again or, without `reuse`, to be destroyed. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.#used.delete(buffer)) return;
    this.#memory.bytes -= buffer.size;
    if (!reuse) {
      this.#destroy(buffer);
      return;
    }
    const key = `${buffer.size}_${buffer.usage}`;
    const sameSize = this.#idle.get(key) ?? [];
    this.#idle.delete(key);
    this.#idle.set(key, sameSize);
    sameSize.push(buffer);
    this.#idleCount += 1;
    this.#idleBytes += buffer.size;
    this.#trim(Math.max(idleBytesKept, this.#memory.bytes));
  }

  #trim(limit: number): void {
    for (const [key, buffers] of this.#idle) {
      while (this.#idleBytes > limit && buffers.length > 0) this.#destroy(this.#takeIdle(key)!);
      if (this.#idleBytes <= limit) return;
      this.#idle.delete(key);
    }
  }

  #destroy(buffer: GPUBuffer): void {
    this.#memory.allocatedBytes -= buffer.size;
    buffer.destroy();
  }

  /** Destroys all buffers, those in use as well. */
  dispose(): void {
    this.#trim(0);
    for (const buffer of this.#used) this.#destroy(buffer);
    this.#used.clear();
    this.#memory.bytes = 0;
  }
}
