/** Data sets, the JSON Lines reader and the seeded generator. */
import assert from "node:assert/strict";
import path from "node:path";
import { Dataset, readJsonl, readJsonlFile, mulberry32, stringField } from "../../../lib/data/index.ts";
import { fixture } from "../../support/paths.ts";

describe("Dataset", () => {
  const letters = Dataset.fromArray(["a", "b", "c", "d", "e"]);

  it("maps, filters and selects when chained, and stays as it was", () => {
    const result = letters
      .map((letter, index) => `${letter}${index}`)
      .filter((text) => text !== "b1")
      .select([3, 0]);
    assert.deepEqual([...result], ["e4", "a0"]);
    assert.deepEqual(letters.toArray(), ["a", "b", "c", "d", "e"]);
  });

  it("does not change when the array that it was made of does", () => {
    const rows = [1, 2];
    const dataset = Dataset.fromArray(rows);
    rows.push(3);
    assert.equal(dataset.length, 2);
  });

  it("shuffles the same way when the seed is the same", () => {
    assert.deepEqual(letters.shuffle(7).toArray(), letters.shuffle(7).toArray());
    assert.deepEqual(letters.shuffle(7).toArray().sort(), letters.toArray());
    assert.notDeepEqual(letters.shuffle(7).toArray(), letters.shuffle(8).toArray());
  });

  it("splits into disjoint parts when testSize is a fraction or a number", () => {
    for (const testSize of [0.4, 2]) {
      const { train, test } = letters.trainTestSplit({ testSize, seed: 1 });
      assert.deepEqual([train.length, test.length], [3, 2]);
      assert.deepEqual([...train, ...test].sort(), letters.toArray());
    }
  });

  it("is refused when a part would be empty or an index is outside", () => {
    for (const testSize of [0, 5, -1, NaN, 1.5]) {
      assert.throws(() => letters.trainTestSplit({ testSize }), { code: "E_CONFIG" });
    }
    assert.throws(() => letters.at(5), RangeError);
    assert.throws(() => letters.select([-1]), RangeError);
  });
});

describe("readJsonl", () => {
  it("reads rows when there is a byte order mark, CRLF or blank lines", () => {
    assert.deepEqual(readJsonl('\uFEFF{"a":1}\r\n\r\n{"a":2}\r\n'), [{ a: 1 }, { a: 2 }]);
  });

  it("names the line and not its content when a line is wrong", () => {
    for (const line of ['{"a": CANARY}', '{"a":1} CANARY', '["CANARY"]', '"CANARY"', "null"]) {
      assert.throws(
        () => readJsonl(`{"a":1}\n\n${line}\n`),
        (error: Error & { code: string }) =>
          error.code === "E_DATASET" &&
          error.message.includes("line 3") &&
          !`${error.message}${String(error.cause)}`.includes("CANARY"),
      );
    }
  });

  it("names the line and the field when a typed row is wrong", () => {
    const parse = (record: Readonly<Record<string, unknown>>): string => stringField(record, "note");
    assert.deepEqual(readJsonl('{"note":"x"}', { parse }), ["x"]);
    assert.throws(() => readJsonl('{"note":"x"}\n{"note":5}', { parse }), {
      code: "E_DATASET",
      message: /line 2: the field "note" must be a string, and it is a number/,
    });
  });

  it("is refused when no line holds a row", () => {
    for (const text of ["", "\n\r\n", "\uFEFF"]) assert.throws(() => readJsonl(text), { code: "E_DATASET" });
  });
});

describe("readJsonlFile", () => {
  it("names the file when it cannot be opened", async () => {
    const file = path.join(fixture("tokenizers"), "none.jsonl");
    await assert.rejects(readJsonlFile(file), { code: "E_DATASET", message: /none\.jsonl/ });
  });
});

describe("mulberry32", () => {
  it("gives mulberry32's numbers when the seed is 0", () => {
    const random = mulberry32(0);
    assert.deepEqual([random.next(), random.next()], [0.26642920868471265, 0.0003297457005828619]);
  });

  it("draws each integer about equally often", () => {
    const random = mulberry32(5);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 8000; i++) counts[random.int(4)]! += 1;
    assert.ok(counts.every((count) => Math.abs(count - 2000) < 200));
    assert.ok(Array.from({ length: 100 }, () => random.between(2, 3)).every((n) => n === 2 || n === 3));
  });

  it("is refused when the seed is no whole number", () => {
    assert.throws(() => mulberry32(0.5), { code: "E_CONFIG" });
  });
});
