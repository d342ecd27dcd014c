/** The layers that random settings mean, with their ranks and counts, and adapters of tied and saved layers, as PEFT has them. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { AutoModelForCausalLM, type AnyCausalLM } from "../../../lib/models/index.ts";
import { fromAdapterConfigJson } from "../../../lib/peft/adapter-config.ts";
import { injectAdapter, activate, type AdaptedModel } from "../../../lib/peft/inject.ts";
import { readingAtOnce } from "../../../lib/peft/tensor-reads.ts";
import { loraParameterCounts, PeftModel } from "../../../lib/peft/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Counts {
  model: string;
  trainable: number;
  all: number;
}

interface Selection extends Counts {
  config: Record<string, unknown>;
  layers: Record<string, [number, number]>;
}

interface StoredRun extends Counts {
  ids: number[][];
  logits: number[];
}

const { cases, adapters } = JSON.parse(
  fs.readFileSync(fixture("lora", "selection", "expected.json"), "utf8"),
) as { cases: Selection[]; adapters: Record<string, StoredRun> };

const load = (name: string): Promise<AnyCausalLM> =>
  AutoModelForCausalLM.fromPretrained(fixture("models", name));

const countsOf = ({ root }: Pick<AnyCausalLM, "root">): { trainable: number; all: number } => {
  const counts = { trainable: 0, all: 0 };
  for (const [, parameter] of root.namedParameters()) {
    counts.all += parameter.size;
    if (parameter.requiresGrad) counts.trainable += parameter.size;
  }
  return counts;
};

describe("the layers that LoraConfig means, as PEFT", () => {
  before(() => setBackend("residency-cpu"));

  for (const name of new Set(cases.map(({ model }) => model))) {
    it(`of ${name}, with their ranks, scalings and counts`, async () => {
      for (const { config: json, layers, trainable, all } of cases.filter(({ model }) => model === name)) {
        const model = await load(name);
        const config = fromAdapterConfigJson({ peft_type: "LORA", ...json });
        assert.deepEqual(loraParameterCounts(model.root, config), { trainable, all }, JSON.stringify(json));
        const adapted: AdaptedModel = { root: model.root, layers: new Map(), saved: new Map() };
        // As when an adapter is loaded, so that settings that mean nothing are let pass, as in PEFT.
        readingAtOnce(injectAdapter(adapted, "default", { config, random: seededRandom(0), isLoaded: true }));
        activate(adapted, ["default"], { configs: new Map([["default", config]]), isTrainable: true });
        const found = [...adapted.layers].map(([layer, { adapters: own }]) => {
          const { r, scaling } = own.get("default")!;
          return [layer, [r, scaling]] as const;
        });
        assert.deepEqual(Object.fromEntries(found), layers, JSON.stringify(json));
        assert.deepEqual(countsOf(model), { trainable, all }, JSON.stringify(json));
        model.dispose();
      }
    });
  }
});

describe("PeftModel.fromPretrained", () => {
  before(() => setBackend("residency-cpu"));

  for (const [name, { model, ids, logits, trainable, all }] of Object.entries(adapters)) {
    it(`gives PEFT's logits and counts for ${name}`, async () => {
      const base = await load(model);
      const peft = await PeftModel.fromPretrained(base, fixture("lora", "selection", name));
      assert.deepEqual(countsOf(peft), { trainable, all });
      const { logits: found } = peft.forward({ inputIds: ids });
      assertClose([...found.dataSync()].slice(-logits.length), logits, 1e-4);
      found.dispose();
      base.dispose();
    });
  }
});
