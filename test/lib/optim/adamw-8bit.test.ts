/** AdamW in 8 bits beside bitsandbytes, on the kernel and without it; paged states; LoRA+; a run by the name of its optimiser. */
import * as tf from "@tensorflow/tfjs-core";
import assert from "node:assert/strict";
import fs from "node:fs";
import { cpuMemory, resetCpuPeak } from "../../../lib/backends/cpu/index.ts";
import { readSafetensorsFile } from "../../../lib/hub/index.ts";
import { Parameter } from "../../../lib/nn/index.ts";
import { AdamW8bit, createOptimizer, optimizerNames, type OptimizerName } from "../../../lib/optim/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { fixture } from "../../support/paths.ts";

const parameterOf = (values: Float32Array, shape = [values.length]): Parameter => {
  const parameter = new Parameter(shape);
  parameter.assign(tf.tensor(values, shape));
  return parameter;
};

interface Case {
  lr: number;
  betas: [number, number];
  eps: number;
  weight_decay: number;
  steps: { first8: number[]; sum: number }[];
}

const share = (count: number, wanted: (i: number) => boolean): number =>
  Array.from({ length: count }, (_, i) => i).filter(wanted).length / count;

for (const backend of ["residency-cpu", "wasm"] as const) {
  describe(`AdamW8bit on ${backend}`, () => {
    before(() => setBackend(backend));
    after(() => setBackend());
    const { adamw8bit } = JSON.parse(fs.readFileSync(fixture("quant", "expected.json"), "utf8")) as {
      adamw8bit: Record<string, Case>;
    };
    const tensors = new Map(readSafetensorsFile(fixture("quant", "quant.safetensors")));

    for (const [name, { lr, betas, eps, weight_decay: weightDecay, steps }] of Object.entries(adamw8bit)) {
      it(`gives the codes, scales and weights of bitsandbytes in ${name}`, async () => {
        const values = (part: string): Float32Array | Uint8Array => {
          const tensor = tensors.get(`${name}.${part}`)!;
          return tensor.dtype === "U8" ? tensor.bytes : tensor.values;
        };
        const size = values("p0").length;
        const parameter = parameterOf(Float32Array.from(values("p0")));
        const [beta1, beta2] = betas;
        const optimizer = new AdamW8bit(new Map([["w", parameter]]), {
          ...{ beta1, beta2, eps, weightDecay, decays: () => true },
        });
        for (const step of steps.keys()) {
          const gradient = tf.tensor(
            Float32Array.from(values("grads").slice(step * size, (step + 1) * size)),
          );
          optimizer.step(new Map([["w", gradient]]), lr);
          gradient.dispose();
        }
        const { tensors: state } = await optimizer.stateDict();
        for (const part of ["state1", "state2"]) {
          const [codes, expected] = [state.get(`w.${part}`)!.data, values(part)];
          assert.ok(codes instanceof Uint8Array);
          assert.ok(share(size, (i) => Math.abs(codes[i]! - expected[i]!) <= 1) >= 0.99, part);
        }
        for (const part of ["absmax1", "absmax2"]) {
          const [scales, expected] = [state.get(`w.${part}`)!.data, values(part)];
          assert.ok(
            share(expected.length, (i) => Math.abs(scales[i]! / expected[i]! - 1) < 1e-3) >= 0.95,
            part,
          );
        }
        const [found, expected] = [parameter.value.dataSync(), values("p_final")];
        assert.ok(share(size, (i) => Math.abs(found[i]! - expected[i]!) <= 3e-3) === 1);
        assert.ok(share(size, (i) => Math.abs(found[i]! - expected[i]!) <= 1e-6) >= 0.95);
        optimizer.dispose();
        parameter.dispose();
      });
    }
  });
}

