/** `residency corpus`: writes the synthetic clinical corpus and the tokenizer that is trained on its notes. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildCorpus, notesJsonl, rowsJsonl } from "../../lib/clinical/index.ts";
import { trainBpe } from "../../lib/tokenizer/index.ts";

const help = `Usage: residency corpus [--out DIR] [--seed N]

Writes DIR/clinical/{notes,train,heldout}.jsonl and DIR/tokenizer/{tokenizer,tokenizer_config}.json.

  --out DIR   where to write (default: assets)
  --seed N    a whole number; the same seed gives the same bytes (default: 1)
`;

/** Runs the command. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: "string", default: "assets" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (!/^\d{1,9}$/.test(values.seed)) {
    process.stderr.write(
      `residency corpus: cannot use --seed ${values.seed}: give a whole number, such as 1\n`,
    );
    return 2;
  }
  const corpus = buildCorpus({ seed: Number(values.seed) });
  const tokenizer = trainBpe(
    corpus.notes.map(({ note }) => note),
    { vocabSize: 1024, specialTokens: ["<|endoftext|>", "<|pad|>"] },
  );
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: "<|endoftext|>",
    eos_token: "<|endoftext|>",
    pad_token: "<|pad|>",
    model_max_length: 320,
    clean_up_tokenization_spaces: false,
  };
  const files: [name: string, content: string][] = [
    ["clinical/notes.jsonl", notesJsonl(corpus.notes)],
    ["clinical/train.jsonl", rowsJsonl(corpus.train)],
    ["clinical/heldout.jsonl", rowsJsonl(corpus.heldout)],
    ["tokenizer/tokenizer.json", `${JSON.stringify(tokenizer, undefined, 1)}\n`],
    ["tokenizer/tokenizer_config.json", `${JSON.stringify(config, undefined, 2)}\n`],
  ];
  for (const [name, content] of files) {
    const file = path.join(values.out, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    process.stdout.write(`${file}: ${Buffer.byteLength(content)} bytes\n`);
  }
  return 0;
}
