/** Malformed tokenizer files are refused at the border with the path of what is wrong. */
import assert from "node:assert/strict";
import path from "node:path";
import { AutoTokenizer, Tokenizer, trainBpe } from "../../../lib/tokenizer/index.ts";
import { fixture } from "../../support/paths.ts";

const good = trainBpe(["low lower lowest"], { vocabSize: 260, specialTokens: ["<|endoftext|>"] });

describe("Tokenizer.fromJson", () => {
  const malformed: [name: string, json: unknown, message: RegExp][] = [
    ["the file is an array", [], /tokenizer\.json is an array/],
    ["the model is missing", { ...good, model: undefined }, /model is undefined/],
    ["the model is unknown", { ...good, model: { ...good.model, type: "X" } }, /model\.type/],
    ["the vocabulary is empty", { ...good, model: { ...good.model, vocab: {} } }, /model\.vocab is empty/],
    ["an id is fractional", withVocab({ a: 1.5 }), /model\.vocab\["a"\] is 1\.5/],
    ["an id is negative", withVocab({ a: -1 }), /is -1/],
    ["an id is huge", withVocab({ a: 2 ** 40 }), /an id must be a whole number/],
    ["an id is used twice", withVocab({ a: 0, b: 0 }), /which another token has/],
    [
      "a merge makes no token",
      { ...good, model: { ...good.model, merges: [["q", "z"]] } },
      /model\.merges\[0\]/,
    ],
    ["an added token has no text", { ...good, added_tokens: [{ id: 1 }] }, /added_tokens\[0\]\.content/],
    ["a stage is unknown", { ...good, decoder: { type: "Nothing" } }, /Unknown Decoder/],
  ];
  for (const [name, json, message] of malformed) {
    it(`is refused with a coded error when ${name}`, () => {
      assert.throws(() => Tokenizer.fromJson(json), { code: "E_TOKENIZER", message });
    });
  }

  it("takes a token named like a property of objects when the vocabulary has one", () => {
    const json = { ...good, added_tokens: [...good.added_tokens, { id: 900, content: "constructor" }] };
    const tokenizer = Tokenizer.fromJson(json);
    assert.deepEqual(tokenizer.encode("constructor"), [900]);
    assert.throws(() => tokenizer.convertTokensToIds(["toString"]), { code: "E_TOKENIZER" });
  });

  it("is refused when the configuration names a token that the vocabulary does not have", () => {
    assert.throws(() => Tokenizer.fromJson(good, { eos_token: "</s>" }), {
      code: "E_TOKENIZER",
      message: /eos_token/,
    });
  });

  it("keeps the space before punctuation when the configuration is silent", () => {
    const tokenizer = Tokenizer.fromJson(good);
    assert.equal(tokenizer.decode(tokenizer.encode("low !")), "low !");
  });

  it("cannot pad when there is no pad token", () => {
    assert.throws(() => Tokenizer.fromJson(good).encodeBatch(["a", "low low"], { padding: true }), {
      code: "E_TOKENIZER",
      message: /no pad token/,
    });
  });
});

describe("AutoTokenizer", () => {
  it("is refused with a coded error when the folder has no tokenizer", async () => {
    await assert.rejects(AutoTokenizer.fromPretrained(path.join(fixture("tokenizers"), "none")), {
      code: "E_TOKENIZER",
    });
  });
});

function withVocab(vocab: Record<string, number>): unknown {
  return { ...good, model: { ...good.model, vocab, merges: [] } };
}
