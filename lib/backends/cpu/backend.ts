/** The tfjs backend `residency-cpu`: tensors live in one shared WebAssembly memory. */
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { KernelRunner } from "./kernel-runner.ts";
import type { MemoryStatistics, SharedMemory } from "./shared-memory.ts";

/** The name under which tfjs knows the backend. */
export const cpuBackendName = "residency-cpu";

type NumberArray = Float32Array | Int32Array | Uint8Array;
type Values = tf.backend_util.BackendValues;

/** One buffer of numbers; the kernels of tfjs-backend-cpu read it through `values`, without a copy. */
class Block {
  refCount: number;
  readonly dtype: tf.DataType;
  readonly address: number;
  readonly length: number;
  readonly #memory: SharedMemory;

  constructor(memory: SharedMemory, dtype: tf.DataType, length: number, refCount: number) {
    this.#memory = memory;
    this.dtype = dtype;
    this.length = length;
    this.refCount = refCount;
    this.address = memory.allocate(
      length * (dtype === "bool" ? 1 : 4),
      `a tensor of ${length} ${dtype} elements`,
    );
  }

  get values(): NumberArray {
    if (this.dtype === "float32") return this.#memory.float32(this.address, this.length);
    if (this.dtype === "bool") return this.#memory.uint8(this.address, this.length);
    return this.#memory.int32(this.address, this.length);
  }

  set values(values: NumberArray) {
    this.values.set(values);
  }
}

/**
 * The backend. Operations that have no kernel here run in tfjs-backend-cpu's, which this class extends: they read the
 * same memory, and what they return is copied into it once.
 */
export class ResidencyCpuBackend extends MathBackendCPU {
  readonly sharedMemory: SharedMemory;
  readonly runner: KernelRunner;
  #nextId = 0;
  /** What the kernel being run has allocated so far, while that is written down. */
  readonly #allocated: object[] = [];
  #isUndoable = false;

  constructor(sharedMemory: SharedMemory, runner: KernelRunner) {
    super();
    this.sharedMemory = sharedMemory;
    this.runner = runner;
  }

  #store(
    dataId: object,
    values: Values | undefined | null,
    dtype: tf.DataType,
    options: { size: number; refCount: number },
  ): void {
    if (dtype === "string" || dtype === "complex64") {
      this.data.set(dataId, { values: values as Values, dtype, refCount: options.refCount });
      return;
    }
    this.runner.settle();
    const block = new Block(this.sharedMemory, dtype, options.size, options.refCount);
    if (values) block.values.set(values as NumberArray);
    this.data.set(dataId, block);
  }

  override write(values: Values | undefined | null, shape: number[], dtype: tf.DataType): object {
    const dataId = { id: this.#nextId++ };
    this.#store(dataId, values, dtype, { size: tf.util.sizeFromShape(shape), refCount: 1 });
    if (this.#isUndoable) this.#allocated.push(dataId);
    return dataId;
  }

  override move(dataId: object, values: Values, shape: number[], dtype: tf.DataType, refCount: number): void {
    this.#store(dataId, values, dtype, { size: tf.util.sizeFromShape(shape), refCount });
  }

  /** A copy, since the memory itself is used again once the tensor is disposed of. */
  override readSync(dataId: object): Values {
    const data: unknown = this.data.get(dataId);
    return data instanceof Block ? data.values.slice() : super.readSync(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const data: unknown = this.data.get(dataId);
    if (!(data instanceof Block)) return super.disposeData(dataId, force);
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    this.data.delete(dataId);
    this.sharedMemory.free(data.address);
    return true;
  }

  /** A tensor whose elements are whatever the memory held; a kernel writes them all. */
  makeUninitialised(shape: number[], dtype: tf.DataType = "float32"): tf.TensorInfo {
    return { dataId: this.write(undefined, shape, dtype), shape, dtype };
  }

  /** Runs a kernel with several results; when the memory does not reach for all, it gives back those that it has. */
  undoOnError<T>(run: () => T): T {
    this.#allocated.length = 0;
    this.#isUndoable = true;
    try {
      return run();
    } catch (error) {
      for (const dataId of this.#allocated) this.disposeData(dataId, true);
      throw error;
    } finally {
      this.#isUndoable = false;
    }
  }

  #block(info: tf.TensorInfo): Block {
    const data: unknown = this.data.get(info.dataId);
    if (!(data instanceof Block)) throw new TypeError(`A tensor of ${info.dtype} has no address`);
    return data;
  }

  /** Where a tensor of numbers lies. */
  addressOf(info: tf.TensorInfo): number {
    const block = this.#block(info);
    if (block.dtype !== info.dtype) {
      throw new TypeError(`A tensor of ${info.dtype} has the memory of one of ${block.dtype}`);
    }
    return block.address;
  }

  /** The elements where they lie: good until the tensor is disposed of. */
  numbersOf(info: tf.TensorInfo): NumberArray {
    return this.#block(info).values;
  }

  statistics(): MemoryStatistics {
    return this.sharedMemory.statistics();
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: false, reasons: [] };
  }
}

/** The backend's own object, which tfjs hands to every kernel. */
export function ownBackend(backend: unknown): ResidencyCpuBackend {
  if (!(backend instanceof ResidencyCpuBackend)) {
    throw new TypeError(`A kernel of ${cpuBackendName} was called for another backend`);
  }
  return backend;
}
