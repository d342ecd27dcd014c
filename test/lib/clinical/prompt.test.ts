/** The prompt's exact text, and the length of all examples in tokens. */
import assert from "node:assert/strict";
import path from "node:path";
import { formatExample, formatPrompt, parseClinicalRow } from "../../../lib/clinical/index.ts";
import { readJsonlFile } from "../../../lib/data/index.ts";
import { AutoTokenizer } from "../../../lib/tokenizer/index.ts";
import { repositoryRoot } from "../../support/paths.ts";

const prompt =
  "Instruct: Answer to the question for the given clinical note.\n[note start]\nN\n[note end]\n\nQuestion: Q\n\nOutput:";

describe("formatPrompt", () => {
  it("gives the form of the talk when note and question are given", () => {
    assert.equal(formatPrompt({ note: "N", question: "Q" }), prompt);
  });
});

describe("formatExample", () => {
  it("puts the space before the answer into the completion", () => {
    assert.deepEqual(formatExample({ note: "N", question: "Q", answer: "A" }), { prompt, completion: " A" });
  });

  it("stays within intern's context and splits at a token border when a row of the corpus is formatted", async () => {
    const tokenizer = await AutoTokenizer.fromPretrained(path.join(repositoryRoot, "assets/intern"));
    const file = path.join(repositoryRoot, "assets/corpus/test.jsonl.gz");
    for (const row of await readJsonlFile(file, { parse: parseClinicalRow })) {
      const { prompt, completion } = formatExample(row);
      const parts = [...tokenizer.encode(prompt), ...tokenizer.encode(completion)];
      assert.ok(parts.length < tokenizer.modelMaxLength!, `${parts.length} tokens`);
      assert.deepEqual(tokenizer.encode(prompt + completion), parts);
    }
  });
});
