/** generate() gives the tokens, scores and beams of transformers, with a cache that grows in place and with one that does not. */
import assert from "node:assert/strict";
import fs from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { GenerationConfig } from "../../../lib/generate/index.ts";
import { AutoModelForCausalLM, type AnyCausalLM } from "../../../lib/models/index.ts";
import type { GenerateOptions } from "../../../lib/nn/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

interface Run {
  input_ids: number[][];
  attention_mask: number[][] | null;
  args: Record<string, unknown>;
  sequences: number[][];
  sequences_scores?: number[];
  beam_indices?: number[][];
  last_step_logits?: number[][];
}

interface SampledRun {
  args: Record<string, unknown>;
  input_ids: number[][];
  sequences: number[][];
  raw_logits_per_step: number[][];
  processed_scores_per_step: (number | "-Infinity")[][];
}

const read = (...segments: string[]): unknown => JSON.parse(fs.readFileSync(fixture(...segments), "utf8"));

const golden = (model: string): Record<string, Run> =>
  (read("models", model, "expected.json") as { cases: { generate: Record<string, Run> } }).cases.generate;
const further = (read("generate/expected.json") as { cases: (Run & { model: string; label: string })[] })
  .cases;
const { generate_sampled: sampled } = read("sampling/expected.json") as { generate_sampled: SampledRun };

/** Arguments under the library's names. A run without an end has none, whatever the checkpoint says. */
function optionsOf({ args, attention_mask: mask }: Pick<Run, "args"> & Partial<Run>): GenerateOptions {
  return {
    eosTokenId: [],
    generationConfig: GenerationConfig.fromJson(args),
    ...(args["eos_token_id"] === undefined ? {} : { eosTokenId: args["eos_token_id"] as number }),
    ...(mask ? { attentionMask: mask } : {}),
  };
}

for (const backend of ["wasm", "residency-cpu"] as const) {
  describe(`generate() on ${backend}, as transformers`, () => {
    const models = new Map<string, AnyCausalLM>();

    before(async () => {
      await setBackend(backend);
      for (const name of ["llama", "llama-tied"]) {
        models.set(name, await AutoModelForCausalLM.fromPretrained(fixture("models", name)));
      }
    });
    after(() => {
      for (const model of models.values()) model.dispose();
    });

    const check = async (name: string, run: Run): Promise<void> => {
      const tensors = tf.memory().numTensors;
      const options = optionsOf(run);
      const output = await models.get(name)!.generate(run.input_ids, {
        ...options,
        returnDictInGenerate: true,
      });
      assert.deepEqual(output.sequences, run.sequences);
      if (run.sequences_scores) assertClose(output.sequencesScores, run.sequences_scores, 1e-4);
      if (run.beam_indices) assert.deepEqual(output.beamIndices, run.beam_indices);
      assert.equal(tf.memory().numTensors, tensors, "tensors are left behind");
    };

    for (const name of ["llama", "llama-tied"]) {
      for (const [kind, run] of Object.entries(golden(name))) {
        it(`of ${name}: ${kind}`, () => check(name, run));
      }
    }
    for (const { model, label, ...run } of further) it(`of ${model}: ${label}`, () => check(model, run));

    it("gives the logits of the last step", async () => {
      const run = golden("llama")["greedy"]!;
      const { logits } = await models.get("llama")!.generate(run.input_ids, {
        ...optionsOf(run),
        returnDictInGenerate: true,
        outputLogits: true,
      });
      assert.equal(logits!.length, 12);
      assertClose(logits!.at(-1), run.last_step_logits, 1e-4);
    });

    it("gives the logits and the processed scores of every step of a sampled run", async () => {
      // Another generator drew the tokens: they are forced behind what is looked at.
      const tokens = sampled.sequences[0]!;
      const scores: Float32Array[] = [];
      const { top_k: topK, top_p: topP, temperature, repetition_penalty: repetitionPenalty } = sampled.args;
      for (let step = 0; step < sampled.raw_logits_per_step.length; step++) {
        const prompt = tokens.slice(0, sampled.input_ids[0]!.length + step);
        const output = await models.get("llama")!.generate([prompt], {
          doSample: true,
          topK: topK as number,
          topP: topP as number,
          temperature: temperature as number,
          repetitionPenalty: repetitionPenalty as number,
          maxNewTokens: 1,
          returnDictInGenerate: true,
          outputLogits: true,
          outputScores: true,
        });
        assertClose(output.logits![0]![0], sampled.raw_logits_per_step[step], 1e-4, `logits of step ${step}`);
        scores.push(output.scores![0]![0]!);
      }
      const finite = (row: ArrayLike<number | string>): number[] =>
        Array.from(row, (score) => (Number(score) === -Infinity ? -1e6 : Number(score)));
      assertClose(
        scores.map(finite),
        sampled.processed_scores_per_step.map((row) => finite(row)),
        1e-4,
        "processed scores",
      );
    });
  });
}
