/** Calls of a tokenizer against transformers: padding, truncation, pairs, overflow, and tokens that are added. */
import assert from "node:assert/strict";
import {
  AutoTokenizer,
  type CallOptions,
  type PreTrainedTokenizer,
  type Side,
} from "../../../lib/tokenizer/index.ts";
import { fixture } from "../../support/paths.ts";
import { readFixture } from "./reference.ts";

const load = (name: string): Promise<PreTrainedTokenizer> =>
  AutoTokenizer.fromPretrained(fixture("tokenizers", name));

interface Case {
  tokenizer: string;
  truncation_side?: Side;
  args: [string | string[], (string | string[])?];
  kwargs: Record<string, unknown>;
  result?: Record<string, number[] | number[][]>;
  error?: string;
}

const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

const inCamelCase = (object: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [camel(key), value as unknown]));

describe("a tokenizer's call", () => {
  for (const { tokenizer: name, truncation_side, args, kwargs, result, error } of (
    readFixture("calls.json") as {
      cases: Case[];
    }
  ).cases) {
    const [texts, pairs] = args;
    it(`is the reference's when ${name} gets ${JSON.stringify(args).length} characters and ${JSON.stringify(kwargs)}`, async () => {
      const tokenizer = await load(name);
      if (truncation_side) tokenizer.truncationSide = truncation_side;
      const options = { ...inCamelCase(kwargs), ...(pairs === undefined ? {} : { textPair: pairs }) };
      const call = tokenizer as unknown as (texts: unknown, options: unknown) => Record<string, unknown>;
      if (error !== undefined) {
        assert.throws(() => call(texts, options), { code: "E_CONFIG", message: /Cannot truncate/ });
        return;
      }
      const expected = inCamelCase(result!);
      // transformers gives the length of one text as a list.
      if (typeof texts === "string" && "length" in expected)
        expected["length"] = (expected["length"] as number[])[0];
      // transformers gives token types for every tokenizer; here they are for those whose model takes them.
      const actual = call(texts, { ...options, returnTokenTypeIds: "tokenTypeIds" in expected });
      // The texts are ASCII, so that offsets are the same in code points and in UTF-16 units.
      assert.deepEqual(actual, expected);
    });
  }
});

describe("rows of what is cut off", () => {
  interface Overflow {
    tokenizer: string;
    side: Side;
    stride: number;
    strategy: "longest_first" | "only_second";
    max_length: number;
    texts: [string, string?];
    input_ids: number[][];
    offset_mapping: number[][][];
  }

  // Made with tokenizers 0.22.2: release 0.23.2 stops reading a text soon after maxLength and loses all further rows.
  for (const overflow of (readFixture("overflow.json") as { cases: Overflow[] }).cases) {
    const { tokenizer: name, side, stride, strategy, texts } = overflow;
    it(`are the reference's when ${name} cuts ${texts.length} texts on the ${side} with stride ${stride}`, async () => {
      const tokenizer = await load(name);
      const [text, textPair] = texts;
      const { inputIds, offsetMapping, overflowToSampleMapping } = tokenizer(text, {
        ...(textPair === undefined ? {} : { textPair }),
        truncation: strategy,
        truncationSide: side,
        maxLength: overflow.max_length,
        stride,
        returnOverflowingTokens: true,
        returnOffsetsMapping: true,
      });
      assert.deepEqual(inputIds, overflow.input_ids);
      assert.deepEqual(offsetMapping, overflow.offset_mapping);
      assert.deepEqual(
        overflowToSampleMapping,
        inputIds.map(() => 0),
      );
    });
  }

  it("say which text they are of when there are several", async () => {
    const tokenizer = await load("wordpiece-bert");
    const { inputIds, overflowToSampleMapping } = tokenizer(["a", "the quick brown fox"], {
      truncation: true,
      maxLength: 7,
      padding: true,
      returnOverflowingTokens: true,
    });
    assert.equal(overflowToSampleMapping[0], 0);
    assert.ok(
      overflowToSampleMapping.length > 2 && overflowToSampleMapping.slice(1).every((sample) => sample === 1),
    );
    assert.ok(inputIds.every((row) => row.length === 7));
  });
});

describe("tokens that are added", () => {
  interface Added {
    tokenizer: string;
    steps: (
      { add: string[]; special: boolean; count: number } | { roles: Record<string, string>; count: number }
    )[];
    pad_token_id: number;
    length: number;
    text: string;
    ids: number[];
    tokens: Record<string, number>;
    decoded: string;
  }

  for (const added of (readFixture("added.json") as { cases: Added[] }).cases) {
    it(`get the reference's ids and cut texts as there when the tokenizer is ${added.tokenizer}`, async () => {
      const tokenizer = await load(added.tokenizer);
      for (const step of added.steps) {
        const count =
          "add" in step
            ? tokenizer.addTokens(step.add, { special: step.special })
            : tokenizer.addSpecialTokens(inCamelCase(step.roles));
        assert.equal(count, step.count);
      }
      assert.equal(tokenizer.vocabSize, added.length);
      assert.equal(tokenizer.padTokenId, added.pad_token_id);
      for (const [token, id] of Object.entries(added.tokens))
        assert.equal(tokenizer.convertTokensToIds(token), id);
      const ids = tokenizer.encode(added.text, { addSpecialTokens: false, allowSpecial: true });
      assert.deepEqual(ids, added.ids);
      assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), added.decoded);
    });
  }

  it("stay text in what users write when they are special", async () => {
    const tokenizer = await load("bytelevel-gpt2");
    tokenizer.addTokens("<|note|>", { special: true });
    const id = tokenizer.convertTokensToIds("<|note|>");
    assert.ok(!tokenizer.encode("a <|note|>").includes(id));
    assert.ok(tokenizer.encode("a <|note|>", { allowSpecial: true }).includes(id));
    assert.equal(tokenizer.decode(tokenizer.encode("a <|note|>")), "a <|note|>");
  });

  it("are refused when they have no text or a role that there is not", async () => {
    const tokenizer = await load("bytelevel-gpt2");
    assert.throws(() => tokenizer.addTokens(""), { code: "E_CONFIG" });
    assert.throws(() => tokenizer.addTokens([7 as unknown as string]), TypeError);
    assert.throws(() => tokenizer.addSpecialTokens({ padTocken: "<p>" } as object), {
      code: "E_CONFIG",
      message: /padTocken; allowed: bosToken/,
    });
    assert.throws(() => (tokenizer.padToken = "<nothing>"), {
      code: "E_TOKENIZER",
      message: /addSpecialTokens/,
    });
  });
});

