/** Adapters on the WebGPU backend whose values are decompositions, which wait for the numbers of the GPU. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { getPeftModel, getPeftModelAsync, LoraConfig, PeftModel } from "../../../lib/peft/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { leaveTestGpu, startTestGpu } from "../../support/gpu.ts";
import { fixture } from "../../support/paths.ts";

type Values = Map<string, ArrayLike<number>>;

const inputIds = [[5, 9, 11, 3, 7, 2]];
const llama = (): Promise<LlamaForCausalLM> => LlamaForCausalLM.fromPretrained(fixture("models", "llama"));

async function logitsOf(model: Pick<LlamaForCausalLM, "forward">): Promise<ArrayLike<number>> {
  const { logits } = model.forward({ inputIds });
  const values = await logits.data();
  logits.dispose();
  return values;
}

/** The product `B A` of each layer of an adapter, which has no sign to choose as A and B have. */
async function productsOf(peft: Pick<PeftModel, "stateDict">, adapterName?: string): Promise<Values> {
  const state = peft.stateDict(adapterName);
  const products: Values = new Map();
  for (const [name, a] of state) {
    if (!name.includes("lora_A")) continue;
    const b = state.get(name.replace("lora_A", "lora_B"))!;
    const product = tf.matMul(b.value, a.value);
    products.set(name, await product.data());
    product.dispose();
  }
  return products;
}

/** The same work on the GPU and on the CPU. */
async function onBoth<T>(work: () => Promise<T>): Promise<{ onGpu: T; onCpu: T }> {
  const onGpu = await work();
  await setBackend("residency-cpu");
  const onCpu = await work();
  await setBackend("webgpu");
  return { onGpu, onCpu };
}

describe("adapters that are decompositions, on the WebGPU backend", function () {
  this.timeout(300_000);
  before(async function () {
    await startTestGpu(this);
  });
  after(leaveTestGpu);

  for (const initLoraWeights of ["pissa", "pissa_niter_4", "olora"] as const) {
    it(`begin by "${initLoraWeights}" as on the CPU with getPeftModelAsync(), and the model is unchanged`, async () => {
      const { onGpu, onCpu } = await onBoth(async () => {
        const model = await llama();
        const before = await logitsOf(model);
        const config = new LoraConfig({ r: 4, targetModules: ["q_proj", "down_proj"], initLoraWeights });
        const peft = await getPeftModelAsync(model, config, { seed: 1 });
        assertClose(await logitsOf(peft), before, 1e-3);
        const products = await productsOf(peft);
        peft.root.dispose();
        return products;
      });
      assert.equal(onGpu.size, onCpu.size);
      for (const [name, expected] of onCpu) assertClose(onGpu.get(name), expected, 1e-4, name);
    });
  }

  it("are refused by getPeftModel() where they have to be read at once, and the model is as it was", async () => {
    const model = await llama();
    const before = await logitsOf(model);
    const names = [...model.namedParameters()].map(([name, { requiresGrad }]) => `${name} ${requiresGrad}`);
    const { numTensors } = tf.memory();
    const config = new LoraConfig({ r: 4, targetModules: ["q_proj"], initLoraWeights: "pissa" });
    assert.throws(() => getPeftModel(model, config), { code: "E_SYNC_READ" });
    assert.equal(tf.memory().numTensors, numTensors);
    assert.deepEqual(
      [...model.namedParameters()].map(([name, { requiresGrad }]) => `${name} ${requiresGrad}`),
      names,
    );
    assert.deepEqual(await logitsOf(model), before);
    model.dispose();
  });

  it("load by PeftModel.fromPretrained() when they began as a part of the base weights", async () => {
    const { onGpu, onCpu } = await onBoth(async () => {
      const folder = fixture("lora", "llama-pissa", "trained");
      const peft = await PeftModel.fromPretrained(await llama(), folder);
      const logits = await logitsOf(peft);
      peft.root.dispose();
      return logits;
    });
    assertClose(onGpu, onCpu, 1e-3);
  });

  it('are combined by "svd" as on the CPU with addWeightedAdapterAsync()', async () => {
    const { onGpu, onCpu } = await onBoth(async () => {
      const config = new LoraConfig({ r: 2, targetModules: ["q_proj", "v_proj"], initLoraWeights: false });
      const peft = getPeftModel(await llama(), config, { seed: 1 });
      peft.addAdapter("other", config);
      const options = {
        adapters: ["default", "other"],
        weights: [0.7, -0.4],
        adapterName: "both",
        svdRank: 3,
      };
      if (tf.getBackend() === "webgpu") {
        await logitsOf(peft); // From here on the matrices lie on the GPU.
        peft.setAdapter("other");
        await logitsOf(peft);
        assert.throws(() => peft.addWeightedAdapter(options), { code: "E_SYNC_READ" });
        assert.deepEqual([...peft.peftConfig.keys()], ["default", "other"]);
      }
      await peft.addWeightedAdapterAsync(options);
      const products = await productsOf(peft, "both");
      peft.root.dispose();
      return products;
    });
    assert.ok(onCpu.size > 0);
    for (const [name, expected] of onCpu) assertClose(onGpu.get(name), expected, 1e-5, name);
  });
});
