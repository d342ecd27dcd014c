/** Chat templates that never end, grow without bounds or reach for what is not theirs are refused in time. */
import assert from "node:assert/strict";
import { AutoTokenizer, type PreTrainedTokenizer } from "../../../lib/tokenizer/index.ts";
import { fixture } from "../../support/paths.ts";
import { processorTime } from "./reference.ts";

describe("a chat template that misbehaves", () => {
  let tokenizer: PreTrainedTokenizer;
  before(async () => {
    tokenizer = await AutoTokenizer.fromPretrained(fixture("tokenizers", "qwen2-nfc"));
  });
  const deep = (open: string, close: string): string => open.repeat(10_000) + close.repeat(10_000);
  const templates: [name: string, template: string, message: RegExp][] = [
    ["it has an unknown tag", "{% import 'x' %}", /Unknown statement type: import/],
    ["it ends in the middle", "{% for m in messages %}", /Cannot apply the chat template/],
    ["it nests ten thousand loops", deep("{% for m in messages %}", "{% endfor %}"), /characters|deeply/],
    ["it nests ten thousand brackets", `{{ ${deep("(", ")")} }}`, /nested too deeply/],
    ["it loops without an end to speak of", loops("{% set x = i %}"), /more than \d+ steps/],
    ["it loops many times", loops("{{ i * i }}").replaceAll("100000", "1000"), /more than \d+ steps/],
    ["it loops around nothing", loops(""), /more than \d+ steps/],
    ["it asks for a huge range", "{% for i in range(1000000000) %}{% endfor %}", /range of 1000000000/],
    ["it asks for a range without steps", "{{ range(0, 5, 0) }}", /range of/],
    ["it doubles a text", doubling("'aaaaaaaa'", "x ~ x"), /too long/],
    ["it doubles a list", doubling("[1]", "x + x"), /too long/],
    [
      "it calls itself",
      "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
      /not a function|nested too deeply/,
    ],
    ["it reaches for a prototype", "{{ messages.constructor.constructor('return 1')() }}", /not a function/],
    ["it is all blanks", " ".repeat(100_000), /blanks in a row/],
    ["it is too long", "{{ 1 }}\n".repeat(100_000), /characters/],
    ["it adds a text to nothing", "{{ 'a' + messages[0].nothing }}", /undefined/],
  ];
  for (const [name, chatTemplate, message] of templates) {
    it(`is refused in time with a coded error when ${name}`, () => {
      const messages = [{ role: "user", content: "Hi" }];
      const time = processorTime(() => {
        assert.throws(() => tokenizer.applyChatTemplate(messages, { chatTemplate, tokenize: false }), {
          code: "E_TOKENIZER",
          message,
        });
      });
      assert.ok(time < 5000, `${time} ms`);
    });
  }

  it("says its own reason, and no message's text, when it refuses", () => {
    const apply = (chatTemplate: string): unknown =>
      tokenizer.applyChatTemplate([{ role: "SECRET-ROLE", content: "SECRET" }], { chatTemplate });
    assert.throws(() => apply("{{ raise_exception('Roles must alternate') }}"), {
      code: "E_TOKENIZER",
      message: /refuses the conversation: Roles must alternate/,
    });
    assert.throws(
      () => apply("{{ raise_exception('Unknown role ' + messages[0].role) }}"),
      (error: Error) => !`${error.stack} ${String(error.cause)}`.includes("SECRET"),
    );
  });

  it("cannot see what JavaScript's objects inherit", () => {
    const chatTemplate =
      "{{ messages[0].__proto__ }}{{ messages[0].constructor }}{{ messages[0].toString }}.";
    const messages = [{ role: "user", content: "Hi" }];
    assert.equal(tokenizer.applyChatTemplate(messages, { chatTemplate, tokenize: false }), ".");
  });
});

function loops(body: string): string {
  const open = "{% for i in range(100000) %}";
  return `${open}${open}${body}{% endfor %}{% endfor %}`;
}

function doubling(start: string, step: string): string {
  return `{% set ns = namespace(x=${start}) %}{% for i in range(60) %}{% set ns.x = ${step.replaceAll("x", "ns.x")} %}{% endfor %}{{ ns.x }}`;
}
