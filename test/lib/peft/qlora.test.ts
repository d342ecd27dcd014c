/** LoRA through packed weights: the reference's logits, loss and gradients, training, merging and its drift. */
import assert from "node:assert/strict";
import fs from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import {
  getPeftModel,
  LoraConfig,
  PeftModel,
  prepareModelForKbitTraining,
  trainableParametersLine,
  type MergeDrift,
} from "../../../lib/peft/index.ts";
import { BitsAndBytesConfig } from "../../../lib/quant/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { Trainer, TrainingArguments, valueAndGradients } from "../../../lib/train/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Reference {
  print_trainable_parameters: string;
  basic: { input_ids: number[][]; logits: number[][][] };
  right_pad: { loss: number };
  trainable_names_and_grads: Record<string, { norm: number; first8: number[] }>;
}

const readJson = (...names: string[]): unknown => JSON.parse(fs.readFileSync(fixture(...names), "utf8"));
const reference = readJson("lora", "llama-qlora-nf4", "expected.json") as Reference;
const { right_pad: batch } = (
  readJson("models", "llama", "expected.json") as {
    cases: { right_pad: { input_ids: number[][]; labels: number[][] } };
  }
).cases;

const logitsOf = (model: Pick<LlamaForCausalLM, "forward">): number[] => {
  const { logits } = model.forward({ inputIds: reference.basic.input_ids });
  const values = [...logits.dataSync()];
  logits.dispose();
  return values;
};

const lossAndGradients = (peft: PeftModel<LlamaForCausalLM>): ReturnType<typeof valueAndGradients> =>
  valueAndGradients(() => {
    const { sum, tokens } = peft.summedLoss({ inputIds: batch.input_ids, labels: batch.labels });
    return tf.div(sum, tokens);
  }, peft.root.trainableParameters());

for (const backend of ["residency-cpu", "wasm"] as const) {
  describe(`the reference adapter llama-qlora-nf4 on ${backend}`, () => {
    let peft: PeftModel<LlamaForCausalLM>;
    beforeEach(async () => {
      await setBackend(backend);
      const model = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-bnb-nf4"));
      peft = await PeftModel.fromPretrained(model, fixture("lora", "llama-qlora-nf4"));
    });
    afterEach(() => peft.root.dispose());

    it("gives the reference's logits and prints the line that PEFT prints", () => {
      assertClose(logitsOf(peft), reference.basic.logits, 1e-4);
      assert.equal(trainableParametersLine(peft.parameterCounts()), reference.print_trainable_parameters);
    });

    it("gives the reference's loss and gradients, with and without gradient checkpointing", () => {
      for (const useGradientCheckpointing of [false, true]) {
        // Freezes the adapter as well, which is why it stands before getPeftModel() in a program.
        const adapter = [...peft.root.trainableParameters().values()];
        prepareModelForKbitTraining(peft, { useGradientCheckpointing });
        for (const parameter of adapter) parameter.requiresGrad = true;
        peft.root.train();
        const { value, gradients } = lossAndGradients(peft);
        assertClose(value.dataSync()[0], reference.right_pad.loss, 2e-6 * reference.right_pad.loss);
        const seen = new Set<string>();
        for (const [key, { norm, first8 }] of Object.entries(reference.trainable_names_and_grads)) {
          const name = key.replace(/^base_model\.model\./, "");
          const gradient = gradients.get(name)!.dataSync();
          assertClose(Math.hypot(...gradient), norm, 1e-5 * norm, `norm of ${name}`);
          assertClose([...gradient.slice(0, 8)], first8, 2e-5 * norm + 1e-6, name);
          seen.add(name);
        }
        assert.deepEqual([...gradients.keys()].sort(), [...seen].sort());
        tf.dispose([value, ...gradients.values()]);
      }
    });

    it("merges with a drift that explains the merged model's logits, one line a layer", () => {
      const drifts: MergeDrift[] = [];
      const names = [...peft.root.namedParameters()]
        .map(([name]) => name)
        .filter((name) => name.endsWith("lora_A.default.weight"))
        .map((name) => name.replace(".lora_A.default.weight", ""));
      const before = logitsOf(peft);
      const merged = peft.mergeAndUnload({ onDrift: (drift) => drifts.push(drift) });
      assert.deepEqual(
        drifts.map(({ name }) => name),
        names,
      );
      for (const { max, mean, additionMax, additionMean } of drifts) {
        // Half of the widest gap between two NF4 levels, 0.152, of the largest weight, which is below 1.5 here.
        assert.ok(mean > 0 && mean < max && max < 0.16 * 1.5, `${mean} ${max}`);
        assert.ok(additionMean > 0 && additionMean <= additionMax);
      }
      assert.equal(merged.model.layers[0]!.self_attn.q_proj.getMemoryFootprint() < 0.2 * 4 * 64 * 32, true);
      const after = logitsOf(merged);
      const moved = Math.max(...after.map((value, i) => Math.abs(value - before[i]!)));
      assert.ok(moved > 1e-3, "packing again rounds");
    });
  });
}

