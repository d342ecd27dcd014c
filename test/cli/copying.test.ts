/** What makes a small base model look things up: first weights that copy, and the measure of it. */
import assert from "node:assert/strict";
import { writeCopyCircuits } from "../../cli/pretrain/copy-circuits.ts";
import { copyAccuracy, copyQuestions } from "../../cli/pretrain/copy-test.ts";
import { modelShapes } from "../../cli/pretrain/shape.ts";
import { setBackend } from "../../lib/index.ts";
import { initializeWeights, modelFromConfig } from "../../lib/models/index.ts";
import { seededRandom } from "../../lib/random.ts";
import type { PreTrainedTokenizer } from "../../lib/tokenizer/index.ts";

describe("first weights of a base model", () => {
  before(() => setBackend("residency-cpu"));

  const vocab = 300;
  const config = {
    ...{
      model_type: "llama",
      vocab_size: vocab,
      hidden_size: 128,
      intermediate_size: 256,
      num_hidden_layers: 3,
    },
    ...{ num_attention_heads: 2, num_key_value_heads: 1, rope_theta: 1e6, tie_word_embeddings: true },
  };
  /** Mean loss of the second half of random tokens that are said twice. */
  const lossOfRepeats = (model: ReturnType<typeof modelFromConfig>): number => {
    const random = seededRandom(7);
    const inputIds = Array.from({ length: 4 }, () => {
      const once = Array.from({ length: 40 }, () => random.int(vocab));
      return [...once, ...once];
    });
    const labels = inputIds.map((ids) => ids.map((id, at) => (at > 40 ? id : -100)));
    const { sum, tokens } = model.summedLoss({ inputIds, labels });
    return sum.dataSync()[0]! / tokens;
  };

  it("continue what stood there before, without any training", () => {
    const model = modelFromConfig(config);
    initializeWeights(model, { seed: 1, layers: 3 });
    assert.ok(lossOfRepeats(model) > 5.5); // log 300 is 5.7
    writeCopyCircuits(model, 1);
    assert.ok(lossOfRepeats(model) < 2.5, `${lossOfRepeats(model)}`);
    model.dispose();
  });

  it("are louder than what is drawn in the shapes that are trained", () => {
    for (const shape of [modelShapes.small, modelShapes.base, modelShapes.large]) {
      const model = modelFromConfig({ ...shape, vocab_size: vocab });
      initializeWeights(model, {
        seed: 1,
        layers: shape.num_hidden_layers,
        std: shape.initializer_range,
      });
      writeCopyCircuits(model, 1);
      assert.ok(lossOfRepeats(model) < 2, `width ${shape.hidden_size}: ${lossOfRepeats(model)}`);
      model.dispose();
    }
  });

  it("are refused for a model that cannot hold them", () => {
    for (const change of [{ tie_word_embeddings: false }, { num_hidden_layers: 1 }]) {
      const model = modelFromConfig({ ...config, ...change });
      assert.throws(() => writeCopyCircuits(model, 1), {
        code: "E_CONFIG",
        message: /two layers and tied/,
      });
    }
  });
});

describe("copyAccuracy()", () => {
  const questions = copyQuestions(5, 20);

  it("asks for numbers that stand in the text", () => {
    assert.equal(questions.length, 20);
    for (const { prompt, answer } of questions) {
      assert.match(prompt, /\nQuestion: .*\nAnswer:$/);
      for (const number of answer.match(/\d[\d.:/-]*\d|\d+/g)!) assert.ok(prompt.includes(number), prompt);
    }
  });

  it("is the share of answers with the right numbers, however they are said", async () => {
    const said = ["It weighs 12 kg.", "12 kg\nQuestion: 13?", "13 kg", "about 12 or 13 kg"];
    const tokenizer = {
      encode: () => [1],
      decode: (ids: readonly number[]) => ` ${said[ids[0]!]!}`,
      ...{ eosTokenId: 0, padTokenId: 0 },
    } as unknown as PreTrainedTokenizer;
    const generate = (rows: readonly (readonly number[])[]): Promise<number[][]> =>
      Promise.resolve(rows.map((row, index) => [...row, index]));
    const asked = said.map(() => ({ prompt: "", answer: "12 kg." }));
    assert.equal(await copyAccuracy({ generate } as never, tokenizer, asked), 2 / 4);
  });
});