describe("createOptimizer()", () => {
  before(() => setBackend("residency-cpu"));
  after(() => setBackend());
  const settings = {
    weightDecay: 0.01,
    adamBeta1: 0.9,
    adamBeta2: 0.999,
    adamEpsilon: 1e-8,
    loraplusLrRatio: 1,
  };
  const shape = [96, 128];
  const drawn = (seed: number): Float32Array => {
    const random = seededRandom(seed);
    return Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.normal());
  };

  /** Weights after some steps; the state goes through a checkpoint in the middle where asked. */
  async function run(
    optim: OptimizerName,
    { resumes = false, ratio = 1 } = {},
  ): Promise<Map<string, Float32Array>> {
    const names = ["layers.0.lora_A.default.weight", "layers.0.lora_B.default.weight"];
    const parameters = new Map(names.map((name, i) => [name, parameterOf(drawn(i), shape)]));
    let optimizer = createOptimizer(parameters, { ...settings, optim, loraplusLrRatio: ratio });
    for (let step = 0; step < 4; step++) {
      const gradients = new Map(names.map((name, i) => [name, tf.tensor(drawn(10 + 2 * step + i), shape)]));
      optimizer.step(gradients, 0.01);
      tf.dispose([...gradients.values()]);
      if (!resumes || step !== 1) continue;
      const next = createOptimizer(parameters, { ...settings, optim, loraplusLrRatio: ratio });
      next.loadStateDict(await optimizer.stateDict());
      optimizer.dispose();
      optimizer = next;
    }
    const found = new Map(
      [...parameters].map(([name, { value }]) => [name, value.dataSync<"float32">().slice()]),
    );
    optimizer.dispose();
    for (const parameter of parameters.values()) parameter.dispose();
    return found;
  }

  for (const optim of optimizerNames) {
    it(`${optim} goes on bit for bit from its state, and leaves no tensor behind`, async () => {
      const { numTensors } = tf.memory();
      assert.deepEqual(await run(optim, { resumes: true }), await run(optim));
      assert.equal(tf.memory().numTensors, numTensors);
    });
  }

  it("gives the same weights to the bit when a state is paged", async () => {
    assert.deepEqual(await run("paged_adamw_32bit"), await run("adamw_torch"));
    assert.deepEqual(await run("paged_adamw_8bit"), await run("adamw_8bit"));
  });

  it("holds 8 bytes a weight for adamw_torch, 2.03 in 8 bits, and of a paged state one parameter at a time", () => {
    const count = 8;
    const peakOf = (optim: OptimizerName): number => {
      const parameters = new Map(
        Array.from({ length: count }, (_, i) => [`w${i}`, parameterOf(new Float32Array(1 << 16))] as const),
      );
      const optimizer = createOptimizer(parameters, { ...settings, optim });
      const gradient = tf.fill([1 << 16], 0.5);
      resetCpuPeak();
      const before = cpuMemory()!.bytesInUse;
      for (let step = 0; step < 2; step++)
        optimizer.step(new Map([...parameters.keys()].map((name) => [name, gradient])), 0.01);
      const peak = cpuMemory()!.peakBytes - before;
      optimizer.dispose();
      gradient.dispose();
      for (const parameter of parameters.values()) parameter.dispose();
      return peak / (count << 16);
    };
    const close = (found: number, wanted: number): void =>
      assert.ok(Math.abs(found - wanted) < 0.1, `${found}`);
    close(peakOf("adamw_torch"), 8);
    close(peakOf("adamw_8bit"), 2 + 8 / 256);
    close(peakOf("paged_adamw_32bit"), 8 / count);
    close(peakOf("paged_adamw_8bit"), 2 / count);
  });

  it("steps LoRA's B faster by loraplusLrRatio, and nothing else", async () => {
    const [plain, faster] = [await run("sgd"), await run("sgd", { ratio: 16 })];
    const name = "layers.0.lora_A.default.weight";
    assert.deepEqual(faster.get(name), plain.get(name));
    const b = "layers.0.lora_B.default.weight";
    const start = drawn(1);
    const moved = (weights: Map<string, Float32Array>): number =>
      Math.hypot(...weights.get(b)!.map((value, i) => value - start[i]!));
    assert.ok(moved(faster) > 12 * moved(plain));
  });

  it("refuses a name that there is not", () => {
    assert.throws(() => createOptimizer(new Map(), { ...settings, optim: "adamw_9bit" as OptimizerName }), {
      code: "E_CONFIG",
      message: /paged_adamw_8bit/,
    });
  });
});