describe("merging into packed weights", () => {
  const merge = async (
    origin: string,
    options: { onDrift?: (drift: MergeDrift) => void } = {},
  ): Promise<string[]> => {
    const model = await LlamaForCausalLM.fromPretrained(fixture("models", origin));
    const settings = { r: 2, targetModules: ["q_proj", "v_proj"], initLoraWeights: false } as const;
    const peft = getPeftModel(model, new LoraConfig(settings));
    const said: string[] = [];
    const before = console.warn;
    console.warn = (text: string) => void said.push(text);
    try {
      peft.mergeAdapter(options);
    } finally {
      console.warn = before;
    }
    peft.root.dispose();
    return said;
  };

  it("gives the same weights and drifts by mergeAdapterAsync(), which unmergeAdapter() takes out again", async () => {
    await setBackend("wasm");
    const base = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-bnb-nf4"));
    const config = new LoraConfig({ r: 2, targetModules: ["q_proj", "v_proj"], initLoraWeights: false });
    const peft = getPeftModel(base, config, { seed: 1 });
    const before = logitsOf(peft);
    const drifts: MergeDrift[][] = [[], []];
    peft.mergeAdapter({ onDrift: (drift) => drifts[0]!.push(drift) });
    const atOnce = logitsOf(peft);
    peft.unmergeAdapter();
    const { numTensors } = tf.memory();
    await peft.mergeAdapterAsync({ onDrift: (drift) => drifts[1]!.push(drift), safeMerge: true });
    assert.deepEqual(logitsOf(peft), atOnce);
    assert.deepEqual(drifts[1], drifts[0]);
    peft.unmergeAdapter();
    assert.equal(tf.memory().numTensors, numTensors);
    assert.deepEqual(logitsOf(peft), before);
    peft.root.dispose();
  });

  it("leaves the model as it was when mergeAndUnloadAsync() meets a sum that is not finite", async () => {
    await setBackend("wasm");
    const base = await LlamaForCausalLM.fromPretrained(fixture("models", "llama-bnb-nf4"));
    const config = new LoraConfig({ r: 2, targetModules: ["q_proj", "v_proj"], initLoraWeights: false });
    const peft = getPeftModel(base, config, { seed: 1 });
    const names = [...peft.root.trainableParameters().keys()];
    const last = peft.root.trainableParameters().get(names.at(-1)!)!;
    const values = last.value.dataSync().slice();
    const before = logitsOf(peft);
    last.assign(tf.fill([...last.shape], NaN));
    const { numTensors } = tf.memory();
    await assert.rejects(peft.mergeAndUnloadAsync({ safeMerge: true, onDrift: () => undefined }), {
      code: "E_NUMERIC",
    });
    assert.equal(tf.memory().numTensors, numTensors);
    last.assign(tf.tensor(values, [...last.shape]));
    assert.deepEqual(logitsOf(peft), before);
    peft.root.dispose();
  });

  it("warns once of what it rounds, unless somebody hears of each weight", async () => {
    await setBackend("wasm");
    const said = await merge("llama-bnb-nf4");
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^W_PACKED_MERGE: .*into 6 packed weights.* in model\.layers\.\d\..*onDrift/);
    const drifts: MergeDrift[] = [];
    assert.deepEqual(await merge("llama-bnb-nf4", { onDrift: (drift) => drifts.push(drift) }), []);
    assert.equal(drifts.length, 6);
    assert.deepEqual(await merge("llama"), []);
  });
});

describe("QLoRA training", () => {
  it("lowers the loss, leaves the packed weights as they are, and needs less memory than LoRA", async () => {
    await setBackend("residency-cpu");
    const config = new LoraConfig<"q_proj">({ r: 4, loraAlpha: 8, targetModules: "all-linear" });
    const load = async (quantizationConfig?: BitsAndBytesConfig): Promise<PeftModel<LlamaForCausalLM>> =>
      getPeftModel(
        prepareModelForKbitTraining(
          await LlamaForCausalLM.fromPretrained(
            fixture("models", "llama"),
            quantizationConfig ? { quantizationConfig } : {},
          ),
        ),
        config,
      );
    const peft = await load(new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "nf4" }));
    const full = await load();
    assert.deepEqual(peft.parameterCounts(), full.parameterCounts());
    const baseBytes = (model: PeftModel<LlamaForCausalLM>): number =>
      [...model.root.namedParameters()]
        .filter(([name]) => name.includes("base_layer"))
        .reduce((sum, [, parameter]) => sum + parameter.byteSize, 0);
    assert.ok(baseBytes(peft) < 0.15 * baseBytes(full), `${baseBytes(peft)} of ${baseBytes(full)}`);
    assert.ok(peft.getMemoryFootprint() < full.getMemoryFootprint());
    const parameters = new Map(peft.root.namedParameters());
    const { packed } = parameters.get("model.layers.0.self_attn.q_proj.base_layer.weight")!;
    const codes = (): number[] => [...packed!.codes.dataSync()];
    const before = codes();
    const losses: number[] = [];
    const rows = [[1, 7, 33, 60, 12, 9, 2]];
    await new Trainer({
      model: peft,
      args: new TrainingArguments({
        maxSteps: 12,
        learningRate: 0.02,
        lrSchedulerType: "constant",
        perDeviceTrainBatchSize: 1,
      }),
      trainDataset: rows.map((row) => ({ inputIds: row, labels: row })),
      callbacks: [
        {
          onStepEnd({ loss }) {
            losses.push(loss);
          },
        },
      ],
    }).train();
    assert.ok(losses.at(-1)! < 0.7 * losses[0]!, losses.join(", "));
    assert.deepEqual(codes(), before);
    peft.root.dispose();
    full.root.dispose();
  });
});
