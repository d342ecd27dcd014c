/** tfjs's WebGPU backend with errors that have codes, memory that is given back, and a device that may be lost. */
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { ResidencyError } from "../../errors.ts";
import { adapterInfo, adapterText, type FoundAdapter } from "./adapters.ts";
import { BufferPool } from "./buffers.ts";

/** Features that kernels use where the adapter has them. */
const wantedFeatures = ["shader-f16", "subgroups", "timestamp-query"] as const;

/** Limits that are raised from WebGPU's defaults to what the adapter allows. */
const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupsPerDimension",
] as const;

type RunProgram = WebGPUBackend["runWebGPUProgram"];

/** The first sentence of a long complaint of the driver. */
const firstLine = (text: string): string => text.split("\n")[0]!;

/** The backend of one device. */
export class ResidencyWebGPUBackend extends WebGPUBackend {
  /** The adapter in words. */
  readonly adapterText: string;
  readonly pool: BufferPool;
  /** Whether tiles of matrix products hold float16, which has three digits and nothing above 65,504. */
  readonly halfTiles: boolean;
  /** What went wrong on the device since it was last told. */
  #failure: ResidencyError | undefined;
  #lost: ResidencyError | undefined;
  #disposed = false;

  constructor(
    device: GPUDevice,
    info: GPUAdapterInfo,
    { text, halfTiles }: { text: string; halfTiles: boolean },
  ) {
    super(device, info);
    this.adapterText = text;
    this.halfTiles = halfTiles;
    this.pool = new BufferPool(device, (error) => {
      this.#failure ??= error;
    });
    // tfjs's own manager never gives a buffer back and finds a released one by a linear search.
    this.bufferManager = this.pool as unknown as WebGPUBackend["bufferManager"];
    void device.lost.then(({ message }) => {
      if (this.#disposed) return;
      this.#lost = new ResidencyError(
        "E_DEVICE_LOST",
        `Cannot go on: the GPU ${text} was lost (${firstLine(message)}). Start the process again and resume from the last checkpoint`,
      );
    });
    device.addEventListener("uncapturederror", (event) => {
      // Dawn would print it; ours is thrown at the next read.
      event.preventDefault();
      const { error } = event as GPUUncapturedErrorEvent;
      this.#failure ??=
        error instanceof GPUOutOfMemoryError
          ? new ResidencyError(
              "E_MEMORY",
              `Cannot go on: the GPU has no memory left (${firstLine(error.message)})`,
            )
          : new ResidencyError("E_BACKEND", `Cannot run a program on the GPU: ${error.message}`);
    });
  }

  /** Whether the device is gone, and all its tensors with it. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Throws what went wrong on the device, once, or its loss, always.
   *
   * @throws ResidencyError E_DEVICE_LOST, E_MEMORY or E_BACKEND.
   */
  checkHealth(): void {
    if (this.#lost) throw this.#lost;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
  }

  /** @throws ResidencyError E_SYNC_READ unless the values have been read before. */
  override readSync(dataId: object): ReturnType<WebGPUBackend["readSync"]> {
    const { values, dtype } = this.tensorMap.get(dataId) as { values?: unknown; dtype: string };
    // What was made from numbers and not computed with yet, or was read before, is still here.
    if (Boolean(values) || dtype === "string" || dtype === "complex64") return super.readSync(dataId);
    throw new ResidencyError(
      "E_SYNC_READ",
      "Cannot read a tensor with dataSync, arraySync or print: its values lie on the GPU and arrive later. Use await tensor.data() or await tensor.array()",
    );
  }

  /** @throws ResidencyError what {@link checkHealth} throws. */
  override async read(dataId: object): ReturnType<WebGPUBackend["read"]> {
    this.checkHealth();
    try {
      return await super.read(dataId);
    } catch (error) {
      // The promise of the loss may resolve after that of the read.
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.checkHealth();
      throw error;
    } finally {
      await this.pool.settled;
      this.checkHealth();
    }
  }

  /** @throws ResidencyError E_DEVICE_LOST */
  override runWebGPUProgram(...args: Parameters<RunProgram>): ReturnType<RunProgram> {
    if (this.#lost) throw this.#lost;
    return super.runWebGPUProgram(...args);
  }

  override dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    super.dispose();
    this.device.destroy();
  }
}

/**
 * Opens an adapter with what it allows, its features and limits, and makes the backend of it.
 *
 * @throws ResidencyError E_BACKEND when float16 is asked for and the adapter has none.
 */
export async function createBackend(
  found: FoundAdapter,
  { halfTiles = false }: { halfTiles?: boolean } = {},
): Promise<ResidencyWebGPUBackend> {
  const adapter = await found.open();
  if (halfTiles && !adapter.features.has("shader-f16")) {
    throw new ResidencyError(
      "E_BACKEND",
      `Cannot multiply in float16 on ${adapterText(found)}: it lacks the feature shader-f16; unset RESIDENCY_GPU_F16`,
    );
  }
  const device = await adapter.requestDevice({
    requiredFeatures: wantedFeatures.filter((name) =>
      adapter.features.has(name),
    ) as unknown as GPUFeatureName[],
    requiredLimits: Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]])),
  });
  return withNavigatorGpu(
    () =>
      new ResidencyWebGPUBackend(device, adapterInfo(adapter) as unknown as GPUAdapterInfo, {
        text: adapterText(found),
        halfTiles,
      }),
  );
}

/** tfjs looks for `navigator.gpu` before it makes a backend, even of a device that it is given. */
function withNavigatorGpu<T>(make: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  if ((globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu) return make();
  Object.defineProperty(globalThis, "navigator", { value: { gpu: true }, configurable: true });
  try {
    return make();
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  }
}
