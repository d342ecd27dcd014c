/** What compiles of a tokenizer's calls, and what does not. */
import assert from "node:assert/strict";
import {
  AutoTokenizer,
  type BatchChatEncoding,
  type ChatEncoding,
  type PreTrainedTokenizer,
  type Span,
} from "../../../lib/tokenizer/index.ts";
import type { PreferenceTokenizer, SFTTokenizer } from "../../../lib/train/index.ts";
import { fixture } from "../../support/paths.ts";

describe("a tokenizer's types", () => {
  let tokenizer: PreTrainedTokenizer;
  before(async () => {
    tokenizer = await AutoTokenizer.fromPretrained(fixture("tokenizers", "wordpiece-bert"));
  });

  it("tell rows from batches, and what was asked for from what was not", () => {
    const one: number[] = tokenizer("a").inputIds;
    const many: number[][] = tokenizer(["a", "b"]).inputIds;
    const spans: Span[] = tokenizer("a", { returnOffsetsMapping: true }).offsetMapping;
    const batchSpans: Span[][] = tokenizer(["a"], { returnOffsetsMapping: true }).offsetMapping;
    const samples: number[] = tokenizer("a", { returnOverflowingTokens: true }).overflowToSampleMapping;
    const types: number[] = tokenizer("a", { textPair: "b", returnTokenTypeIds: true }).tokenTypeIds;
    assert.ok([one, many, spans, batchSpans, samples, types].every(Array.isArray));
    // @ts-expect-error offsets are there only when they are asked for
    assert.equal(tokenizer("a").offsetMapping, undefined);
    // @ts-expect-error a batch has rows
    const wrong: number[] = tokenizer(["a"]).inputIds;
    assert.ok(Array.isArray(wrong[0]));
  });

  it("are what the trainers ask for", () => {
    const forAnswers: SFTTokenizer = tokenizer;
    const forPreferences: PreferenceTokenizer = tokenizer;
    assert.equal(forAnswers, forPreferences);
  });

  it("refuse options that there are not", () => {
    // @ts-expect-error a misspelt option
    tokenizer("a", { padding: true, paddingSight: "left" });
    // @ts-expect-error a misspelt property
    assert.throws(() => (Object.preventExtensions(tokenizer).paddingSight = "left"), TypeError);
    // @ts-expect-error a side is left or right
    assert.throws(() => tokenizer("a", { paddingSide: "middle" }), { code: "E_CONFIG" });
    // @ts-expect-error a batch of pairs needs a list of second texts
    assert.equal(tokenizer(["a"], { textPair: "b" }).inputIds.length, 1);
    // @ts-expect-error ids are numbers
    assert.throws(() => tokenizer.decode(["a"]), TypeError);
  });

  it("give text, ids or masks of a conversation as its options say", () => {
    const messages = [{ role: "user", content: "Hi" }];
    tokenizer.chatTemplate = "{% generation %}{{ messages[0].content }}{% endgeneration %}";
    const text: string = tokenizer.applyChatTemplate(messages, { tokenize: false });
    const texts: string[] = tokenizer.applyChatTemplate([messages], { tokenize: false });
    const ids: number[] = tokenizer.applyChatTemplate(messages);
    const rows: number[][] = tokenizer.applyChatTemplate([messages], { addGenerationPrompt: true });
    const dict: ChatEncoding = tokenizer.applyChatTemplate(messages, { returnDict: true });
    const masked = { returnDict: true, returnAssistantTokensMask: true } as const;
    const mask: number[] = tokenizer.applyChatTemplate(messages, masked).assistantMasks;
    const masks: BatchChatEncoding<typeof masked> = tokenizer.applyChatTemplate([messages], masked);
    assert.deepEqual([text, texts, ids, rows], ["Hi", ["Hi"], dict.inputIds, [dict.inputIds]]);
    assert.deepEqual(masks.assistantMasks, [mask]);
    // @ts-expect-error ids are no text
    const wrong: string = tokenizer.applyChatTemplate(messages);
    assert.ok(Array.isArray(wrong));
    // @ts-expect-error a message has a role
    assert.throws(() => tokenizer.applyChatTemplate([{ content: "Hi" }]), TypeError);
  });
});
