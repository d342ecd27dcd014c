/** streamTokens() gives each new token with the probability that the model gave it, and says how the text ended. */
import assert from "node:assert/strict";
import { streamTokens, type StreamedToken, type StreamEnd } from "../../../lib/generate/index.ts";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

const prompt = [98, 77, 78, 44, 66, 62];
/** What greedy search adds to the prompt. */
const greedy = [99, 92, 30];

/** A tokenizer whose texts are the numbers themselves; token 92 is the first half of a character. */
const tokenizer = {
  encode: (text: string): number[] => text.trim().split(" ").map(Number),
  decode: (ids: readonly number[]): string => ids.map((id) => `${id} `).join(""),
  decodeStream() {
    let held = "";
    return {
      push(id: number): string {
        const text = `${held}${id} `;
        held = id === 92 ? text : "";
        return id === 92 ? "" : text;
      },
      flush: () => held,
    };
  },
  eosTokenId: undefined,
  padTokenId: undefined,
};

describe("streamTokens()", () => {
  let model: LlamaForCausalLM;

  before(async () => {
    await setBackend("residency-cpu");
    model = await LlamaForCausalLM.fromPretrained(fixture("models/llama"));
  });
  after(() => model.dispose());

  async function all(
    options: Parameters<typeof streamTokens>[3],
  ): Promise<{ tokens: StreamedToken[]; end: StreamEnd }> {
    const stream = streamTokens(model, tokenizer, prompt.join(" "), { eosTokenId: [], ...options });
    const tokens: StreamedToken[] = [];
    for (;;) {
      const next = await stream.next();
      if (next.done) return { tokens, end: next.value };
      tokens.push(next.value);
    }
  }

  /** softmax(logits of each step) at the token taken. */
  async function probabilities(maxNewTokens: number): Promise<number[]> {
    const { logits } = await model.generate([prompt], {
      ...{ maxNewTokens, eosTokenId: [], returnDictInGenerate: true, outputLogits: true },
    });
    return logits!.map(([row], step) => {
      const weights = [...row!].map(Math.exp);
      return weights[greedy[step]!]! / weights.reduce((sum, weight) => sum + weight, 0);
    });
  }

  it("gives the model's own probability of each token, and their product where tokens share a character", async () => {
    const { tokens } = await all({ maxNewTokens: 3 });
    const [first, second, third] = await probabilities(3);
    assert.deepEqual(
      tokens.map(({ text, tokenIds }) => [text, tokenIds]),
      [
        ["99 ", [99]],
        ["92 30 ", [92, 30]],
      ],
    );
    assertClose(
      tokens.map(({ probability }) => probability),
      [first!, second! * third!],
      1e-6,
    );
  });

  it("gives the same probability whatever the settings make of the scores", async () => {
    const { tokens } = await all({ maxNewTokens: 1, doSample: true, topK: 1, temperature: 3 });
    assertClose([tokens[0]!.probability], await probabilities(1), 1e-6);
  });

  it("tells what is left of a character that was never finished", async () => {
    const { tokens, end } = await all({ maxNewTokens: 2 });
    assert.equal(tokens.at(-1)!.text, "92 ");
    assert.deepEqual(end, { finishReason: "length", newTokens: 2 });
  });

  it("says how the text ended", async () => {
    assert.deepEqual((await all({ maxNewTokens: 9, eosTokenId: [30] })).end, {
      ...{ finishReason: "stop", newTokens: 3 },
    });
    const abort = new AbortController();
    const { end } = await all({
      ...{ maxNewTokens: 400, signal: abort.signal },
      logitsProcessor: [() => abort.abort()],
    });
    assert.deepEqual(end, { finishReason: "abort", newTokens: 1 });
  });

  it("ends generation when the loop is left", async () => {
    let steps = 0;
    const count = (): void => {
      steps++;
    };
    const options = { maxNewTokens: 400, eosTokenId: [], logitsProcessor: [count] };
    for await (const token of streamTokens(model, tokenizer, prompt.join(" "), options)) {
      assert.equal(token.text, "99 ");
      break;
    }
    assert.ok(steps < 10, `${steps} tokens were generated`);
  });

  it("throws what generation throws", async () => {
    await assert.rejects(all({ topP: 0.5 }), { code: "E_CONFIG" });
  });
});
