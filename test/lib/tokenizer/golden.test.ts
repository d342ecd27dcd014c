/** Seven kinds of tokenizer against what transformers and tokenizers made of the same texts. */
import assert from "node:assert/strict";
import {
  AutoTokenizer,
  Tokenizer,
  type CallOptions,
  type PreTrainedTokenizer,
} from "../../../lib/tokenizer/index.ts";
import { fixture } from "../../support/paths.ts";
import { inCodePoints, readFixture, tokenizerNames } from "./reference.ts";

interface Golden {
  cases: {
    text: string;
    ids: number[];
    ids_with_special: number[];
    tokens: string[];
    offsets: number[][];
    decoded: string;
    decoded_skip_special: string;
  }[];
  pairs?: { a: string; b: string; ids: number[]; type_ids: number[]; special_tokens_mask: number[] }[];
}

describe("tokenizers of the reference", () => {
  for (const name of tokenizerNames) {
    const golden = readFixture(name, "expected.json") as Golden;
    let tokenizer: PreTrainedTokenizer;
    before(async () => {
      tokenizer = await AutoTokenizer.fromPretrained(fixture("tokenizers", name));
    });

    it(`give the reference's ids, tokens and texts when the tokenizer is ${name}`, () => {
      for (const { text, ids, ids_with_special, tokens, decoded, decoded_skip_special } of golden.cases) {
        assert.deepEqual(tokenizer.encode(text, { allowSpecial: true, addSpecialTokens: false }), ids);
        assert.deepEqual(tokenizer.encode(text, { allowSpecial: true }), ids_with_special);
        assert.deepEqual(tokenizer.tokenize(text, { allowSpecial: true }), tokens);
        assert.equal(tokenizer.decode(ids), decoded);
        assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), decoded_skip_special);
      }
      assert.deepEqual(
        tokenizer.batchDecode(golden.cases.map(({ ids }) => ids)),
        golden.cases.map(({ decoded }) => decoded),
      );
    });

    it(`give the reference's offsets when the tokenizer is ${name}`, () => {
      for (const { text, offsets } of golden.cases) {
        const { offsetMapping } = tokenizer(text, {
          allowSpecial: true,
          addSpecialTokens: false,
          returnOffsetsMapping: true,
        });
        assert.deepEqual(inCodePoints(text, offsetMapping), offsets);
      }
    });

    it(`give the reference's pairs when the tokenizer is ${name}`, () => {
      for (const pair of golden.pairs ?? []) {
        const { inputIds, tokenTypeIds, specialTokensMask } = tokenizer(pair.a, {
          textPair: pair.b,
          returnTokenTypeIds: true,
          returnSpecialTokensMask: true,
        });
        assert.deepEqual(
          [inputIds, tokenTypeIds, specialTokensMask],
          [pair.ids, pair.type_ids, pair.special_tokens_mask],
        );
      }
    });

    it(`stream whole characters that make up the text when the tokenizer is ${name}`, () => {
      for (const { ids, decoded } of golden.cases) {
        const stream = tokenizer.decodeStream();
        const pieces = ids.map((id) => stream.push(id));
        assert.equal(pieces.join("") + stream.flush(), decoded);
        if (!decoded.includes("\uFFFD")) assert.ok(!pieces.some((piece) => piece.includes("\uFFFD")));
      }
    });
  }
});

interface Variant {
  name: string;
  base: string;
  patch: Record<string, unknown>;
  rows: { text: string; ids: number[]; offsets: number[][] }[];
  pair: { a: string; b: string; ids: number[]; type_ids: number[]; special_tokens_mask: number[] };
}

/** The base's tokenizer.json with stages replaced, settings of its model changed and tokens added. */
function patched({ base, patch }: Variant): Record<string, unknown> {
  const json = readFixture(base, "tokenizer.json") as Record<string, unknown>;
  const { model = {}, added_tokens: added = [], ...stages } = patch;
  return {
    ...json,
    ...stages,
    model: { ...(json["model"] as object), ...(model as object) },
    added_tokens: [...(json["added_tokens"] as object[]), ...(added as object[])],
  };
}

describe("stages of a tokenizer.json", () => {
  const options = { allowSpecial: true, returnOffsetsMapping: true } satisfies CallOptions;
  for (const variant of (readFixture("stages.json") as { variants: Variant[] }).variants) {
    it(`give the reference's ids and offsets when there are ${variant.name}`, () => {
      const tokenizer = Tokenizer.fromJson(patched(variant));
      for (const { text, ids, offsets } of variant.rows) {
        // JavaScript's trim takes a byte order mark for a blank; the reference does not.
        if (variant.name === "replacements" && text.includes("\uFEFF")) continue;
        const { inputIds, offsetMapping } = tokenizer(text, options);
        assert.deepEqual(inputIds, ids, text);
        assert.deepEqual(inCodePoints(text, offsetMapping), offsets, text);
      }
      const { a, b, ids, type_ids, special_tokens_mask } = variant.pair;
      const pair = tokenizer([[a, b]], {
        ...options,
        returnTokenTypeIds: true,
        returnSpecialTokensMask: true,
      });
      assert.deepEqual(
        [pair.inputIds, pair.tokenTypeIds, pair.specialTokensMask],
        [[ids], [type_ids], [special_tokens_mask]],
      );
    });
  }

  it("still differ from the reference when a strip meets a byte order mark", () => {
    const { rows, ...variant } = (readFixture("stages.json") as { variants: Variant[] }).variants.find(
      ({ name }) => name === "replacements",
    )!;
    const tokenizer = Tokenizer.fromJson(patched({ rows, ...variant }));
    assert.equal(tokenizer.encode("\uFEFFa").length, tokenizer.encode("a").length);
  });

  it("refuse offsets, not ids, when a stage rewrites the text at will", () => {
    const json = readFixture("unigram-t5", "tokenizer.json") as Record<string, unknown>;
    const normalizer = { type: "Replace", pattern: { Regex: "(?<=a)b" }, content: "ab" };
    const pre_tokenizer = { type: "Replace", pattern: { Regex: "a" }, content: "xyz" };
    const tokenizer = Tokenizer.fromJson({ ...json, normalizer, pre_tokenizer });
    assert.ok(tokenizer.encode("abab").length > 0);
    assert.throws(() => tokenizer("abab", { returnOffsetsMapping: true }), {
      code: "E_TOKENIZER",
      message: /pre-tokenizer of this tokenizer changes the text/,
    });
  });
});
