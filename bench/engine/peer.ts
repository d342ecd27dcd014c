/** The programs that are compared: how each measures one workload, and what is missing of the others. */
import { createRequire } from "node:module";
import { ResidencyError } from "../../lib/errors.ts";
import { runJob } from "./job.ts";
import { readJsonLines } from "./json-lines.ts";
import type { Measurement } from "./measure-workload.ts";
import { findTorch, torchAdvice, torchScript } from "./torch.ts";
import type { Workload } from "./workload.ts";

/** How one measurement is made. */
export interface PeerOptions {
  /** The file that the workload is from. */
  workloads: string;
  seconds: number;
  threads: number;
}

/** A program that can run workloads. */
export interface Peer {
  /** Such as "PyTorch"; `residency` is this library with the backend that is compared. */
  name: string;
  /** Runs a workload in a process of its own. */
  measure(workload: Workload, options: PeerOptions): Promise<Measurement>;
}

/** The name of the one that the ratios are of. */
export const ownName = "residency";

/** The programs that are there, this library first, and a line for each that is not. */
export interface FoundPeers {
  peers: Peer[];
  missing: string[];
}

async function last(lines: AsyncGenerator<Record<string, unknown>, void>): Promise<Measurement> {
  let measured: Record<string, unknown> | undefined;
  for await (const line of lines) measured = line;
  if (!measured) throw new ResidencyError("E_BACKEND", "Cannot compare: a program printed no measurement");
  return measured as unknown as Measurement;
}

function libraryPeer(name: string, backend: string | undefined): Peer {
  return {
    name,
    measure: (workload, { seconds, threads }) =>
      last(runJob({ task: "workload", workload, seconds }, { backend, threads })),
  };
}

function torchPeer(name: string, python: string, flags: readonly string[]): Peer {
  return {
    name,
    measure: (workload, { workloads, seconds, threads }) =>
      last(
        readJsonLines(python, [
          torchScript,
          workload.name,
          ...["--workloads", workloads, "--seconds", String(seconds), "--threads", String(threads)],
          ...flags,
        ]),
      ),
  };
}

const require = createRequire(import.meta.url);

function resolves(packageName: string): boolean {
  try {
    require.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}

/**
 * Looks for every program.
 *
 * @param backend the backend of this library; its own choice when undefined
 * @param chosen the name of the backend that this comes to, which is then no peer
 */
export function findPeers({
  backend,
  chosen,
  sdpa,
}: {
  backend: string | undefined;
  chosen: string;
  sdpa: boolean;
}): FoundPeers {
  const peers = [libraryPeer(ownName, backend)];
  const missing: string[] = [];
  const python = findTorch();
  if (python === undefined) missing.push(`PyTorch: ${torchAdvice}`);
  else {
    peers.push(torchPeer("PyTorch", python, []));
    if (sdpa) peers.push(torchPeer("PyTorch sdpa", python, ["--sdpa"]));
  }
  if (chosen === "wasm") missing.push("tfjs-wasm: it is what the library itself runs on here");
  else peers.push(libraryPeer("tfjs-wasm", "wasm"));
  const native = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"].find(resolves);
  if (native === undefined) missing.push("tfjs-node: npm install --no-save @tensorflow/tfjs-node@4.22.0");
  else if (chosen === "tensorflow")
    missing.push(`tfjs-node: it is what the library itself runs on here (${native})`);
  else peers.push(libraryPeer("tfjs-node", "tensorflow"));
  return { peers, missing };
}
