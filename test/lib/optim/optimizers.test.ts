/** Every optimiser makes the steps of PyTorch or transformers, on every backend here. */
import * as tf from "@tensorflow/tfjs-core";
import assert from "node:assert/strict";
import fs from "node:fs";
import { Parameter } from "../../../lib/nn/index.ts";
import {
  Adafactor,
  Adam,
  AdamW,
  clipFactor,
  globalNorm,
  SGD,
  type Optimizer,
} from "../../../lib/optim/index.ts";
import { ensureBackend, setBackend, type BackendName } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Reference {
  p0: number[][];
  grads: number[][][];
  optimizers: Record<string, { params_after_each_step: number[][][] }>;
  clip_grad_norm: { grads: number[][][]; max_norm: number; total_norm: number; clipped: number[][][] }[];
}

type Parameters = Map<string, Parameter>;

/** The optimisers of the reference, with what its `definitions` say of each, and the learning rate. */
const optimizers: Record<string, [rate: number, make: (parameters: Parameters) => Optimizer]> = {
  "adamw_wd0.01": [3e-3, (parameters) => new AdamW(parameters, { weightDecay: 0.01 })],
  adamw_wd0: [3e-3, (parameters) => new AdamW(parameters)],
  adamw_amsgrad: [
    3e-3,
    (parameters) =>
      new AdamW(parameters, { beta1: 0.8, beta2: 0.95, eps: 1e-6, weightDecay: 0.1, amsgrad: true }),
  ],
  "adam_l2_0.1": [3e-3, (parameters) => new Adam(parameters, { weightDecay: 0.1 })],
  sgd: [0.05, (parameters) => new SGD(parameters)],
  sgd_momentum_nesterov_wd: [
    0.05,
    (parameters) => new SGD(parameters, { momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  ],
  adafactor_fixed_lr: [
    1e-2,
    (parameters) => new Adafactor(parameters, { scaleParameter: false, relativeStep: false }),
  ],
  adafactor_relative: [NaN, (parameters) => new Adafactor(parameters)],
};

const backends: BackendName[] = ["residency-cpu", "wasm", "cpu"];

describe("optimisers", () => {
  const reference = JSON.parse(fs.readFileSync(fixture("optimizers", "expected.json"), "utf8")) as Reference;
  let previous: BackendName;
  before(async () => void (previous = (await ensureBackend()).name));
  after(() => setBackend(previous));

  for (const backend of backends) {
    for (const [name, [rate, make]] of Object.entries(optimizers)) {
      it(`${name} makes the reference's steps on ${backend}, and leaves no tensor behind`, async () => {
        await setBackend(backend);
        const shape = [reference.p0.length, reference.p0[0]!.length];
        const before = tf.memory().numTensors;
        const parameter = new Parameter(shape);
        parameter.assign(tf.tensor(reference.p0, shape));
        const optimizer = make(new Map([["w", parameter]]));
        const expected = reference.optimizers[name]!.params_after_each_step;
        for (const [step, gradient] of reference.grads.entries()) {
          // Halved, and doubled again by the scale.
          const half = tf.tidy(() => tf.mul(tf.tensor(gradient, shape), 0.5));
          optimizer.step(new Map([["w", half]]), rate, 2);
          half.dispose();
          assertClose(parameter.value.dataSync(), expected[step]!.flat(), 1e-6, `step ${step + 1}`);
        }
        assert.equal(optimizer.steps, reference.grads.length);
        optimizer.dispose();
        parameter.dispose();
        assert.equal(tf.memory().numTensors, before);
      });
    }
  }

  it("has every optimiser of the reference", () => {
    const names = Object.keys(reference.optimizers).filter((name) => !name.endsWith("_float64"));
    assert.deepEqual(names.sort(), Object.keys(optimizers).sort());
  });

  it("clips by the reference's norm", async () => {
    await setBackend("residency-cpu");
    for (const { grads, max_norm: maxNorm, total_norm: norm, clipped } of reference.clip_grad_norm) {
      const tensors = grads.map((values) => tf.tensor(values));
      const found = globalNorm(tensors).dataSync()[0]!;
      assertClose(found, norm, 2e-6 * norm, "norm");
      const factor = clipFactor(found, maxNorm);
      grads.forEach((values, i) =>
        assertClose(
          values.flat().map((value) => value * factor),
          clipped[i]!.flat(),
          1e-6,
          `gradient ${i}`,
        ),
      );
      tf.dispose(tensors);
    }
  });

  const refused: [what: string, make: () => Optimizer, message: RegExp][] = [
    ["a beta of 1", () => new AdamW(new Map(), { beta1: 1 }), /beta1 1: it must be in \[0, 1\)/],
    ["a weight decay below 0", () => new SGD(new Map(), { weightDecay: -1 }), /weightDecay -1/],
    ["nesterov without momentum", () => new SGD(new Map(), { nesterov: true }), /momentum 0/],
    ["a momentum of 1", () => new SGD(new Map(), { momentum: 1 }), /momentum 1/],
    ["a decay rate above 0", () => new Adafactor(new Map(), { decayRate: 0.8 }), /decayRate 0.8/],
    [
      "a warm-up without a relative step",
      () => new Adafactor(new Map(), { relativeStep: false, warmupInit: true }),
      /warmupInit without relativeStep/,
    ],
  ];
  for (const [what, make, message] of refused) {
    it(`refuse ${what}`, () => assert.throws(make, { code: "E_CONFIG", message }));
  }
});
