/** maskView() says of each token whether it is trained, read or padding, of rows, packed rows and batches. */
import assert from "node:assert/strict";
import { collate, packDataset, type TokenizedRow } from "../../../lib/data/index.ts";
import { AutoTokenizer, type PreTrainedTokenizer } from "../../../lib/tokenizer/index.ts";
import { maskView, SFTConfig, tokenizeSFTRow, type MaskView } from "../../../lib/train/index.ts";
import { displaySymbol } from "../../../lib/viz/index.ts";
import { fixture } from "../../support/paths.ts";

describe("maskView()", () => {
  let tokenizer: PreTrainedTokenizer;
  let rows: TokenizedRow[];
  before(async () => {
    tokenizer = await AutoTokenizer.fromPretrained(fixture("tokenizers", "qwen2-nfc"));
    rows = [
      { prompt: "Is it free?\n", completion: "Yes <b>" },
      { prompt: "A copy:", completion: " No" },
    ].map((row) => tokenizeSFTRow(row, tokenizer, new SFTConfig()));
  });

  const joined = (view: MaskView, role: string): string =>
    view.texts
      .map(({ tokens }) => tokens.filter((token) => token.role === role).map(({ text }) => text))
      .flat()
      .join("");

  it("parts a row into what is read and what is trained", () => {
    const view = maskView(rows[0]!, tokenizer);
    assert.equal(joined(view, "read"), "Is it free?↵");
    assert.equal(joined(view, "trained"), "Yes <b><|im_end|>");
    assert.equal(joined(view, "padding"), "");
    assert.equal(view.counts.tokens, rows[0]!.inputIds.length);
    assert.deepEqual(
      view.texts[0]!.tokens.map(({ id }) => id),
      rows[0]!.inputIds,
    );
    const lines = view.toString().split("\n");
    assert.match(lines[0]!, /^\d+ of \d+ tokens trained$/);
    assert.match(lines[1]!, /^ {2}read {5}I│?s/);
    assert.match(lines[2]!, /^ {2}trained {2}Y.*│<\|im_end\|>$/);
    assert.equal(lines.length, 3);
  });

  it("never calls the first token of a text trained, since nothing predicts it", () => {
    const inputIds = tokenizer.encode("the work");
    const { texts } = maskView({ inputIds, labels: inputIds }, tokenizer);
    assert.deepEqual(
      texts[0]!.tokens.map(({ role }) => role),
      inputIds.map((_, at) => (at === 0 ? "read" : "trained")),
    );
  });

  it("shows the padding of a batch, on either side, and of packed rows", () => {
    const fill = 640;
    const padded = rows[1]!.inputIds.length < rows[0]!.inputIds.length ? 1 : 0;
    for (const paddingSide of ["left", "right"] as const) {
      const view = maskView(collate(rows, fill, { paddingSide }), tokenizer);
      assert.equal(view.texts.length, 2);
      const filling = view.texts[padded]!.tokens.filter(({ role }) => role === "padding");
      assert.equal(filling.length, Math.abs(rows[0]!.inputIds.length - rows[1]!.inputIds.length));
      assert.equal(view.counts.tokens, rows[0]!.inputIds.length + rows[1]!.inputIds.length);
      assert.equal(joined(view, "trained"), "Yes <b><|im_end|> No<|im_end|>");
    }
    const packed = maskView(collate(packDataset(rows, 64), fill, { padToMultipleOf: 64 }), tokenizer);
    assert.equal(packed.texts.length, 2);
    assert.equal(packed.counts.tokens, rows[0]!.inputIds.length + rows[1]!.inputIds.length);
    assert.match(packed.toString(), /^row 0, text 0$/m);
    assert.match(packed.toString(), /^row 0, text 1$/m);
  });

  it("escapes the tokens in HTML, which it shows in a notebook with the text beside it", () => {
    const view = maskView(rows[0]!, tokenizer);
    const bundle = view[displaySymbol]();
    assert.equal(bundle["text/html"], view.toHtml());
    assert.equal(bundle["text/plain"], view.toString());
    assert.doesNotMatch(view.toHtml(), /<b>(?!row)/);
    assert.match(view.toHtml(), /&lt;\|im_end\|&gt;/);
    assert.equal(view.toHtml().match(/<span title=/g)!.length, rows[0]!.inputIds.length);
  });

  it("shows colours only when asked, no control characters, and parts of characters as the vocabulary spells them", () => {
    const inputIds = tokenizer.encode("a\u001b[2Jb 😀");
    const view = maskView({ inputIds, labels: inputIds }, tokenizer);
    assert.doesNotMatch(view.toString(), /\u001b/);
    assert.match(view.toString({ color: true }), /\u001b\[1;34m/);
    assert.ok(view.texts[0]!.tokens.every(({ text }) => text !== ""));
  });

  it("shows eight rows unless it is told otherwise, and counts all", () => {
    const many = Array.from({ length: 12 }, () => rows[1]!);
    assert.equal(maskView(many, tokenizer).texts.length, 8);
    assert.match(maskView(many, tokenizer).toString(), /8 of 12 rows shown/);
    assert.equal(maskView(many, tokenizer).counts.tokens, 12 * rows[1]!.inputIds.length);
    assert.equal(maskView(many, tokenizer, { maxRows: 2 }).texts.length, 2);
    assert.throws(() => maskView(many, tokenizer, { maxRows: 0 }), RangeError);
  });
});
