/** Products in float16 tiles: valid WGSL everywhere, and where the GPU has float16, exact for operands rounded to it. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { chooseAdapter } from "../../../lib/backends/webgpu/adapters.ts";
import { createBackend } from "../../../lib/backends/webgpu/backend.ts";
import { matMulProgram, runMatMul } from "../../../lib/backends/webgpu/kernels/matmul.ts";
import { makeOutput, programSource } from "../../../lib/backends/webgpu/kernels/program.ts";
import { nodeAdapters } from "../../../lib/backends/webgpu/node.ts";
import { float16ToFloat32, float32ToFloat16 } from "../../../lib/formats/index.ts";
import { unpackElements } from "../../../lib/ops/packed.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose } from "../../support/closeness.ts";
import { leaveTestGpu, startTestGpu } from "../../support/gpu.ts";

const rounded = (values: Float32Array): Float32Array => float16ToFloat32(float32ToFloat16(values));

/** `a bᵀ` in float64 of a `[m, k]` and b `[n, k]`. */
function product(a: Float32Array, b: Float32Array, [m, n, k]: readonly [number, number, number]): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let i = 0; i < k; i++) sum += a[row * k + i]! * b[column * k + i]!;
    return sum;
  });
}

describe("products in float16 tiles", function () {
  this.timeout(300_000);
  before(async function () {
    await startTestGpu(this);
  });
  after(leaveTestGpu);

  // Dawn's null device has the validator, though it computes nothing.
  for (const format of ["f32", "nf4"] as const) {
    it(`of ${format} are valid WGSL`, async () => {
      const packageName = "webgpu";
      const { create } = (await import(packageName)) as { create: (options: string[]) => GPU };
      const gpu = create(["backend=null"]);
      const adapter = (await gpu.requestAdapter())!;
      const device = await adapter.requestDevice({
        requiredFeatures: ["shader-f16"] as unknown as GPUFeatureName[],
        requiredLimits: { maxComputeWorkgroupStorageSize: 16_384 },
      });
      const shape = { format, transposeA: false, transposeB: true, accumulate: false } as const;
      for (const side of [4, 8] as const) {
        const program = matMulProgram({ ...shape, alignedA: true, alignedB: true, half: true, side });
        const module = device.createShaderModule({ code: programSource(program) });
        const { messages } = await module.getCompilationInfo();
        assert.deepEqual(
          messages.map(({ message }) => message),
          [],
        );
      }
      device.destroy();
      assert.ok(gpu);
    });
  }

  for (const format of ["f32", "nf4"] as const) {
    it(`of ${format} are those of operands rounded to float16, where the GPU has it`, async function () {
      const found = chooseAdapter(await nodeAdapters(), process.env["RESIDENCY_GPU"]);
      const features = (await found.open()).features;
      if (!features.has("shader-f16")) {
        await assert.rejects(createBackend(found, { halfTiles: true }), { code: "E_BACKEND" });
        console.log(`      skipped: ${found.name} has no float16`);
        this.skip();
      }
      const backend = await createBackend(found, { halfTiles: true });
      const name = "webgpu of half tiles";
      const before = tf.getBackend();
      tf.registerBackend(name, () => backend);
      await tf.setBackend(name);
      try {
        const size = [37, 66, 128] as const;
        const [m, n, k] = size;
        const random = seededRandom(3);
        const draw = (count: number): Float32Array =>
          Float32Array.from({ length: count }, () => random.normal());
        const a = draw(m * k);
        const scales = Float32Array.from(draw((n * k) / 64), Math.abs);
        const bytes = Uint8Array.from({ length: (n * k) / 2 }, () => random.int(256));
        const b =
          format === "f32"
            ? draw(n * k)
            : unpackElements({ format, shape: [n, k], blockSize: 64 }, bytes, scales);
        const operands = {
          a: tf.tensor1d(a),
          b: format === "f32" ? tf.tensor1d(b) : tf.tensor1d(new Int32Array(bytes.buffer), "int32"),
          scales: tf.tensor1d(scales),
        };
        const c = makeOutput(backend, [m, n]);
        runMatMul(backend, { ...operands, c, m, n, k, transposeB: true, format });
        const computed = tf.engine().makeTensorFromTensorInfo(c);
        const values = await computed.data();
        const exact = product(rounded(a), rounded(b), size);
        const largest = Math.max(...exact.map(Math.abs));
        assertClose(values, exact, 1e-6 * largest);
        // Which is not the product in float32.
        const single = product(a, b, size);
        assert.ok(exact.some((value, i) => Math.abs(value - single[i]!) > 1e-4 * largest));
        tf.dispose([...Object.values(operands), computed]);
      } finally {
        await tf.setBackend(before);
        tf.removeBackend(name);
      }
    });
  }
});
