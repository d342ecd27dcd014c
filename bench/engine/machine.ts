/** What the figures were measured on. */
import { readFileSync } from "node:fs";
import os from "node:os";
import { copyBandwidth } from "./bandwidth.ts";
import { readJsonLines } from "./json-lines.ts";
import { findTorch, torchScript } from "./torch.ts";

/** The machine and the programs; the names are those of the printed JSON. */
export interface Machine {
  cpu: string;
  cores: number;
  /** Which of the vector extensions that matter the processor has. */
  flags: string[];
  memory_gb: number;
  /** Read and written by all threads together. */
  copy_gb_per_s: number;
  /** PyTorch's float32 product of 2048x2048; null without PyTorch. */
  matmul_gflops: number | null;
  node: string;
  torch: string | null;
  system: string;
  threads: number;
  /** Processes that wanted to run in the minute before; other work than the benchmark's makes figures noisy. */
  load_before: number;
}

const vectorFlags = ["avx2", "fma", "avx512f", "avx512_bf16", "avx512_vnni", "asimd", "asimdhp", "sve"];

/** Those of the flags that /proc/cpuinfo tells of the first processor, in x86's and in ARM's words. */
export function parseCpuFlags(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? "";
  const present = new Set(line.trim().split(/\s+/));
  return vectorFlags.filter((flag) => present.has(flag));
}

function readCpuFlags(): string[] {
  try {
    return parseCpuFlags(readFileSync("/proc/cpuinfo", "utf8"));
  } catch {
    return []; // only Linux has the file
  }
}

/** Describes the machine; takes some seconds for bandwidth and arithmetic. */
export async function describeMachine(threads: number): Promise<Machine> {
  const load = os.loadavg()[0] ?? 0;
  const python = findTorch();
  let torch: string | null = null;
  let gflops: number | null = null;
  if (python !== undefined) {
    for await (const line of readJsonLines(python, [
      torchScript,
      "--machine",
      "--threads",
      String(threads),
    ])) {
      ({ engine: torch, matmul_gflops: gflops } = line as { engine: string; matmul_gflops: number });
    }
  }
  return {
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    flags: readCpuFlags(),
    memory_gb: os.totalmem() / 2 ** 30,
    copy_gb_per_s: await copyBandwidth(threads),
    matmul_gflops: gflops,
    node: process.version,
    torch,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    threads,
    load_before: load,
  };
}

/** The machine in a sentence or two. */
export function machineLine(machine: Machine): string {
  const product =
    machine.matmul_gflops === null ? "" : `, ${machine.matmul_gflops.toFixed(0)} GFLOP/s (PyTorch's product)`;
  return (
    `${machine.cores} cores, ${machine.cpu} (${machine.flags.join(", ") || "no vector flags known"}), ` +
    `${machine.memory_gb.toFixed(0)} GB, ${machine.copy_gb_per_s.toFixed(0)} GB/s (copy)${product}; ` +
    `Node ${machine.node}, ${machine.torch ?? "no PyTorch"}, ${machine.system}; ${machine.threads} threads; ` +
    `load ${machine.load_before.toFixed(1)} before the run.`
  );
}
