/** Readers of CSV, Parquet, folders and the hub, and the operations of a data set on columns and groups. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Dataset, readCsv, readParquet } from "../../../lib/data/index.ts";
import { hubCommit, startHubServer } from "../../support/hub-server.ts";
import { fixture } from "../../support/paths.ts";

const visits = Dataset.fromArray(
  Array.from({ length: 40 }, (_, i) => ({ patient: `p${i % 7}`, visit: i, note: `note ${i}` })),
);

describe("Dataset's columns", () => {
  it("are chosen, renamed, added and removed when named, and types follow", () => {
    const part = visits.selectColumns(["visit", "note"]).renameColumn("note", "text").take(2);
    const row: { visit: number; text: string } = part.at(1);
    assert.deepEqual(row, { visit: 1, text: "note 1" });
    assert.deepEqual(part.columnNames, ["visit", "text"]);
    assert.deepEqual(part.addColumn("length", [6, 7]).removeColumns(["text"]).toColumns(), {
      visit: [0, 1],
      length: [6, 7],
    });
    assert.deepEqual(visits.unique("patient"), ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]);
    assert.deepEqual(visits.sort("visit", { reverse: true }).skip(38).column("visit"), [1, 0]);
    assert.deepEqual(
      Dataset.fromColumns({ a: [1, 2], b: ["x", "y"] }).toJsonl(),
      '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n',
    );
    // @ts-expect-error -- the rows have no such column
    assert.throws(() => visits.column("none"), {
      code: "E_DATASET",
      message: /first row has: patient, visit, note/,
    });
    assert.throws(() => visits.renameColumn("note", "visit"), { code: "E_DATASET" });
    assert.throws(() => visits.addColumn("more", [1]), { code: "E_DATASET" });
    assert.throws(() => Dataset.fromColumns({ a: [1], b: [1, 2] }), { code: "E_DATASET" });
  });

  it("make batches and tables when asked, and compute lazily with withTransform", () => {
    assert.deepEqual(visits.column("visit").length, visits.numRows);
    assert.deepEqual(
      [...visits.batch(16)].map(({ length }) => length),
      [16, 16, 8],
    );
    assert.deepEqual([...visits.iterate({ batchSize: 16, dropLastBatch: true })].length, 2);
    assert.deepEqual(visits.map(({ visit }) => visit).toTable(1), [{ value: 0 }]);
    let calls = 0;
    const lazy = visits
      .withTransform((row) => (calls++, row.visit))
      .shuffle(1)
      .take(3);
    assert.equal(calls, 0);
    assert.equal([...lazy].length, 3);
    assert.equal(calls, 3);
    assert.throws(() => visits.batch(0), { code: "E_CONFIG" });
  });
});

describe("Dataset.trainTestSplit", () => {
  it("puts no patient into both parts when it groups by patient", () => {
    for (const groupBy of ["patient" as const, (row: { patient: string }): string => row.patient]) {
      for (let seed = 0; seed < 20; seed++) {
        const { train, test } = visits.trainTestSplit({ testSize: 0.25, seed, groupBy });
        const inTest = new Set(test.column("patient"));
        assert.ok(train.column("patient").every((patient) => !inTest.has(patient)));
        assert.ok(test.length >= 10 && test.length < 16);
        assert.equal(train.length + test.length, 40);
      }
    }
    const one = visits.filter(({ patient }) => patient === "p0");
    assert.throws(() => one.trainTestSplit({ testSize: 1, groupBy: "patient" }), {
      code: "E_CONFIG",
      message: /1 groups/,
    });
  });
});

describe("readCsv", () => {
  it("reads quotes, line breaks in values, CRLF, a byte order mark and a last line without an end", () => {
    const text = '\uFEFFid,note\r\n1,"a ""b"", c\r\nd"\r\n\r\n2,\r\n3,"",x'.replace(",x", "");
    assert.deepEqual(readCsv(text), [
      { id: "1", note: 'a "b", c\r\nd' },
      { id: "2", note: "" },
      { id: "3", note: "" },
    ]);
    assert.deepEqual(readCsv("1\t2", { delimiter: "\t", columnNames: ["a", "b"] }), [{ a: "1", b: "2" }]);
    assert.deepEqual(readCsv('a\n""\n'), [{ a: "" }]);
    assert.deepEqual(readCsv("a,b\n1,\n,"), [
      { a: "1", b: "" },
      { a: "", b: "" },
    ]);
  });

  it("names the line and not its content when a line is wrong", () => {
    const cases: [string, RegExp][] = [
      ['a,b\n1,"x\ny"\nCANARY\n', /line 4: it has 1 values, and there are 2/],
      ['a,b\n1,2\n3,"CANARY\n', /line 3: a quote is not closed/],
      ['a,b\n1,CAN"ARY\n', /line 2: a quote stands inside/],
      ['a,b\n1,"CANARY"x\n', /line 2: something stands behind/],
      ["a,a\n1,CANARY\n", /line 1: column 2 has the name of another/],
      ["a,\n1,CANARY\n", /line 1: column 2 has no name/],
      ["a,b\n", /no line holds a row/],
    ];
    for (const [text, message] of cases) {
      assert.throws(
        () => readCsv(text),
        (error: Error & { code: string }) =>
          error.code === "E_DATASET" && message.test(error.message) && !error.message.includes("CANARY"),
        text,
      );
    }
    assert.throws(() => readCsv("a", { delimiter: '"' }), { code: "E_CONFIG" });
  });
});

describe("readParquet", () => {
  const file = fixture("data", "snappy.parquet");

  it("reads what pyarrow has written when it is packed with snappy, zstd or gzip", async () => {
    for (const codec of ["snappy", "zstd", "gzip"]) {
      const rows = (await Dataset.fromParquet(fixture("data", `${codec}.parquet`))).toArray();
      assert.equal(rows.length, 10);
      assert.deepEqual(rows[3], {
        id: 3,
        big: 2n ** 60n + 3n,
        note: "note 3 äö",
        turns: [{ role: "user", content: "c3" }],
        score: 1.5,
      });
      assert.equal(rows[9]!["note"] ?? null, null);
    }
  });

  it("reads columns and ranges of rows when asked", async () => {
    const rows = await Dataset.fromParquet(file, { columns: ["note", "id"], rowStart: 3, rowEnd: 5 });
    assert.deepEqual(rows.toArray(), [
      { note: "note 3 äö", id: 3 },
      { note: "note 4 äö", id: 4 },
    ]);
    await assert.rejects(Dataset.fromParquet(file, { columns: ["none"] }), {
      code: "E_DATASET",
      message: /it has id, big, note, turns, score/,
    });
    await assert.rejects(Dataset.fromParquet(file, { rowStart: 10 }), { code: "E_DATASET" });
  });

  it("gives coded errors, and none with the text, when bytes are damaged or cut", async () => {
    const good = fs.readFileSync(file);
    let refused = 0;
    for (let at = 0; at < good.length; at += 37) {
      for (const bytes of [good.subarray(0, at), Buffer.from(good).fill(good[at]! ^ 0x55, at, at + 1)]) {
        const copy = new Uint8Array(bytes).buffer;
        await readParquet(copy).catch((error: unknown) => {
          refused++;
          assert.equal((error as { code?: string }).code, "E_DATASET", String(error));
          assert.doesNotMatch(String(error), /note \d/);
        });
      }
    }
    assert.ok(refused > good.length / 37);
  });
});

describe("Dataset.fromFolder and fromHub", () => {
  const files = {
    "README.md": "x",
    "data/train-00000-of-00002.jsonl": '{"a":1}\n',
    "data/train-00001-of-00002.jsonl": '{"a":2}\n',
    "data/valid.csv": "a\n3\n",
    "extra/list.json": '[{"a":4}]',
  };
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-data-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("find the files of a split by their names", async () => {
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    }
    assert.deepEqual((await Dataset.fromFolder(folder, { split: "train" })).toArray(), [{ a: 1 }, { a: 2 }]);
    assert.deepEqual((await Dataset.fromFolder(folder, { split: "validation" })).toArray(), [{ a: "3" }]);
    assert.deepEqual((await Dataset.fromFolder(path.join(folder, "extra"), { split: "train" })).toArray(), [
      { a: 4 },
    ]);
    await assert.rejects(Dataset.fromFolder(folder, { split: "test" }), {
      code: "E_DATASET",
      message: /train, validation/,
    });
    await assert.rejects(Dataset.fromFolder(path.join(folder, "none"), { split: "train" }), {
      code: "E_DATASET",
    });
  });

  it("never show a text when a file is wrong", async () => {
    for (const [name, text] of [
      ["a.json", "[CANARY]"],
      ["a.jsonl", "CANARY"],
      ["a.parquet", "PAR1CANARYPAR1"],
      ["b.json", '["CANARY"]'],
    ]) {
      const file = path.join(folder, name!);
      fs.writeFileSync(file, text!);
      const read = name!.endsWith("parquet") ? Dataset.fromParquet(file) : Dataset.fromJsonl(file);
      await assert.rejects(read, (error: Error & { code: string }) => {
        assert.equal(error.code, "E_DATASET");
        assert.doesNotMatch(`${error.message}${String(error.cause)}`, /CANARY/);
        return true;
      });
    }
  });

  it("read a split of the hub by its card or by names, and offline from the cache", async () => {
    const hub = await startHubServer({
      "datasets/owner/data": { ...files, "big.parquet": fs.readFileSync(fixture("data", "zstd.parquet")) },
    });
    try {
      const options = {
        endpoint: hub.endpoint,
        cacheDir: folder,
        token: false as const,
        localFilesOnly: false,
      };
      assert.deepEqual((await Dataset.fromHub("owner/data", { ...options, split: "train" })).toArray(), [
        { a: 1 },
        { a: 2 },
      ]);
      hub.cardData = {
        configs: [
          { config_name: "default", data_files: [{ split: "train", path: "big*" }] },
          { config_name: "other", data_files: [{ split: "train", path: ["extra/*", "data/valid.csv"] }] },
        ],
      };
      const columns = ["note"];
      assert.equal(
        (await Dataset.fromHub("owner/data", { ...options, split: "train", columns })).at(2)["note"],
        "note 2 äö",
      );
      const asked = hub.requests.length;
      const offline = { ...options, localFilesOnly: true, split: "train", columns };
      assert.equal((await Dataset.fromHub("owner/data", offline)).length, 10);
      assert.equal(hub.requests.length, asked);
      assert.deepEqual(
        (await Dataset.fromHub("owner/data", { ...options, split: "train", config: "other" })).toArray(),
        [{ a: "3" }, { a: 4 }],
      );
      await assert.rejects(Dataset.fromHub("owner/data", { ...options, split: "test" }), {
        code: "E_DATASET",
        message: /it has train/,
      });
      await assert.rejects(Dataset.fromHub("owner/data", { ...options, split: "train", config: "x" }), {
        message: /default, other/,
      });
      const named = { ...options, split: "any", dataFiles: ["extra/*.json"], revision: hubCommit };
      assert.deepEqual((await Dataset.fromHub("owner/data", named)).toArray(), [{ a: 4 }]);
    } finally {
      await hub.close();
    }
  });
});
