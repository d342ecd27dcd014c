/** generate() checks its options, draws by seed, stops where asked, and tells tokens and text as they come. */
import assert from "node:assert/strict";
import { generateText, streamText, TextStreamer } from "../../../lib/generate/index.ts";
import { LlamaForCausalLM } from "../../../lib/models/index.ts";
import type { GenerateOptions } from "../../../lib/nn/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { assertClose } from "../../support/closeness.ts";
import { fixture } from "../../support/paths.ts";

const prompt = [98, 77, 78, 44, 66, 62];
/** What greedy search adds to the prompt. */
const greedy = [99, 92, 30, 62, 9, 99, 62, 53];

/** A tokenizer whose texts are the numbers themselves, each with a space behind it. */
const tokenizer = {
  encode: (text: string): number[] => text.trim().split(" ").map(Number),
  decode: (ids: readonly number[]): string => ids.map((id) => `${id} `).join(""),
  decodeStream: () => ({ push: (id: number) => `${id} `, flush: () => "." }),
  eosTokenId: undefined,
  padTokenId: undefined,
};

describe("generate()", () => {
  let model: LlamaForCausalLM;

  before(async () => {
    await setBackend("residency-cpu");
    model = await LlamaForCausalLM.fromPretrained(fixture("models/llama"));
  });
  after(() => model.dispose());

  const added = async (options: GenerateOptions = {}, prompts = [prompt]): Promise<number[][]> => {
    const sequences = await model.generate(prompts, { eosTokenId: [], ...options });
    return sequences.map((row) => row.slice(prompts[0]!.length));
  };

  const refused: [GenerateOptions, RegExp][] = [
    [
      { forcedEosTokenId: [3, 5], suppressTokens: [5, 4, 3] },
      /forcedEosTokenId 3, 5, which suppressTokens forbids/,
    ],
    [{ forcedBosTokenId: 3, suppressTokens: [3] }, /forcedBosTokenId 3, which suppressTokens forbids/],
    [{ exponentialDecayLengthPenalty: [1, 2], eosTokenId: [] }, /no token that ends a text: set eosTokenId/],
    [{ doSample: true, temperature: 0 }, /temperature 0: .*above 0.*doSample: false/],
    [{ doSample: true, temperature: NaN }, /temperature NaN/],
    [{ doSample: true, topK: -1 }, /topK -1: .*at least 0/],
    [{ doSample: true, topP: 0 }, /topP 0: .*\(0, 1\]/],
    [{ doSample: true, minP: 1.5 }, /minP 1.5: .*\[0, 1\]/],
    [{ repetitionPenalty: 0 }, /repetitionPenalty 0/],
    [{ maxNewTokens: 0 }, /maxNewTokens 0: .*at least 1/],
    [{ maxLength: 6 }, /maxLength 6: the prompts alone have 6/],
    [{ badWordsIds: [[]] }, /badWordsIds/],
    [{ temperature: 0.5 }, /temperature while doSample is false/],
    [{ generationConfig: { topP: 0.5 } }, /topP while doSample is false/],
    [{ lengthPenalty: 2 }, /lengthPenalty while numBeams is 1/],
    [{ numReturnSequences: 2 }, /numReturnSequences 2 for greedy/],
    [{ numBeams: 2, numReturnSequences: 3 }, /at most numBeams, 2/],
    [{ outputScores: true } as object, /without returnDictInGenerate/],
    [{ stopStrings: "x" }, /stopStrings without a tokenizer/],
    [{ numBeams: 2, onToken: () => undefined }, /numBeams above 1/],
    [{ seed: 0.5 }, /seed 0.5/],
    [{ suppressTokens: [-1] }, /suppressTokens \[-1\]/],
  ];
  for (const [options, message] of refused) {
    it(`refuses ${JSON.stringify(options)}`, async () => {
      await assert.rejects(model.generate([prompt], options), (error: Error & { code?: string }) => {
        assert.equal(error.code, "E_CONFIG");
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("says so when the settings forbid every token", async () => {
    const suppressTokens = [...Array(101).keys()];
    await assert.rejects(added({ suppressTokens }), { code: "E_NUMERIC" });
    await assert.rejects(added({ suppressTokens, doSample: true }), { code: "E_NUMERIC" });
    await assert.rejects(added({ suppressTokens, numBeams: 2 }), { code: "E_NUMERIC" });
  });

  it("takes the model's generationConfig below the call's", async () => {
    const { GenerationConfig } = await import("../../../lib/generate/index.ts");
    const before = model.generationConfig;
    model.generationConfig = new GenerationConfig({ maxNewTokens: 3, temperature: 0.7, eosTokenId: [] });
    try {
      assert.deepEqual(await model.generate([prompt]), [[...prompt, ...greedy.slice(0, 3)]]);
      assert.deepEqual(await added({ maxNewTokens: 2 }), [greedy.slice(0, 2)]);
      assert.deepEqual(await added({ generationConfig: new GenerationConfig({ maxNewTokens: 1 }) }), [[99]]);
      assert.deepEqual(await added(new GenerationConfig({ maxNewTokens: 1 })), [[99]]);
    } finally {
      model.generationConfig = before;
    }
  });

  it("draws the same tokens for the same seed and others for another", async () => {
    const options = { doSample: true, maxNewTokens: 12, temperature: 1.5 };
    const [first, again, other] = [
      await added({ ...options, seed: 1 }),
      await added({ ...options, seed: 1 }),
      await added({ ...options, seed: 2 }),
    ];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
  });

  it("draws each first token as often as its probability says", async () => {
    const { scores } = await model.generate([prompt], {
      doSample: true,
      topK: 3,
      maxNewTokens: 1,
      returnDictInGenerate: true,
      outputScores: true,
    });
    const weights = [...scores![0]![0]!].map(Math.exp);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const drawn = await added({ doSample: true, topK: 3, maxNewTokens: 1, numReturnSequences: 4000 });
    const counts = new Array<number>(weights.length).fill(0);
    for (const [token] of drawn) counts[token!]! += 1 / drawn.length;
    assertClose(
      counts,
      weights.map((weight) => weight / total),
      0.03,
    );
  });

  it("draws beams by seed, in order of their scores", async () => {
    const options = { doSample: true, numBeams: 3, numReturnSequences: 3, maxNewTokens: 6, seed: 4 };
    const run = (): Promise<{ sequences: number[][]; sequencesScores?: number[] }> =>
      model.generate([prompt, prompt], { ...options, eosTokenId: [], returnDictInGenerate: true });
    const output = await run();
    assert.deepEqual(await run(), output);
    assert.equal(output.sequences.length, 6);
    const scores = output.sequencesScores!;
    assert.ok(scores[0]! >= scores[1]! && scores[1]! >= scores[2]!);
  });

  it("gives each prompt of a batch what it gets alone when others end before it", async () => {
    const prompts = [prompt, [46, 50, 81, 70, 97, 34], [1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16]];
    const options = { eosTokenId: [99, 57, 4], padTokenId: 2, maxNewTokens: 24 };
    const together = await added(options, prompts);
    for (const [row, one] of prompts.entries()) {
      const [alone] = await added(options, [one]);
      const filled = [...alone!, ...Array<number>(together[row]!.length - alone!.length).fill(2)];
      assert.deepEqual(together[row], filled);
    }
    assert.ok(new Set(together.map((row) => row.indexOf(2))).size > 1);
  });

  it("gives scores of every step and row although rows have ended", async () => {
    const output = await model.generate([prompt, [46, 50, 81, 70, 97, 34]], {
      eosTokenId: [99],
      maxNewTokens: 5,
      returnDictInGenerate: true,
      outputScores: true,
    });
    const steps = output.sequences[0]!.length - prompt.length;
    assert.deepEqual(
      output.scores!.map((rows) => rows.map((row) => row.length)),
      Array(steps).fill([101, 101]),
    );
  });

  it("ends at a stop string that the last token completes, not at one of the prompt", async () => {
    assert.deepEqual(await added({ stopStrings: ["30 62 ", "98 77"], tokenizer }), [greedy.slice(0, 4)]);
    assert.deepEqual(await added({ stopStrings: "62 99", tokenizer }), [greedy.slice(0, 1)]);
  });

  it("ends beams at a stop string", async () => {
    const [row] = await added({ stopStrings: ["99 "], tokenizer, numBeams: 2, maxNewTokens: 6 });
    assert.equal(row!.indexOf(99), row!.length - 1);
  });

  it("stops when the signal says so, with what there is", async () => {
    const abort = new AbortController();
    const rows = await added({
      signal: abort.signal,
      onToken: ([token]) => {
        if (token === 30) abort.abort();
      },
    });
    assert.deepEqual(rows, [greedy.slice(0, 3)]);
    assert.deepEqual(await added({ signal: AbortSignal.abort() }), [[]]);
    assert.deepEqual(await added({ signal: AbortSignal.abort(), numBeams: 2 }), [[]]);
  });

  it("begins no token after maxTime", async () => {
    const rows = await added({ maxTime: 1e-9 });
    assert.deepEqual(rows, [[]]);
  });

  it("tells a streamer the prompt, then each token, then the end", async () => {
    const told: (readonly number[] | "end")[] = [];
    const streamer = { put: (ids: readonly number[]) => told.push([...ids]), end: () => told.push("end") };
    await added({ maxNewTokens: 2, streamer });
    assert.deepEqual(told, [prompt, [99], [92], "end"]);
    await assert.rejects(added({ streamer }, [prompt, prompt]), { code: "E_CONFIG" });
  });

  it("applies the caller's own processors", async () => {
    const rows = await added({ maxNewTokens: 2, logitsProcessor: [(scores) => scores.fill(9, 5, 6)] });
    assert.deepEqual(rows, [[5, 5]]);
  });

  it("is typed by returnDictInGenerate", async () => {
    const sequences: number[][] = await model.generate([prompt], { maxNewTokens: 1 });
    const output = await model.generate([prompt], { maxNewTokens: 1, returnDictInGenerate: true });
    assert.deepEqual(output.sequences.length, sequences.length);
    // @ts-expect-error a misspelt setting is no option
    await model.generate([prompt], { maxNewTokens: 1, topp: 1 });
    // @ts-expect-error scores come only with returnDictInGenerate
    await assert.rejects(model.generate([prompt], { outputScores: true }), { code: "E_CONFIG" });
  });

  describe("TextStreamer", () => {
    const told = async (skipPrompt: boolean): Promise<string> => {
      let text = "";
      const onText = (piece: string): void => void (text += piece);
      await added({ maxNewTokens: 2, streamer: new TextStreamer(tokenizer, { skipPrompt, onText }) });
      return text;
    };

    it("tells the prompt and the new text, or the new text alone", async () => {
      assert.equal(await told(false), "98 77 78 44 66 62 99 92 .");
      assert.equal(await told(true), "99 92 .");
    });
  });

  describe("streamText()", () => {
    const text = prompt.join(" ");

    it("gives the pieces of what generateText() gives", async () => {
      const options = { maxNewTokens: 3, eosTokenId: [] };
      const pieces: string[] = [];
      for await (const piece of streamText(model, tokenizer, text, options)) pieces.push(piece);
      assert.deepEqual(pieces, ["99 ", "92 ", "30 ", "."]);
      assert.deepEqual(await generateText(model, tokenizer, [text], options), ["99 92 30 "]);
    });

    it("ends generation when the loop is left", async () => {
      let tokens = 0;
      const count = (): void => {
        tokens++;
      };
      const options = { maxNewTokens: 400, eosTokenId: [], logitsProcessor: [count] };
      for await (const piece of streamText(model, tokenizer, text, options)) {
        assert.equal(piece, "99 ");
        break;
      }
      assert.ok(tokens < 10, `${tokens} tokens were generated`);
    });

    it("throws what generation throws", async () => {
      const all = streamText(model, tokenizer, text, { topP: 0.5 });
      await assert.rejects(all.next(), { code: "E_CONFIG" });
    });
  });

  it("generateText() ends at stop strings with its own tokenizer", async () => {
    const [answer] = await generateText(model, tokenizer, [prompt.join(" ")], {
      stopStrings: "30",
      eosTokenId: [],
    });
    assert.equal(answer, "99 92 30 ");
  });
});
