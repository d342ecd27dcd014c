/** `bench/gpu.sh`: the kernels against the CPU, then LoRA and QLoRA at phi-2's size, each result as a line of JSON. */
import type * as tf from "@tensorflow/tfjs-core";
import { setBackend } from "../../lib/tensor/index.ts";
import { drawInputs, outputsOf } from "./kernel-case.ts";
import { kernelCases, kernelTolerance } from "./kernel-cases.ts";
import { parseGpuOptions, usage } from "./options.ts";
import { timeLora } from "./train.ts";

const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** The largest difference of two lists, relative to the largest number of the reference. */
function relativeError(outputs: tf.TypedArray[], references: tf.TypedArray[]): number {
  let worst = 0;
  for (const [index, reference] of references.entries()) {
    const output = outputs[index]!;
    let [largest, difference] = [1e-3, 0];
    for (let i = 0; i < reference.length; i++) {
      largest = Math.max(largest, Math.abs(reference[i]!));
      // A NaN is as wrong as can be, and Math.max would keep it.
      difference = Math.max(difference, Math.abs(output[i]! - reference[i]!));
    }
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference / largest);
  }
  return worst;
}

/** Compares every kernel; true when all agree. */
async function checkKernels(engine: string): Promise<boolean> {
  let agree = true;
  for (const [kernel, kernelCase] of Object.entries(kernelCases)) {
    const values = drawInputs(kernelCase);
    await setBackend("cpu");
    const references = await outputsOf(kernelCase, values);
    await setBackend("webgpu");
    const error = relativeError(await outputsOf(kernelCase, values), references);
    const agrees = error <= kernelTolerance;
    agree &&= agrees;
    print({ workload: "kernels", engine, kernel, relative_error: error, agrees });
  }
  return agree;
}

const { options, workloads, gpu, help } = parseGpuOptions(process.argv.slice(2));
if (help) {
  process.stdout.write(usage);
} else {
  if (gpu !== undefined) process.env["RESIDENCY_GPU"] = gpu;
  const { reason } = await setBackend("webgpu");
  const engine = `residency ${reason}`;
  if (workloads.length > 1)
    throw new RangeError("one workload a process, so that each has its own memory: gpu.sh runs them all");
  for (const workload of workloads) {
    if (workload !== "kernels") print(await timeLora(workload, options, engine));
    else if (!(await checkKernels(engine))) process.exitCode = 1;
  }
}
