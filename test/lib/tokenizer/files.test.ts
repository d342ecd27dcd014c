/** A tokenizer's files: what is read of them, what is written, and what is refused. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { AutoTokenizer, Tokenizer } from "../../../lib/tokenizer/index.ts";
import { fixture } from "../../support/paths.ts";
import { readFixture, tokenizerNames } from "./reference.ts";

describe("a tokenizer's files", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tokenizer-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });
  const write = (name: string, content: unknown): void => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  };
  const json = (): Record<string, unknown> =>
    readFixture("qwen2-nfc", "tokenizer.json") as Record<string, unknown>;

  for (const name of tokenizerNames) {
    it(`give the same tokenizer again when ${name} is saved and loaded`, async () => {
      const tokenizer = await AutoTokenizer.fromPretrained(fixture("tokenizers", name));
      tokenizer.addSpecialTokens({ padToken: "<|fill|>" });
      tokenizer.addTokens({ content: "<drug>", lstrip: true, singleWord: true });
      tokenizer.paddingSide = "left";
      tokenizer.modelMaxLength = 77;
      tokenizer.chatTemplate = "{{ messages[0].content }}";
      tokenizer.chatTemplates["tool_use"] = "tools é";
      await tokenizer.savePretrained(folder);
      const again = await AutoTokenizer.fromPretrained(folder);
      for (const text of ["Naïve 日本 <drug> x<drug>y </s><|fill|> ", ""]) {
        assert.deepEqual(again.encode(text), tokenizer.encode(text));
        assert.deepEqual(
          again.encode(text, { allowSpecial: true }),
          tokenizer.encode(text, { allowSpecial: true }),
        );
      }
      assert.deepEqual(again.getVocab(), tokenizer.getVocab());
      assert.deepEqual(again.specialTokensMap, tokenizer.specialTokensMap);
      assert.deepEqual(again.chatTemplates, tokenizer.chatTemplates);
      assert.deepEqual([again.paddingSide, again.modelMaxLength, again.padToken], ["left", 77, "<|fill|>"]);
      assert.deepEqual(fs.readdirSync(folder).sort(), [
        "additional_chat_templates",
        "chat_template.jinja",
        "tokenizer.json",
        "tokenizer_config.json",
      ]);
      const config = JSON.parse(
        fs.readFileSync(path.join(folder, "tokenizer_config.json"), "utf8"),
      ) as object;
      assert.ok(!("chat_template" in config));
    });
  }

  it("lose a chat template when the tokenizer has lost it", async () => {
    const tokenizer = Tokenizer.fromJson(json(), { chat_template: "a" });
    await tokenizer.savePretrained(folder);
    tokenizer.chatTemplate = undefined;
    await tokenizer.savePretrained(folder);
    assert.equal((await AutoTokenizer.fromPretrained(folder)).chatTemplate, undefined);
  });

  it("are found when the path is that of a tokenizer.json", async () => {
    write("my.json", json());
    write("tokenizer_config.json", { eos_token: "<|im_end|>" });
    const tokenizer = await AutoTokenizer.fromPretrained(path.join(folder, "my.json"));
    assert.equal(tokenizer.eosToken, "<|im_end|>");
  });

  it("name chat templates in each of transformers' ways", async () => {
    const named = [
      { name: "default", template: "one" },
      { name: "rag", template: "two" },
    ];
    assert.deepEqual(Tokenizer.fromJson(json(), { chat_template: "one" }).chatTemplates, { default: "one" });
    assert.deepEqual(Tokenizer.fromJson(json(), { chat_template: named }).chatTemplates, {
      default: "one",
      rag: "two",
    });
    write("tokenizer.json", json());
    write("tokenizer_config.json", { chat_template: "old" });
    write("chat_template.jinja", "new");
    write("additional_chat_templates/tool_use.jinja", "tools");
    const { chatTemplates } = await AutoTokenizer.fromPretrained(folder);
    assert.deepEqual(chatTemplates, { default: "new", tool_use: "tools" });
  });

  it("give roles, sides, limits and further tokens by every name that transformers has written", async () => {
    write("tokenizer.json", json());
    write("special_tokens_map.json", { eos_token: { content: "<|im_end|>" }, pad_token: "<|im_end|>" });
    write("tokenizer_config.json", {
      pad_token: "<|endoftext|>",
      padding_side: "left",
      truncation_side: "left",
      model_max_length: 1e30,
      clean_up_tokenization_spaces: true,
      model_input_names: ["input_ids", "token_type_ids"],
      extra_special_tokens: ["<|im_start|>"],
      added_tokens_decoder: {
        "640": { content: "<|endoftext|>", special: true },
        "643": { content: "<|box|>", special: true },
      },
    });
    const tokenizer = await AutoTokenizer.fromPretrained(folder);
    assert.deepEqual(tokenizer.specialTokensMap, { eosToken: "<|im_end|>", padToken: "<|endoftext|>" });
    assert.deepEqual([tokenizer.paddingSide, tokenizer.truncationSide], ["left", "left"]);
    assert.equal(tokenizer.modelMaxLength, undefined);
    assert.deepEqual(tokenizer.encode("<|box|>", { allowSpecial: true }), [643]);
    assert.deepEqual(
      tokenizer("ab").tokenTypeIds,
      tokenizer("ab").inputIds.map(() => 0),
    );
    // BPE spells spaces itself, so that transformers 5 does not heed the file either.
    assert.equal(tokenizer.decode(tokenizer.encode("a .")), "a .");
    assert.equal(tokenizer.decode(tokenizer.encode("a ."), { cleanUpTokenizationSpaces: true }), "a.");
    const chatTemplate = "{{ additional_special_tokens[0] }}{{ eos_token }}";
    assert.equal(
      tokenizer.applyChatTemplate([{ role: "user", content: "" }], { chatTemplate, tokenize: false }),
      "<|im_start|><|im_end|>",
    );
  });

  it("make a role's token special where tokenizer.json forgot to, but not a word", () => {
    const forgetful = { ...(readFixture("unigram-t5", "tokenizer.json") as object), added_tokens: [] };
    const tokenizer = Tokenizer.fromJson(forgetful, { eos_token: "</s>", pad_token: "and" });
    assert.deepEqual(tokenizer.allSpecialTokens, ["</s>"]);
    assert.ok(!tokenizer.encode("a </s>", { addSpecialTokens: false }).includes(tokenizer.eosTokenId!));
    assert.ok(tokenizer.encode("a </s>", { addSpecialTokens: false, allowSpecial: true }).includes(1));
    assert.ok(tokenizer.padTokenId !== undefined);
  });

  const wrong: [name: string, config: Record<string, unknown>, message: RegExp][] = [
    ["a side is no side", { padding_side: "middle" }, /padding_side must be "left" or "right"/],
    ["a template is a number", { chat_template: 7 }, /chat_template is 7/],
    ["a named template has no text", { chat_template: [{ name: "a" }] }, /chat_template\[0\] must have/],
    ["a role is a number", { eos_token: 7 }, /eos_token is 7/],
    [
      "an added token has a wrong id",
      { added_tokens_decoder: { x: { content: "a" } } },
      /added_tokens_decoder\["x"\]/,
    ],
    ["an added token has no text", { added_tokens_decoder: { "9": {} } }, /\["9"\].content must be/],
  ];
  for (const [name, config, message] of wrong) {
    it(`are refused with the path of what is wrong when ${name}`, () => {
      assert.throws(() => Tokenizer.fromJson(json(), config), { code: "E_TOKENIZER", message });
    });
  }

  it("are refused when they are no objects, or are those of a slow tokenizer", async () => {
    write("tokenizer.model", "");
    await assert.rejects(AutoTokenizer.fromPretrained(folder), {
      code: "E_TOKENIZER",
      message: /tokenizer\.model; load/,
    });
    write("tokenizer.json", json());
    write("tokenizer_config.json", []);
    await assert.rejects(AutoTokenizer.fromPretrained(folder), {
      code: "E_TOKENIZER",
      message: /must hold an object/,
    });
    write("tokenizer_config.json", "{");
    await assert.rejects(AutoTokenizer.fromPretrained(folder), {
      code: "E_TOKENIZER",
      message: /not valid JSON/,
    });
  });

  it("stay in their folder when a template's name would lead out of it", async () => {
    const tokenizer = Tokenizer.fromJson(json());
    for (const name of ["../evil", "a/b", "..", ""]) {
      tokenizer.chatTemplates = { [name]: "x" };
      await assert.rejects(async () => tokenizer.savePretrained(folder), {
        code: "E_CONFIG",
        message: /Cannot save/,
      });
    }
    assert.deepEqual(fs.readdirSync(folder), []);
  });

  it("are refused with a coded error when they cannot be written", async () => {
    write("file", "");
    await assert.rejects(async () => Tokenizer.fromJson(json()).savePretrained(path.join(folder, "file")), {
      code: "E_SAVE",
    });
  });
});
