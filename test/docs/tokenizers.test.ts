/** The programs of docs/tokenizers.md run, in order, as one. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { repositoryRoot } from "../support/paths.ts";

/** What the programs leave behind. */
interface Program {
  tokenizer: { eosTokenId: number };
  asText: number[];
  asToken: number[];
  note: string;
  parts: string[];
  batch: { inputIds: number[][] };
  pair: { sequenceIds: number[] };
  prompt: number[];
  shown: string;
  trained: { inputIds: number[]; assistantMasks: number[] };
  trainedTokenizer: { decode(ids: number[]): string; encode(text: string): number[] };
}

const names =
  "tokenizer, asText, asToken, note, parts, batch, pair, prompt, shown, trained, trainedTokenizer";

describe("docs/tokenizers.md", () => {
  it("holds programs that run and say what the text says", async () => {
    const markdown = fs.readFileSync(path.join(repositoryRoot, "docs/tokenizers.md"), "utf8");
    const blocks = [...markdown.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code!);
    const out = fs.mkdtempSync(path.join(os.tmpdir(), "docs-tokenizers-"));
    // Inside the package, so that it finds "residency" by its own name.
    const file = path.join(repositoryRoot, "dist/test/docs", `tokenizers-program-${process.pid}.mjs`);
    try {
      const source = `${blocks.join("\n")}\nexport { ${names} };`
        .replaceAll('"assets/', JSON.stringify(`${repositoryRoot}/assets/`).slice(0, -1))
        .replace('"out/tokenizer"', JSON.stringify(out));
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
      });
      fs.writeFileSync(file, outputText);
      const program = (await import(pathToFileURL(file).href)) as Program;
      const { tokenizer, asText, asToken, note, parts, batch, pair, prompt, shown, trained } = program;
      assert.ok(!asText.includes(tokenizer.eosTokenId));
      assert.equal(asToken.at(-1), tokenizer.eosTokenId);
      assert.ok(parts.every((part) => note.includes(part)));
      assert.equal(batch.inputIds[0]!.length, batch.inputIds[1]!.length);
      assert.deepEqual([...new Set(pair.sequenceIds)], [0, 1]);
      assert.equal(shown, "user: Diagnosis?\nassistant: Pneumonia.<|endoftext|>\n");
      assert.deepEqual(trained.inputIds.slice(0, prompt.length - 1), prompt.slice(0, -1));
      const last = trained.assistantMasks.lastIndexOf(1);
      assert.equal(trained.inputIds[last], tokenizer.eosTokenId);
      assert.equal(program.trainedTokenizer.decode(program.trainedTokenizer.encode("lower")), "lower");
      assert.deepEqual(fs.readdirSync(out).sort(), ["tokenizer.json", "tokenizer_config.json"]);
    } finally {
      fs.rmSync(file, { force: true });
      fs.rmSync(out, { recursive: true });
    }
  });
});
