/** What the GPU benchmark is told on its command line; names and defaults are those of bench/peers/torch_gpu.py. */
import { parseArgs } from "node:util";

/** The shape of the model and of a step: phi-2, two rows of 512 tokens. */
export interface GpuOptions {
  layers: number;
  hidden: number;
  heads: number;
  ffn: number;
  vocab: number;
  batch: number;
  seq: number;
  steps: number;
  rank: number;
  /** Drops the activations of each block and makes them again in the backward pass. */
  checkpointing: boolean;
}

/** What is run: "kernels", "lora" or "qlora". */
export type GpuWorkload = "kernels" | "lora" | "qlora";

const sizes = {
  layers: 32,
  hidden: 2560,
  heads: 32,
  ffn: 10_240,
  vocab: 51_200,
  batch: 2,
  seq: 512,
  steps: 12,
  rank: 4,
} as const;

/** The explanation that --help prints. */
export const usage = `Usage: gpu.sh [kernels|lora|qlora…] [--gpu NAME] [--no-checkpointing] ${Object.entries(
  sizes,
)
  .map(([name, value]) => `[--${name} ${value}]`)
  .join(" ")}
Prints one JSON line a kernel and one a workload. --gpu names the GPU as RESIDENCY_GPU does: a number or a part of its name.
`;

/**
 * Reads the command line.
 *
 * @throws RangeError or TypeError when it is not understood.
 */
export function parseGpuOptions(argv: readonly string[]): {
  options: GpuOptions;
  workloads: GpuWorkload[];
  gpu: string | undefined;
  help: boolean;
} {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      gpu: { type: "string" },
      help: { type: "boolean", default: false },
      "no-checkpointing": { type: "boolean", default: false },
      ...Object.fromEntries(Object.keys(sizes).map((name) => [name, { type: "string" as const }])),
    },
  });
  const given = values as Record<string, string | boolean | undefined>;
  const read = (name: keyof typeof sizes): number => {
    const value = Number(given[name] ?? sizes[name]);
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`--${name} ${String(given[name])}: it must be an integer above 0`);
    }
    return value;
  };
  const known = ["kernels", "lora", "qlora"] as const;
  const unknown = positionals.find((name) => !known.some((each) => each === name));
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is none of ${known.join(", ")}`);
  const options = {
    ...(Object.fromEntries(
      Object.keys(sizes).map((name) => [name, read(name as keyof typeof sizes)]),
    ) as Record<keyof typeof sizes, number>),
    checkpointing: given["no-checkpointing"] !== true,
  };
  if (options.hidden % options.heads !== 0 || options.hidden % 8 !== 0) {
    throw new RangeError(
      `--hidden ${options.hidden}: it must be a multiple of 8 and of --heads ${options.heads}`,
    );
  }
  const gpu = typeof given["gpu"] === "string" ? given["gpu"] : undefined;
  return {
    options,
    workloads: positionals.length > 0 ? (positionals as GpuWorkload[]) : [...known],
    gpu,
    help: given["help"] === true,
  };
}
