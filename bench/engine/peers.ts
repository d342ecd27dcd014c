/** `npm run bench:peers`: this library beside PyTorch, tfjs-wasm and tfjs-node, in turns in one run. */
import { ResidencyError } from "../../lib/errors.ts";
import { printLine, runCommand } from "./command.ts";
import { compare, failureReason, type PeerFailure, type PeerMeasurement } from "./comparison.ts";
import { runJob } from "./job.ts";
import { describeMachine } from "./machine.ts";
import { markdownReport, writeMarkdown } from "./markdown.ts";
import type { Measurement, StartedBackend } from "./measure-workload.ts";
import { parsePeersOptions, peersHelp, type PeersOptions } from "./options.ts";
import { otherCores, processorTime, waitForQuiet } from "./other-work.ts";
import { findPeers, type Peer } from "./peer.ts";
import { installTorch } from "./torch.ts";
import { readWorkloads, type Workload } from "./workload.ts";

/** The name of the backend that the library takes here; a process of its own starts it, so that this one stays small. */
async function chosenBackend(options: PeersOptions): Promise<string> {
  let chosen = "";
  for await (const line of runJob({ task: "backend" }, options)) {
    chosen = (line as unknown as StartedBackend).backend;
  }
  return chosen;
}

/** One measurement, or why there is none: a program that runs out of memory is a result too. */
async function measureOnce(
  peer: Peer,
  workload: Workload,
  options: PeersOptions,
): Promise<Measurement | string> {
  try {
    return await peer.measure(workload, options);
  } catch (error) {
    if (!(error instanceof ResidencyError)) throw error;
    process.stderr.write(`${peer.name}, ${workload.name}: ${error.message}\n`);
    return failureReason(error.message);
  }
}

async function measureAll(options: PeersOptions): Promise<void> {
  if (options.install) installTorch();
  const workloads = readWorkloads(options.workloads, options.names);
  const chosen = await chosenBackend(options);
  const { peers, missing } = findPeers({ backend: options.backend, chosen, sdpa: options.sdpa });
  for (const line of missing) process.stderr.write(`left out: ${line}\n`);
  const machine = await describeMachine(options.threads);
  printLine({ machine });
  const measurements: PeerMeasurement[] = [];
  const failures: PeerFailure[] = [];
  for (const workload of workloads) {
    for (let round = 1; round <= options.rounds; round++) {
      for (const peer of peers) {
        const failed = failures.some((one) => one.peer === peer.name && one.workload === workload.name);
        if (failed) continue;
        if (options.wait > 0) await waitForQuiet(options.wait);
        const before = processorTime();
        const result = await measureOnce(peer, workload, options);
        if (typeof result === "string") {
          failures.push({ peer: peer.name, workload: workload.name, error: result });
          printLine(failures.at(-1)!);
        } else {
          const other_cores = otherCores(before, processorTime());
          measurements.push({ peer: peer.name, round, ...result, other_cores });
          printLine(measurements.at(-1)!);
        }
      }
    }
  }
  const rows = compare(measurements);
  const report = markdownReport(rows, { machine, missing, failures });
  for (const row of rows) printLine({ median: row });
  process.stdout.write(`\n${report}\n`);
  if (options.markdown !== undefined) writeMarkdown(options.markdown, report);
}

await runCommand(async (args) => {
  const options = parsePeersOptions(args);
  if (options.help) process.stdout.write(peersHelp);
  else await measureAll(options);
});