describe("a tokenizer's settings", () => {
  it("choose side and pad token when a call does not", async () => {
    const tokenizer = await load("llama2-bytefallback");
    assert.throws(() => tokenizer(["a", "a b"], { padding: true }), {
      code: "E_TOKENIZER",
      message: /padToken/,
    });
    tokenizer.padToken = tokenizer.eosToken;
    tokenizer.paddingSide = "left";
    const { inputIds, attentionMask } = tokenizer(["a", "a b"], { padding: true });
    assert.equal(inputIds[0]![0], tokenizer.eosTokenId);
    assert.equal(attentionMask[0]![0], 0);
    assert.throws(() => (tokenizer.paddingSide = "middle" as Side), {
      code: "E_CONFIG",
      message: /"middle" as paddingSide; allowed: "left", "right"/,
    });
  });

  it("leave the question and take the context's tokens when sequence ids are asked for", async () => {
    const tokenizer = await load("wordpiece-bert");
    const context = "the fox jumps";
    const { inputIds, sequenceIds, offsetMapping } = tokenizer("who?", {
      textPair: context,
      returnSequenceIds: true,
      returnOffsetsMapping: true,
      padding: "max_length",
      maxLength: 24,
    });
    assert.deepEqual([sequenceIds[0], sequenceIds.at(-1), sequenceIds.length], [null, null, inputIds.length]);
    const spans = offsetMapping.filter((_, index) => sequenceIds[index] === 1);
    assert.deepEqual(spans.map(([start, end]) => context.slice(start, end)).join(""), "thefoxjumps");
  });

  it("leave a byte order mark in the text, which is a character like any other", async () => {
    for (const name of ["llama2-bytefallback", "bytelevel-gpt2"]) {
      const tokenizer = await load(name);
      const text = tokenizer.decode(tokenizer.encode("a \uFEFF b"), { skipSpecialTokens: true });
      assert.equal(text, "a \uFEFF b", name);
    }
  });

  it("are kept by pad, which pads every list of a row", async () => {
    const tokenizer = await load("wordpiece-bert");
    const rows = [
      { inputIds: [5, 6], tokenTypeIds: [0, 1], specialTokensMask: [0, 0], name: "a" },
      { inputIds: [7], tokenTypeIds: [1], specialTokensMask: [0], name: "b" },
    ];
    const padded = tokenizer.pad(rows, { padToMultipleOf: 4 });
    assert.deepEqual(padded[1], {
      inputIds: [7, 0, 0, 0],
      attentionMask: [1, 0, 0, 0],
      tokenTypeIds: [1, 0, 0, 0],
      specialTokensMask: [0, 1, 1, 1],
      name: "b",
    });
    assert.deepEqual(rows[1]!.inputIds, [7]);
  });

  it("are refused when a length or stride is impossible", async () => {
    const tokenizer = await load("wordpiece-bert");
    const wrong: [CallOptions, RegExp][] = [
      [{ truncation: true, maxLength: 1 }, /the special tokens alone are 2/],
      [{ truncation: true, maxLength: 1.5 }, /maxLength 1.5/],
      [{ truncation: true, maxLength: 6, stride: 4, returnOverflowingTokens: true }, /stride of 4/],
      [{ truncation: true, maxLength: 6, stride: -1 }, /stride -1/],
      [{ padding: true, padToMultipleOf: 0 }, /padToMultipleOf 0/],
      [{ padding: true, padToMultipleOf: 4, truncation: true, maxLength: 6 }, /6 tokens .* multiple of 4/],
      [{ padding: "short" as "longest" }, /"short" as padding; allowed: true, false, "longest"/],
      [{ truncation: "both" as "only_first", maxLength: 4 }, /"both" as truncation; allowed/],
      [{ truncation: true, maxLength: 4, truncationSide: "top" as Side }, /"top" as truncationSide/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => tokenizer("one two three four five", options), { code: "E_CONFIG", message });
    }
    assert.throws(
      () =>
        tokenizer([["a b c", "d e f"]], { truncation: true, maxLength: 6, returnOverflowingTokens: true }),
      { code: "E_CONFIG", message: /only_first/ },
    );
    assert.throws(() => tokenizer(["a", "b"], { textPair: ["c"] }), {
      code: "E_CONFIG",
      message: /2 texts and 1/,
    });
    assert.throws(() => tokenizer(7 as unknown as string), TypeError);
  });
});
