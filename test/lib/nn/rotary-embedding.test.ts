/** Rotary angles are those of transformers for every rope type, within and beyond the context that models were trained for. */
import assert from "node:assert/strict";
import { readRope } from "../../../lib/models/rope-config.ts";
import { inverseFrequencies, rotaryAngles } from "../../../lib/nn/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { readJson, readReference } from "../models/reference.ts";

interface RopeCase {
  name: string;
  /** In the form of transformers 4. */
  config: Record<string, unknown> & { max_position_embeddings: number };
  /** In the form of transformers 5. */
  config_v5: Record<string, unknown>;
  length: number;
  inv_freq: number[];
  attention_scaling: number;
  last_cos: number[];
  last_sin: number[];
}

describe("rotaryAngles()", () => {
  before(() => setBackend("wasm"));

  for (const reference of readJson("rope", "expected.json") as RopeCase[]) {
    it(`gives the reference's angles when the type is ${reference.name}`, () => {
      const { config, length } = reference;
      const context = { headDim: 16, maxPositionEmbeddings: config.max_position_embeddings };
      const options = readRope(config, context);
      assert.deepEqual(readRope(reference.config_v5, context), options, "form of transformers 5");
      const frequencies = inverseFrequencies(options, length);
      frequencies.forEach((frequency, pair) => {
        assertClose(frequency, reference.inv_freq[pair], 1e-6 * frequency, `frequency ${pair}`);
      });
      const { cos, sin } = rotaryAngles([Array.from({ length }, (_, t) => t)], options);
      // The reference multiplies position and frequency in float32.
      assertClose(cos.dataSync().subarray((length - 1) * 16), reference.last_cos, 3e-5);
      assertClose(sin.dataSync().subarray((length - 1) * 16), reference.last_sin, 3e-5);
      cos.dispose();
      sin.dispose();
    });
  }

  for (const name of ["llama", "mistral", "phi", "qwen2", "qwen3"]) {
    it(`has the frequencies of the checkpoint ${name}`, () => {
      const config = readJson("models", name, "config.json") as Record<string, number>;
      const expected = readReference(name).rope_inv_freq!;
      const rotary = readRope(config, {
        headDim: config["head_dim"] ?? config["hidden_size"]! / config["num_attention_heads"]!,
        maxPositionEmbeddings: config["max_position_embeddings"]!,
      });
      inverseFrequencies(rotary).forEach((frequency, pair) => {
        assertClose(frequency, expected[pair], 1e-6 * frequency, `frequency ${pair}`);
      });
    });
  }

  const context = { headDim: 16, maxPositionEmbeddings: 64 };
  const refused: [string, Record<string, unknown>, RegExp][] = [
    [
      "an unknown type",
      { rope_scaling: { rope_type: "mrope" } },
      /rope_type" is "mrope", and must be "default"/,
    ],
    ["no factor", { rope_scaling: { type: "linear" } }, /"factor" is missing/],
    [
      "a list that is too short",
      { rope_scaling: { type: "longrope", short_factor: [1] } },
      /a list of 8 numbers/,
    ],
    [
      "a set of fields a layer type",
      { rope_parameters: { full_attention: { rope_theta: 1 } } },
      /one set of fields/,
    ],
    ["a share that leaves an odd number", { partial_rotary_factor: 0.2 }, /an even number/],
  ];
  for (const [what, config, message] of refused) {
    it(`readRope() refuses ${what}`, () => {
      assert.throws(() => readRope(config, context), { code: "E_CHECKPOINT", message });
    });
  }
});
