/** The backend on TensorFlow's own library keeps the contract, and gives its native tensors back. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { setBackend } from "../../../lib/tensor/index.ts";
import { startTensorflowForTests, whyNoTensorflow } from "../../support/tensorflow.ts";
import { testBackend } from "./contract.ts";
import { trainLora } from "./contract/training.ts";

testBackend("tensorflow", { whyNot: whyNoTensorflow, prepare: startTensorflowForTests });

describe("backend tensorflow, its native part", function () {
  this.timeout(400_000);
  before(async function () {
    if (whyNoTensorflow !== undefined) this.skip();
    await startTensorflowForTests();
  });
  after(() => setBackend("wasm"));

  it("holds as many native tensors after a training run as before", async () => {
    await setBackend("tensorflow");
    const native = tf.backend() as unknown as { getNumOfTFTensors(): number };
    await trainLora(1);
    const before = native.getNumOfTFTensors();
    await trainLora(1);
    assert.equal(native.getNumOfTFTensors(), before);
  });

  it("says TensorFlow's version and the device", async () => {
    const { name, reason } = await setBackend("tensorflow");
    assert.equal(name, "tensorflow");
    assert.match(
      reason,
      /^TensorFlow \d+\.\d+\.\d+\S* through @tensorflow\/tfjs-node(-gpu)?, on (a GPU|the CPU)/,
    );
  });

  it("is taken without being named where it has a GPU only", async () => {
    if (process.env["RESIDENCY_BACKEND"] !== undefined) return;
    const { reason } = await setBackend("tensorflow");
    const { name } = await setBackend();
    assert.equal(name === "tensorflow", reason.endsWith("on a GPU"));
  });
});
