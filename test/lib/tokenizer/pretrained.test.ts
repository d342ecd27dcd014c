/** Encoding, decoding and batching against values computed with Hugging Face's tokenizers. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { AutoTokenizer, type BatchOptions } from "../../../lib/tokenizer/index.ts";
import { fixture, repositoryRoot } from "../../support/paths.ts";

interface Expected {
  cases: { text: string; ids: number[]; tokens: string[]; decoded: string; decoded_skip_special: string }[];
  batch: {
    padding_side: "left" | "right";
    truncation_side: "left" | "right";
    truncation: boolean;
    max_length: number | null;
    pad_to_multiple_of: number | null;
    texts: string[];
    input_ids: number[][];
    attention_mask: number[][];
  }[];
}

const folder = fixture("tokenizers/bytelevel-gpt2");
const expected = JSON.parse(await readFile(path.join(folder, "expected.json"), "utf8")) as Expected;
const reference = await AutoTokenizer.fromPretrained(folder);
const shipped = await AutoTokenizer.fromPretrained(path.join(repositoryRoot, "assets/intern"));

describe("PreTrainedTokenizer", () => {
  it("gives the reference's ids and tokens when special tokens are allowed", () => {
    for (const { text, ids, tokens } of expected.cases) {
      assert.deepEqual(reference.encode(text, { allowSpecial: true }), ids);
      assert.deepEqual(reference.tokenize(text, { allowSpecial: true }), tokens);
      assert.deepEqual(reference.convertTokensToIds(tokens), ids);
      assert.deepEqual(reference.convertIdsToTokens(ids), tokens);
    }
  });

  it("gives the reference's text when ids are decoded", () => {
    for (const { ids, decoded, decoded_skip_special } of expected.cases) {
      assert.equal(reference.decode(ids), decoded);
      assert.equal(reference.decode(ids, { skipSpecialTokens: true }), decoded_skip_special);
    }
  });

  it("gives the reference's batches when rows are padded and truncated on either side", () => {
    for (const batch of expected.batch) {
      const options: BatchOptions = {
        padding: true,
        truncation: batch.truncation,
        paddingSide: batch.padding_side,
        truncationSide: batch.truncation_side,
        ...(batch.max_length === null ? {} : { maxLength: batch.max_length }),
        ...(batch.pad_to_multiple_of === null ? {} : { padToMultipleOf: batch.pad_to_multiple_of }),
      };
      const { inputIds, attentionMask } = reference.encodeBatch(batch.texts, options);
      assert.deepEqual(inputIds, batch.input_ids);
      assert.deepEqual(attentionMask, batch.attention_mask);
    }
  });

  it("reads a special token's spelling as ordinary text when special tokens are not allowed", () => {
    const text = "note <|endoftext|> end <|pad|>";
    const ids = shipped.encode(text);
    assert.ok(!ids.includes(shipped.eosTokenId!) && !ids.includes(shipped.padTokenId!));
    assert.equal(shipped.decode(ids), text);
    assert.ok(shipped.encode(text, { allowSpecial: true }).includes(shipped.eosTokenId!));
  });

  it("reads half a surrogate pair as the replacement character", () => {
    assert.equal(shipped.decode(shipped.encode("a\ud83d b")), "a\uFFFD b");
  });

  it("knows the shipped vocabulary's size and special tokens", () => {
    assert.equal(shipped.vocabSize, 6144);
    assert.deepEqual([shipped.eosToken, shipped.eosTokenId], ["<|endoftext|>", 0]);
    assert.deepEqual([shipped.padToken, shipped.padTokenId], ["<|pad|>", 1]);
    assert.deepEqual([shipped.bosTokenId, shipped.modelMaxLength], [0, 768]);
  });

  it("pads to maxLength when padding is max_length", () => {
    const { inputIds, attentionMask } = shipped.encodeBatch(["Dx", ""], {
      padding: "max_length",
      maxLength: 4,
    });
    assert.deepEqual(
      inputIds.map((row) => row.length),
      [4, 4],
    );
    assert.deepEqual(attentionMask[1], [0, 0, 0, 0]);
    assert.deepEqual(inputIds[1], [1, 1, 1, 1]);
  });

  it("is refused with a coded error when an id, token or length is impossible", () => {
    assert.throws(() => shipped.decode([6144]), { code: "E_TOKENIZER", message: /id 6144/ });
    assert.throws(() => shipped.decode([-1]), { code: "E_TOKENIZER" });
    assert.throws(() => shipped.convertTokensToIds(["nothing like it"]), { code: "E_TOKENIZER" });
    assert.throws(() => shipped.encodeBatch(["a"], { truncation: true, maxLength: 0 }), { code: "E_CONFIG" });
  });

  it("encodes in about linear time when the text is one long word", () => {
    // Other processes may have the cores: what counts is the time that this one computed.
    const milliseconds = (length: number): number => {
      const start = process.cpuUsage();
      assert.ok(shipped.encode("a".repeat(length)).length > 0);
      return process.cpuUsage(start).user / 1000;
    };
    milliseconds(20_000);
    assert.ok(milliseconds(200_000) < 50 * Math.max(5, milliseconds(20_000)));
  });
});

describe("decodeStream", () => {
  it("gives the whole text in pieces without half a character when ids come one at a time", () => {
    for (const text of ["plain words", "日本語 🙂👍🏽 naïve", "Zażółć \uFFFD x", "🇰🇷"]) {
      const stream = shipped.decodeStream();
      const pieces = shipped.encode(text).map((id) => stream.push(id));
      const rest = stream.flush();
      assert.equal(pieces.join("") + rest, text);
      if (!text.includes("\uFFFD")) assert.ok(!pieces.some((piece) => piece.includes("\uFFFD")));
    }
  });

  it("tells an unfinished character only when it is flushed", () => {
    const stream = shipped.decodeStream();
    const [first] = shipped.encode("🙂");
    assert.equal(stream.push(first!), "");
    assert.equal(stream.flush(), "\uFFFD");
    assert.equal(stream.flush(), "");
  });

  it("leaves special tokens out when asked", () => {
    const stream = shipped.decodeStream({ skipSpecialTokens: true });
    const ids = [...shipped.encode("Dx: CAP"), shipped.eosTokenId!];
    assert.equal(ids.map((id) => stream.push(id)).join("") + stream.flush(), "Dx: CAP");
  });
});
