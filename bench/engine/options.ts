/** The command lines of `npm run bench` and `npm run bench:peers`. */
import os from "node:os";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { ResidencyError } from "../../lib/errors.ts";
import { defaultWorkloads } from "./paths.ts";

/** What both commands take. */
export interface CommonOptions {
  workloads: string;
  /** The workloads (or operations) to run; all when empty. */
  names: string[];
  /** Seconds a measurement. */
  seconds: number;
  threads: number;
  /** The library's own choice when undefined. */
  backend: string | undefined;
  help: boolean;
}

/** What `npm run bench` does. */
export type BenchMode = "workloads" | "scaling" | "operations" | "check";

/** The options of `npm run bench`. */
export interface BenchOptions extends CommonOptions {
  mode: BenchMode;
}

/** The options of `npm run bench:peers`. */
export interface PeersOptions extends CommonOptions {
  rounds: number;
  install: boolean;
  sdpa: boolean;
  /** Seconds that a measurement waits at most until other work leaves the machine alone; 0 waits never. */
  wait: number;
  markdown: string | undefined;
}

/** The help of `npm run bench`. */
export const benchHelp = `Usage: npm run bench -- [options] [NAME…]

Prints one JSON line a workload: tokens a second, milliseconds a step, the losses, the peak memory.

  --workloads FILE  default bench/workloads.json
  --seconds S       at least this long a measurement (default 20; 5 for --scaling, 0.5 for --operations)
  --threads N       default: the machine's cores
  --backend NAME    default: the one that the library takes by itself, or RESIDENCY_BACKEND
  --scaling         milliseconds a step against tokens and layers, with the fitted line (NAME: which workload)
  --operations      single operations in GFLOP/s or GB/s (NAME: only operations whose name holds it)
  --check           five steps here and in PyTorch from the same weights and batches: how far the losses are apart
`;

/** The help of `npm run bench:peers`. */
export const peersHelp = `Usage: npm run bench:peers -- [options] [NAME…]

Runs each workload with this library, PyTorch, tfjs-wasm and tfjs-node in turns, round after round, and prints JSON
lines, then medians and ratios.

  --workloads FILE  default bench/workloads.json
  --seconds S       at least this long a measurement (default 10)
  --rounds N        measurements a program and workload (default 3)
  --threads N       default: the machine's cores
  --backend NAME    the library's backend; default: the one that it takes by itself, or RESIDENCY_BACKEND
  --sdpa            PyTorch with scaled_dot_product_attention too; the bar is plain eager PyTorch
  --wait S          before each measurement wait up to S seconds until other programs leave the processor alone
                    (Linux; default 0)
  --install         first makes out/torch, a Python environment with PyTorch
  --markdown FILE   writes the table to a new file, or between the marks <!-- bench:peers --> and <!-- /bench:peers -->
`;

const commonConfig = {
  workloads: { type: "string", default: defaultWorkloads },
  seconds: { type: "string" },
  threads: { type: "string" },
  backend: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const satisfies ParseArgsConfig["options"];

function refuse(what: string, cause?: unknown): never {
  throw new ResidencyError("E_CONFIG", `Cannot run the benchmark: ${what}; --help shows the options`, {
    cause,
  });
}

/** Gives what node:util reads, and its complaint as one of ours. */
function attempt<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error), error);
  }
}

/** A number of an option, above 0. */
function positive(
  name: string,
  text: string | undefined,
  { fallback, whole = false }: { fallback: number; whole?: boolean },
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0 && (!whole || Number.isInteger(value))) {
    return value;
  }
  return refuse(`--${name} is "${text}", and must be a ${whole ? "whole " : ""}number above 0`);
}

const defaultSeconds: Record<BenchMode, number> = { workloads: 20, scaling: 5, operations: 0.5, check: 1 };

/**
 * Reads the command line of `npm run bench`.
 *
 * @throws ResidencyError E_CONFIG for an unknown option, a value that is not allowed, or two modes.
 */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const config = {
    ...commonConfig,
    scaling: { type: "boolean", default: false },
    operations: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  } as const;
  const { values, positionals } = attempt(() =>
    parseArgs({ args: [...args], options: config, allowPositionals: true }),
  );
  const modes = (["scaling", "operations", "check"] as const).filter((mode) => values[mode]);
  if (modes.length > 1) refuse(`--${modes.join(" and --")} were given together`);
  const mode = modes[0] ?? "workloads";
  return {
    mode,
    workloads: values.workloads,
    names: positionals,
    seconds: positive("seconds", values.seconds, { fallback: defaultSeconds[mode] }),
    threads: positive("threads", values.threads, { fallback: os.availableParallelism(), whole: true }),
    backend: values.backend,
    help: values.help,
  };
}

/**
 * Reads the command line of `npm run bench:peers`.
 *
 * @throws ResidencyError E_CONFIG for an unknown option or a value that is not allowed.
 */
export function parsePeersOptions(args: readonly string[]): PeersOptions {
  const config = {
    ...commonConfig,
    rounds: { type: "string" },
    install: { type: "boolean", default: false },
    sdpa: { type: "boolean", default: false },
    wait: { type: "string" },
    markdown: { type: "string" },
  } as const;
  const { values, positionals } = attempt(() =>
    parseArgs({ args: [...args], options: config, allowPositionals: true }),
  );
  return {
    workloads: values.workloads,
    names: positionals,
    seconds: positive("seconds", values.seconds, { fallback: 10 }),
    rounds: positive("rounds", values.rounds, { fallback: 3, whole: true }),
    threads: positive("threads", values.threads, { fallback: os.availableParallelism(), whole: true }),
    backend: values.backend,
    help: values.help,
    install: values.install,
    sdpa: values.sdpa,
    wait: values.wait === "0" ? 0 : positive("wait", values.wait, { fallback: 0 }),
    markdown: values.markdown,
  };
}
