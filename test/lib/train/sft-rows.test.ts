/** Rows of supervised fine-tuning: which are read and how, and which are refused. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import { setBackend } from "../../../lib/tensor/index.ts";
import { SFTConfig, SFTTrainer, type SFTConfigOptions, type SFTTokenizer } from "../../../lib/train/index.ts";
import { chatmlTokenizer } from "../../support/chatml.ts";
import { fixture } from "../../support/paths.ts";
import { preparedRows } from "../../support/sft.ts";

describe("SFT rows", () => {
  let plain: SFTTokenizer;
  before(async () => {
    await setBackend("wasm");
    plain = await chatmlTokenizer({ marked: false });
  });
  const prepare = (
    rows: Iterable<unknown>,
    options: SFTConfigOptions = {},
    tokenizer: SFTTokenizer = plain,
  ) => {
    const config = new SFTConfig(options);
    return preparedRows(rows, { tokenizer, config, packing: config.packing });
  };
  const secret = "Mr Smith";

  it("may name the fields of messages as ShareGPT does", () => {
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Yes" },
    ];
    const conversations = messages.map(({ role, content }) => ({ from: role, value: content }));
    assert.deepEqual(prepare([{ conversations }]).rows, prepare([{ messages }]).rows);
  });

  it("may have messages of parts, as the templates of chat models do", () => {
    const rowOf = (content: string | { type: string; text: string }[]) => ({
      messages: [
        { role: "user", content },
        { role: "assistant", content: null },
      ],
    });
    const parts = ["How ", "long?"].map((text) => ({ type: "text", text }));
    assert.deepEqual(prepare([rowOf(parts)]).rows, prepare([rowOf("How long?")]).rows);
    assert.throws(() => prepare([{ messages: [{ role: "user", content: ["Hi"] }] }]), { code: "E_DATASET" });
  });

  it("are refused with their number and fields and without their content when they are of no format", () => {
    for (const [row, message] of [
      [{ prompt: secret }, /row 1 .*prompt.*It has prompt/],
      [{ prompt: secret, completion: [{ role: "user", content: secret }] }, /row 1/],
      [{ messages: [{ role: "user", content: 3 }] }, /row 1 .*It has messages/],
      [{ messages: [] }, /row 1/],
      [{ inputIds: [1, 2], labels: [1] }, /row 1 .*"labels" must be a list of whole numbers/],
      [null, /row 1 .*must be an object/],
    ] as const) {
      assert.throws(
        () => prepare([{ text: "ok" }, row]),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "E_DATASET");
          assert.match(error.message, message);
          assert.ok(!error.message.includes(secret));
          return true;
        },
      );
    }
  });

  it("are refused when a setting needs another format", () => {
    assert.throws(() => prepare([{ text: "a" }], { assistantOnlyLoss: true }), {
      code: "E_DATASET",
      message: /assistantOnlyLoss true on row 0/,
    });
    assert.throws(() => prepare([{ text: "a" }], { completionOnlyLoss: true }), {
      code: "E_DATASET",
      message: /completionOnlyLoss true on row 0/,
    });
    const silent = { messages: [{ role: "user", content: "Hi" }] };
    assert.throws(() => prepare([silent], { assistantOnlyLoss: true }), {
      code: "E_DATASET",
      message: /role "assistant"/,
    });
  });

  it("need a chat template for messages, and one that adds message to message for assistantOnlyLoss", () => {
    const rows = [
      {
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "Yes" },
        ],
      },
    ];
    const bare: SFTTokenizer = { encode: () => [1], eosTokenId: 2, padTokenId: 0 };
    assert.throws(() => prepare(rows, {}, bare), { code: "E_TOKENIZER", message: /no applyChatTemplate/ });
    // Such a template says how many messages there are before the first one.
    const counting: SFTTokenizer = {
      ...bare,
      applyChatTemplate: (messages) => ({
        inputIds: [messages.length, ...messages.flatMap(({ content }) => [7, content?.length ?? 0])],
      }),
    };
    assert.throws(() => prepare(rows, { assistantOnlyLoss: true }, counting), {
      code: "E_TOKENIZER",
      message: /message 1 changes .*generation/,
    });
  });

  it("hand chat template and tools to the tokenizer", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-template-"));
    try {
      const file = path.join(folder, "chat_template.jinja");
      fs.writeFileSync(file, "{{ messages }}");
      const seen: object[] = [];
      const tokenizer: SFTTokenizer = {
        ...{ encode: () => [1], eosTokenId: 2, padTokenId: 0 },
        applyChatTemplate: (_, options) => {
          seen.push(options);
          return { inputIds: [5, 6] };
        },
      };
      const tools = [{ name: "look" }];
      const rows = [{ messages: [{ role: "user", content: "Hi" }], tools }];
      for (const chatTemplatePath of [file, folder]) prepare(rows, { chatTemplatePath }, tokenizer);
      const call = { chatTemplate: "{{ messages }}", tools, tokenize: true, returnDict: true };
      assert.deepEqual(seen, [call, call]);
      assert.throws(() => prepare(rows, { chatTemplatePath: path.join(folder, "no.jinja") }, tokenizer), {
        code: "E_CONFIG",
        message: /no such file/,
      });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("are ended once by tokenizers that end every text themselves", () => {
    const ending: SFTTokenizer = {
      encode: (text, { addSpecialTokens = true } = {}) => [
        ...Array.from(text, (character) => character.charCodeAt(0)),
        ...(addSpecialTokens ? [1] : []),
      ],
      ...{ eosTokenId: 1, padTokenId: 0 },
    };
    const { rows } = prepare([{ text: "ab" }, { prompt: "a", completion: "b" }], {}, ending);
    assert.deepEqual(rows, [
      { inputIds: [97, 98, 1], labels: [97, 98, 1] },
      { inputIds: [97, 98, 1], labels: [-100, 98, 1] },
    ]);
  });

  it("are shuffled by the seed when shuffleDataset is set", () => {
    const rows = Array.from({ length: 9 }, (_, row) => ({ inputIds: [row, row] }));
    const orderOf = (seed: number) =>
      prepare(rows, { shuffleDataset: true, seed }).rows.map(({ inputIds }) => inputIds[0]);
    assert.deepEqual(orderOf(1), orderOf(1));
    assert.notDeepEqual(orderOf(1), orderOf(2));
    assert.deepEqual(orderOf(1).toSorted(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("of another form are made by formattingFunc, which the types ask for", async () => {
    const model = await AutoModelForCausalLM.fromPretrained(fixture("sft", "model"));
    const args = new SFTConfig({ maxSteps: 1, perDeviceTrainBatchSize: 1 });
    const notes = [{ note: "Pt well", task: "Summarise" }];
    const parts = { model, tokenizer: plain, args, trainDataset: notes };
    // @ts-expect-error rows of notes need a formattingFunc
    assert.throws(() => new SFTTrainer(parts), { code: "E_DATASET" });
    const trainer = new SFTTrainer({ ...parts, formattingFunc: ({ note, task }) => `${task}: ${note}` });
    assert.equal((await trainer.train()).globalStep, 1);
    const fielded = new SFTTrainer({
      ...{ model, tokenizer: plain, trainDataset: notes },
      args: new SFTConfig({ maxSteps: 1, perDeviceTrainBatchSize: 1, datasetTextField: "note" }),
    });
    assert.equal((await fielded.train()).globalStep, 1);
    model.root.dispose();
  });
});

describe("SFTConfig", () => {
  it("refuses settings outside their range, and packing without maxLength", () => {
    for (const options of [
      { maxLength: 1 },
      { maxLength: 2.5 },
      { packing: true, maxLength: null },
      { evalPacking: true, maxLength: null },
      { packingStrategy: "tight" },
      { truncationMode: "middle" },
      { padToMultipleOf: 0 },
      { datasetTextField: "" },
    ]) {
      assert.throws(() => new SFTConfig(options as SFTConfigOptions), { code: "E_CONFIG" });
    }
  });
});
