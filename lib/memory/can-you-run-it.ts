/** Whether a model fits a GPU, what is missing, and what would make it fit. */
import { ResidencyError } from "../errors.ts";
import { estimateMemory, type MemoryEstimate } from "./estimate.ts";
import { formatBytes } from "./format.ts";
import { findGpu, gpus, type Gpu } from "./gpus.ts";
import type { ConfigSource } from "./model-config.ts";
import { memoryMethods, type EstimateMemoryOptions, type MemoryMethod } from "./options.ts";

/** Options of {@link canYouRunIt}: those of an estimate, and the GPU. */
export interface CanYouRunItOptions extends Partial<EstimateMemoryOptions> {
  /** A name of the table, or the memory of another. */
  gpu: string | { name: string; usableGiB: number };
}

/** A change of options or GPU, and what it needs. */
export interface Remedy {
  /** What to change, in words. */
  change: string;
  /** The change as options; empty where it is another GPU. */
  options: Partial<EstimateMemoryOptions>;
  neededBytes: number;
}

/** The answer for one method. */
export interface CanYouRunItAnswer {
  method: MemoryMethod;
  /** Whether it runs there; state of a paged optimiser may move to the host's memory for it. */
  fits: boolean;
  /** All of it, what may move included. */
  neededBytes: number;
  availableBytes: number;
  /** Bytes that are missing beyond what may move; 0 where it fits. */
  missingBytes: number;
  /** What would make it fit, the smallest change first; empty where it fits already, or nothing helps. */
  remedies: readonly Remedy[];
  estimate: MemoryEstimate;
  /** The answer in a sentence. */
  summary: string;
}

/** Changes that save memory, mildest first: each adds to those before it that belong to the same way. */
function changesOf({ method, ...options }: EstimateMemoryOptions): Omit<Remedy, "neededBytes">[] {
  const changes: Omit<Remedy, "neededBytes">[] = [];
  const trains = method !== "inference";
  if (trains && !options.checkpointing) {
    changes.push({ change: "gradient checkpointing", options: { checkpointing: true } });
  }
  if (trains && (options.optimizer ?? "adamw") === "adamw" && method === "full") {
    changes.push({ change: "an 8-bit optimiser", options: { optimizer: "adamw_8bit" } });
    changes.push({
      change: "an 8-bit optimiser and gradient checkpointing",
      options: { optimizer: "adamw_8bit", checkpointing: true },
    });
  }
  const { batch = 1, seq = 512 } = options;
  const checkpointing = trains ? { checkpointing: true } : {};
  const also = trains ? " and gradient checkpointing" : "";
  if (batch > 1) {
    changes.push({
      change: `a batch of 1 with accumulation${also}`,
      options: { batch: 1, ...checkpointing },
    });
  }
  if (seq > 128) {
    const half = Math.ceil(seq / 2);
    changes.push({
      change: `sequences of ${half} tokens, a batch of 1${also}`,
      options: { seq: half, batch: 1, ...checkpointing },
    });
  }
  if (method === "full")
    changes.push({ change: "LoRA", options: { method: "lora", mixedPrecision: "none" } });
  if (method === "full" || method === "lora") {
    changes.push({ change: "QLoRA", options: { method: "qlora", mixedPrecision: "none" } });
    changes.push({
      change: "QLoRA with gradient checkpointing and a batch of 1",
      options: { method: "qlora", mixedPrecision: "none", batch: 1, checkpointing: true },
    });
  }
  if (method === "inference" && !options.quantType) {
    changes.push({ change: "weights in int8", options: { quantType: "int8" } });
    changes.push({ change: "weights in 4 bits (nf4)", options: { quantType: "nf4" } });
  }
  return changes;
}

const bytesOf = (usableGiB: number): number => usableGiB * 1024 ** 3;

/** The smallest GPU of the table that has the memory. */
const smallestGpu = (bytes: number): Gpu | undefined => gpus.find((one) => bytesOf(one.usableGiB) >= bytes);

/** The least that must be on the GPU: state of a paged optimiser makes room. */
const leastOnGpu = ({ totalBytes, pageableBytes }: MemoryEstimate): number => totalBytes - pageableBytes;

function answer(
  source: ConfigSource,
  options: EstimateMemoryOptions,
  target: { name: string; usableGiB: number },
): CanYouRunItAnswer {
  const estimate = estimateMemory(source, options);
  const { method } = options;
  const neededBytes = estimate.totalBytes;
  const availableBytes = bytesOf(target.usableGiB);
  const least = leastOnGpu(estimate);
  const fits = least <= availableBytes;
  const remedies: Remedy[] = [];
  if (!fits) {
    for (const change of changesOf(options)) {
      const changed = estimateMemory(source, { ...options, ...change.options });
      if (leastOnGpu(changed) <= availableBytes)
        remedies.push({ ...change, neededBytes: changed.totalBytes });
    }
    const larger = smallestGpu(least);
    if (larger) remedies.push({ change: `a larger GPU: ${larger.name}`, options: {}, neededBytes });
  }
  const missingBytes = Math.max(0, least - availableBytes);
  const [need, have] = [neededBytes, availableBytes].map((bytes) => formatBytes(bytes));
  const mayMove = `${formatBytes(estimate.pageableBytes)} of optimiser state may move to the host's memory`;
  const isShort = neededBytes > availableBytes;
  const summary = fits
    ? isShort
      ? `yes: ${method} needs ${need}, and the ${target.name} has ${have}, but ${mayMove}`
      : `yes: ${method} needs ${need} of the ${have} of the ${target.name}`
    : `no: ${method} needs ${need}, and the ${target.name} has ${have}: ${formatBytes(missingBytes)} are missing` +
      (estimate.pageableBytes > 0 ? ` although ${mayMove}` : "") +
      (remedies[0]
        ? `; ${remedies[0].change} would make it fit (${formatBytes(remedies[0].neededBytes)})`
        : "");
  return { method, fits, neededBytes, availableBytes, missingBytes, remedies, estimate, summary };
}

/**
 * Says for a GPU whether a model can be run or trained, for the `method` asked for or for all of them; by
 * the memory that Hugging Face's stack needs unless `implementation` says otherwise.
 *
 * @throws ResidencyError E_CONFIG for an unknown GPU or option; E_CHECKPOINT for a config that cannot be read.
 * @example
 * for (const { summary } of canYouRunIt(config, { gpu: "T4" })) console.log(summary);
 */
export function canYouRunIt(source: ConfigSource, options: CanYouRunItOptions): CanYouRunItAnswer[] {
  const { gpu: wanted, method, implementation = "transformers", ...rest } = options;
  const target = typeof wanted === "string" ? findGpu(wanted) : wanted;
  if (!(target.usableGiB > 0 && Number.isFinite(target.usableGiB))) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot use a GPU of ${target.usableGiB} GiB: usableGiB must be above 0`,
    );
  }
  return (method ? [method] : memoryMethods).map((one) =>
    answer(source, { ...rest, implementation, method: one }, target),
  );
}
