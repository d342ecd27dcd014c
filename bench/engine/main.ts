/** `npm run bench`: measures this library's engine; JSON lines on the standard output. */
import { ResidencyError } from "../../lib/errors.ts";
import { checkLosses, smallWorkloads } from "./check.ts";
import { printLine, runCommand, tellError } from "./command.ts";
import { runJob } from "./job.ts";
import { benchHelp, parseBenchOptions, type BenchOptions } from "./options.ts";
import { defaultWorkloads } from "./paths.ts";
import { measureScaling } from "./scaling.ts";
import { findTorch, torchAdvice } from "./torch.ts";
import { readWorkloads, type TrainingWorkload, type Workload } from "./workload.ts";

const hasLoss = (workload: Workload): workload is TrainingWorkload => workload.kind !== "generate";

/** PyTorch's side has no packed weights to start from. */
const isUnpacked = (workload: TrainingWorkload): boolean => workload.kind !== "qlora";

async function measure(options: BenchOptions): Promise<void> {
  for (const workload of readWorkloads(options.workloads, options.names)) {
    const job = { task: "workload", workload, seconds: options.seconds } as const;
    try {
      for await (const line of runJob(job, options)) printLine(line);
    } catch (error) {
      // The other workloads may have enough memory.
      tellError(error, `${workload.name}: `);
    }
  }
}

async function scale(options: BenchOptions): Promise<void> {
  const workloads = readWorkloads(options.workloads, options.names).filter(hasLoss);
  // One is enough to see the shape; others have to be asked for.
  for (const workload of options.names.length > 0 ? workloads : workloads.slice(0, 1)) {
    for await (const line of measureScaling(workload, options)) printLine(line);
  }
}

async function timeOperations({ workloads, names, ...options }: BenchOptions): Promise<void> {
  const job = {
    task: "operations",
    workloads: readWorkloads(workloads),
    seconds: options.seconds,
    names,
  } as const;
  for await (const line of runJob(job, options)) printLine(line);
}

async function check(options: BenchOptions): Promise<void> {
  const python = findTorch();
  if (python === undefined)
    throw new ResidencyError("E_BACKEND", `Cannot check the losses without PyTorch: ${torchAdvice}`);
  const named = options.names.length > 0 || options.workloads !== defaultWorkloads;
  const workloads = named
    ? readWorkloads(options.workloads, options.names).filter(hasLoss).filter(isUnpacked)
    : smallWorkloads;
  for (const workload of workloads) {
    const result = await checkLosses(workload, { ...options, python });
    printLine(result);
    if (!result.agrees) process.exitCode = 1;
  }
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseBenchOptions(args);
  if (options.help) {
    process.stdout.write(benchHelp);
    return;
  }
  switch (options.mode) {
    case "workloads":
      return measure(options);
    case "scaling":
      return scale(options);
    case "operations":
      return timeOperations(options);
    case "check":
      return check(options);
  }
}

await runCommand(main);
