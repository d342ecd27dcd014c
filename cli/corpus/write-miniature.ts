/** Writes the miniature corpus and the tokenizer that is trained on its notes: what the small model that ships reads. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { buildMiniatureCorpus, notesJsonl, rowsJsonl } from "../../lib/clinical/index.ts";
import { trainBpe } from "../../lib/tokenizer/index.ts";

/** Writes FOLDER/clinical and FOLDER/tokenizer; gives each file with its size in bytes. */
export async function writeMiniature(
  folder: string,
  seed: number,
): Promise<{ file: string; bytes: number }[]> {
  const corpus = buildMiniatureCorpus({ seed });
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
  const written: { file: string; bytes: number }[] = [];
  for (const [name, content] of files) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    written.push({ file, bytes: Buffer.byteLength(content) });
  }
  return written;
}
