/** A process of threads.test.ts: kernels and gradients are cut off in the middle, again and again, and then go on. */
import vm from "node:vm";
import * as tf from "@tensorflow/tfjs-core";
import { cpuMemory } from "../../../../lib/backends/cpu/index.ts";
import * as ops from "../../../../lib/ops/index.ts";
import { setBackend } from "../../../../lib/tensor/index.ts";

/** What the process prints. */
export interface InterruptReport {
  interrupts: number;
  /** How many of them ended a gradient. */
  gradients: number;
  /** Results afterwards that were not those of before, to the bit. */
  wrong: number;
  recording: boolean;
  /** Bytes and tensors that a computation leaves behind after the last interrupt. */
  bytesLeft: number;
  tensorsLeft: number;
}

await setBackend("residency-cpu");
const a = tf.randomNormal<tf.Rank.R2>([300, 300], 0, 1, "float32", 1);
const q = tf.randomNormal<tf.Rank.R4>([2, 150, 4, 16], 0, 1, "float32", 2);
const segments = tf.ones<tf.Rank.R2>([1, 150], "int32");

/** The gradient of a product and an attention, with a block that is run twice. */
function compute(): Float32Array {
  const attend = (x: tf.Tensor): tf.Tensor =>
    ops.causalAttention(x as tf.Tensor4D, q, q, { scale: 0.25, segments });
  const { value, gradients } = ops.differentiate(
    () =>
      tf.tidy(() => {
        const attended = ops.checkpoint(q, { parameters: [], constants: [], run: attend });
        return tf.add(tf.sum(attended), tf.sum(tf.square(ops.trainedLinear(a, a))));
      }),
    [a, q],
  );
  const read = gradients.map((gradient) => gradient!.dataSync<"float32">());
  tf.dispose([value, ...gradients.map((gradient) => gradient!)]);
  return Float32Array.from([...read[0]!.slice(0, 5000), ...read[1]!]);
}

const expected = compute();
const same = (): boolean => compute().every((value, i) => Object.is(value, expected[i]));

const report: InterruptReport = {
  ...{ interrupts: 0, gradients: 0, wrong: 0, recording: false, bytesLeft: 0, tensorsLeft: 0 },
};
Object.assign(globalThis, { compute });
for (let round = 0; round < 25; round++) {
  try {
    vm.runInThisContext("for (;;) compute();", { timeout: 4 + (round % 7) * 3 });
  } catch {
    report.interrupts++;
  }
  await new Promise((resolve) => setImmediate(resolve));
  if (ops.isRecording()) report.gradients++;
  ops.endInterruptedGradient();
  if (!same()) report.wrong++;
}
report.recording = ops.isRecording();
const before = { bytes: cpuMemory()!.bytesInUse, tensors: tf.memory().numTensors };
for (let i = 0; i < 3; i++) compute();
report.bytesLeft = cpuMemory()!.bytesInUse - before.bytes;
report.tensorsLeft = tf.memory().numTensors - before.tensors;
process.stdout.write(JSON.stringify(report));
