/** The BPE trainer: against a plain re-implementation, and on notes of the corpus. */
import assert from "node:assert/strict";
import path from "node:path";
import { parseNoteRow } from "../../../lib/clinical/index.ts";
import { readJsonlFile } from "../../../lib/data/index.ts";
import { seededRandom } from "../../../lib/random.ts";
import { Tokenizer, trainBpe } from "../../../lib/tokenizer/index.ts";
import { repositoryRoot } from "../../support/paths.ts";
import { processorTime, readFixture } from "./reference.ts";

/** Merges by counting all pairs anew each time; words are separated by one space and hold ASCII only. */
function plainMerges(text: string, count: number): string[][] {
  const words = (text.match(/ ?[a-z]+/g) ?? []).map((word) => Array.from(word.replace(" ", "Ġ")));
  const codePoint = (token: string): number => token.codePointAt(0)!;
  const order: string[] = [];
  const rank = (token: string): number =>
    token.length === 1 ? codePoint(token) : 1e6 + order.indexOf(token);
  const merges: string[][] = [];
  while (merges.length < count) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        const key = `${word[i - 1]!} ${word[i]!}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const [best] = [...counts]
      .map(([key, n]) => ({ pair: key.split(" "), n }))
      .sort(
        (a, b) => b.n - a.n || rank(a.pair[0]!) - rank(b.pair[0]!) || rank(a.pair[1]!) - rank(b.pair[1]!),
      );
    if (!best || best.n < 2) break;
    const [left, right] = best.pair as [string, string];
    merges.push([left, right]);
    if (!order.includes(left + right)) order.push(left + right);
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        if (word[i - 1] === left && word[i] === right) word.splice(i - 1, 2, left + right);
      }
    }
  }
  return merges;
}

describe("trainBpe", () => {
  const text =
    "low lower lowest newer newest wider widest aaaa aaaaa slow slower the then there these lathe bathe";

  it("merges the pairs that counting anew each time merges", () => {
    const { merges } = trainBpe([text], { vocabSize: 256 + 40 }).model;
    assert.ok(merges.length > 20);
    assert.deepEqual(merges, plainMerges(text, 40));
  });

  interface Case {
    name: string;
    texts: string[];
    options: {
      vocab_size: number;
      min_frequency: number;
      max_token_length?: number;
      special_tokens?: string[];
    };
    merges: [string, string][];
    vocab_size: number;
    ids: Record<string, number>;
  }

  for (const { name, texts, options, merges, vocab_size, ids } of (
    readFixture("bpe.json") as { cases: Case[] }
  ).cases) {
    it(`merges what the reference's trainer merges when the text has ${name}`, () => {
      const { model } = trainBpe(texts, {
        vocabSize: options.vocab_size,
        minFrequency: options.min_frequency,
        ...(options.max_token_length === undefined ? {} : { maxTokenLength: options.max_token_length }),
        ...(options.special_tokens === undefined ? {} : { specialTokens: options.special_tokens }),
      });
      assert.deepEqual(model.merges, merges);
      assert.equal(Object.keys(model.vocab).length, vocab_size);
      for (const [token, id] of Object.entries(ids)) assert.equal(model.vocab[token], id);
    });
  }

  it("trains in bounded memory when the text has more words than may be counted", () => {
    const texts = Array.from({ length: 500 }, (_, i) => `the then there x${i}y${i * 7}z`);
    const { merges } = trainBpe(texts, { vocabSize: 259, maxWords: 50 }).model;
    assert.deepEqual(merges, trainBpe(["the then there there the then"], { vocabSize: 259 }).model.merges);
  });

  it("tells how far it is, and stops when the listener throws", () => {
    const told: [number, number][] = [];
    trainBpe([text], { vocabSize: 270, onProgress: (done, wanted) => told.push([done, wanted]) });
    assert.deepEqual(told, [
      [0, 14],
      [14, 14],
    ]);
    const stop = new Error("stopped");
    const onProgress = (): void => {
      throw stop;
    };
    assert.throws(() => trainBpe([text], { vocabSize: 270, onProgress }), stop);
  });

  it("trains in time when the text is one long run", () => {
    const letters = seededRandom(5);
    const run = Array.from({ length: 200_000 }, () => letters.pick(["a", "b", "c", "d", "e", "f", "g"])).join(
      "",
    );
    const time = processorTime(() => {
      assert.ok(trainBpe([run], { vocabSize: 500 }).model.merges.length > 100);
    });
    assert.ok(time < 5000, `${time} ms`);
  });

  it("gives the same bytes twice, with notes' frequent words in one piece, when it is trained on the corpus", async () => {
    const rows = await readJsonlFile(path.join(repositoryRoot, "assets/corpus/notes.jsonl.gz"), {
      parse: parseNoteRow,
    });
    const notes = rows.slice(0, 400).map(({ note }) => note);
    const train = (): ReturnType<typeof trainBpe> =>
      trainBpe(notes, { vocabSize: 1024, specialTokens: ["<|endoftext|>", "<|pad|>"] });
    const json = train();
    assert.equal(JSON.stringify(json), JSON.stringify(train()));
    assert.equal(Object.keys(json.model.vocab).length, 1024);
    for (const word of ["Ġdays", "Ġmg", "ĠPO"]) assert.ok(word in json.model.vocab, word);
  });

  it("spells every byte when the text has bytes that training never saw", () => {
    const tokenizer = Tokenizer.fromJson(trainBpe([text], { vocabSize: 280 }));
    const other = "naïve 日本語 🙂\u0000\uFEFF\r\n\ttail  ";
    assert.equal(tokenizer.decode(tokenizer.encode(other)), other);
  });

  it("gives special tokens the first ids when there are some", () => {
    const { model, added_tokens } = trainBpe([text], { vocabSize: 300, specialTokens: ["<a>", "<b>"] });
    assert.deepEqual([model.vocab["<a>"], model.vocab["<b>"]], [0, 1]);
    assert.deepEqual(
      added_tokens.map(({ id, content, special }) => [id, content, special]),
      [
        [0, "<a>", true],
        [1, "<b>", true],
      ],
    );
  });

  it("stops early when no pair is frequent enough", () => {
    assert.equal(trainBpe(["abc"], { vocabSize: 400 }).model.merges.length, 0);
  });

  it("is refused with a coded error when the vocabulary cannot hold the bytes", () => {
    assert.throws(() => trainBpe([text], { vocabSize: 100 }), { code: "E_CONFIG", message: /alone are 256/ });
    assert.throws(() => trainBpe([text], { vocabSize: 300, specialTokens: ["<a>", "<a>"] }), {
      code: "E_CONFIG",
    });
    assert.throws(() => trainBpe([text], { vocabSize: 300, minFrequency: NaN }), {
      code: "E_CONFIG",
      message: /minFrequency NaN/,
    });
  });
});
