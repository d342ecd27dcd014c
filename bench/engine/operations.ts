/** `npm run bench -- --operations`: single operations through the library's front doors, each in GFLOP/s or GB/s. */
import { decodingOperations } from "./decoding-operations.ts";
import { matmulOperations } from "./matmul-operations.ts";
import { timeOperation, type Operation, type OperationTiming } from "./operation.ts";
import { trainingOperations } from "./training-operations.ts";
import type { Workload } from "./workload.ts";

/** An operation that was not measured, and why. */
export interface SkippedOperation {
  operation: string;
  shape: string;
  skipped: string;
}

/** A run that is expected to take longer than this many times the measurement is left out. */
const patience = 20;

/** Every operation, those of the workloads once a shape. */
export function allOperations(workloads: readonly Workload[]): Operation[] {
  const operations = [
    ...matmulOperations(),
    ...workloads.flatMap((workload) =>
      workload.kind === "generate" ? decodingOperations(workload) : trainingOperations(workload),
    ),
  ];
  const key = ({ name, shape }: Operation): string => `${name} ${shape}`;
  return [...new Map(operations.map((operation) => [key(operation), operation])).values()];
}

/** Times every operation whose name holds one of the words, or all; the backend has to be ready. */
export async function* measureOperations({
  workloads,
  seconds,
  names,
}: {
  workloads: readonly Workload[];
  seconds: number;
  names: readonly string[];
}): AsyncGenerator<OperationTiming | SkippedOperation, void> {
  const rates = new Map<string, number>();
  for (const operation of allOperations(workloads)) {
    const { name, shape, work } = operation;
    if (names.length > 0 && !names.some((word) => name.includes(word))) continue;
    const expected = work / (rates.get(name) ?? Infinity) / 1e9;
    if (expected > patience * seconds) {
      yield { operation: name, shape, skipped: `a run would take ${expected.toFixed(0)} s` };
      continue;
    }
    const timing = await timeOperation(operation, seconds);
    rates.set(name, timing.rate_fastest);
    yield timing;
  }
}
