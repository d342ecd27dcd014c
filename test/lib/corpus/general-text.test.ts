/** The general texts: the same for a seed, varied, whole sentences, and answers that stand in what is read. */
import assert from "node:assert/strict";
import {
  distinctNgramRatio,
  documentKinds,
  documentShares,
  generalDocuments,
  writeDocument,
  type GeneralDocument,
} from "../../../lib/corpus/index.ts";

const draw = (seed: number, characters: number): GeneralDocument[] => [
  ...generalDocuments({ seed, characters }),
];

describe("generalDocuments()", () => {
  let documents: GeneralDocument[];
  let texts: string[];
  before(() => {
    documents = draw(1, 1_000_000);
    texts = documents.map(({ text }) => text);
  });

  it("gives the same documents for a seed, and others for another", () => {
    assert.deepEqual(draw(1, 20_000), documents.slice(0, draw(1, 20_000).length));
    assert.notDeepEqual(draw(2, 20_000)[0], documents[0]);
  });

  it("gives as much as it is asked for, and none of it twice but for the odd echo", () => {
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    assert.ok(length >= 1_000_000 && length < 1_003_000, `${length} characters`);
    assert.ok(new Set(texts).size / texts.length > 0.995);
    assert.deepEqual(draw(1, 0), []);
  });

  it("seldom says five words in a row twice", () => {
    assert.ok(distinctNgramRatio(texts, 5) > 0.72, `${distinctNgramRatio(texts, 5)}`);
  });

  it("has every kind of document in its share of a hundred", () => {
    assert.equal(
      Object.values(documentShares).reduce((sum, share) => sum + share, 0),
      100,
    );
    for (const kind of documentKinds) {
      const share = documents.filter((document) => document.kind === kind).length / documents.length;
      assert.ok(Math.abs(100 * share - documentShares[kind]) < 2.5, `${kind}: ${share}`);
    }
  });

  it("leaves no slot, alternative or missing word in a text, and no article before the wrong sound", () => {
    for (const { kind, text } of documents) {
      assert.doesNotMatch(text, /[{}[\]|]|undefined|NaN/, kind);
      assert.doesNotMatch(text, / {2}|\?\?|\.\.| [,.?]|\s$/, kind);
      if (kind === "definitions") assert.doesNotMatch(text, /\b[Aa] [aeio]/);
    }
  });

  it("says that the sky is blue", () => {
    assert.ok(texts.filter((text) => text.includes("The sky is blue.")).length > 5);
  });

  it("draws of some kinds alone where it is asked to", () => {
    const some = [...generalDocuments({ seed: 1, characters: 20_000, kinds: ["recall", "order"] })];
    assert.deepEqual(new Set(some.map(({ kind }) => kind)), new Set(["recall", "order"]));
    assert.throws(() => [...generalDocuments({ seed: 1, characters: 1, kinds: [] })], { code: "E_CONFIG" });
  });

  it("refuses to draw an endless text", () => {
    assert.throws(() => draw(1, Infinity), { code: "E_CONFIG" });
    assert.throws(() => draw(1, -1), { code: "E_CONFIG" });
  });
});

describe("writeDocument()", () => {
  const qa = /(?:Question|Q): (.*?)\s+(?:Answer|A): (.*?)(?=\n|$)/g;
  const untold = /does not say|not in the text|not mentioned|not given|Nothing is said/;

  it("answers questions about a record from its text, or says that it is not there", () => {
    let copied = 0;
    let missing = 0;
    for (let i = 0; i < 400; i++) {
      const text = writeDocument("askedRecord", i);
      const asked = [...text.matchAll(qa)];
      const [passage = ""] = text.split(/(?:Question|Q): /);
      for (const [, , answer = ""] of asked) {
        if (untold.test(answer)) missing++;
        else {
          // Each value of the answer, such as a number, a code or a name, stands in the passage.
          for (const value of answer.match(/\d[\d.:/-]*\d|\d+/g) ?? [])
            assert.ok(passage.includes(value), text);
          copied++;
        }
      }
    }
    assert.ok(copied > 100, `${copied} answers`);
    assert.ok(missing > 10, `${missing} questions without an answer`);
  });

  it("says the same line twice in an echo", () => {
    for (let i = 0; i < 100; i++) {
      const text = writeDocument("echo", i);
      const halves = [/^(.*)\n\1$/, /: (.*)\n.*: \1$/, /^"(.*)" – .*: "\1"$/, /: (.*) -> \1$/];
      assert.ok(
        halves.some((half) => half.test(text)),
        text,
      );
    }
  });

  it("tells the same pairs in every round of a recall", () => {
    for (let i = 0; i < 100; i++) {
      const text = writeDocument("recall", i);
      const lines = text.split(/\n|; | \/ /);
      const times = new Map<string, number>();
      for (const line of lines) times.set(line, (times.get(line) ?? 0) + 1);
      assert.ok(Math.min(...times.values()) >= 2, text);
      assert.equal(new Set(times.values()).size, 1, text);
    }
  });

  it("writes every abbreviation as the first letters of its name", () => {
    for (let i = 0; i < 100; i++) {
      const text = writeDocument("abbreviation", i);
      const [, long = "", short = ""] =
        /[Tt]he ((?:[A-Z]\w+ )+)\(([A-Z]+)\)/.exec(text) ??
        /the ((?:[A-Z]\w+ ?)+), ([A-Z]+) for short/.exec(text) ??
        [];
      assert.equal(
        long
          .trim()
          .split(" ")
          .map((word) => word.charAt(0))
          .join(""),
        short,
        text,
      );
    }
  });
});

describe("distinctNgramRatio()", () => {
  it("counts what was said before, in this text or another", () => {
    assert.equal(distinctNgramRatio(["a b c", "A, b! c?"], 3), 1 / 2);
    assert.equal(distinctNgramRatio(["a b c d"], 2), 1);
    assert.equal(distinctNgramRatio(["a"], 2), 1);
  });
});
