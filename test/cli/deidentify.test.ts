/** `residency deidentify`: rows keep their form, surrogates are a patient's own, errors show no text and no secret. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { deidentifyFile } from "../../cli/deidentify/index.ts";
import { repositoryRoot } from "../support/paths.ts";

const note = "Mr. Jonas Rowe, MRN: 83-4471A, was seen on 2024-03-01 and 2024-03-05. Mail: j.rowe@example.org";
const rows = [
  { patient_id: 7, note, question: "What did Rowe take?", task: "Question Answering" },
  { patient_id: 8, note, question: "When was he seen?", task: "Question Answering" },
];

describe("deidentifyFile", () => {
  let folder: string;
  let options: Parameters<typeof deidentifyFile>[0];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "residency-deidentify-"));
    const [file, output] = [path.join(folder, "notes.jsonl"), path.join(folder, "out/notes.jsonl")];
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    options = { file, output, seed: 42, key: "patient_id", fields: ["note", "question"], names: [] };
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("replaces identifiers in all texts of a row, a patient's in one way, and keeps the rest", async () => {
    const { rows: count, found } = await deidentifyFile(options);
    assert.equal(count, 2);
    assert.deepEqual(found, { name: 3, "medical record number": 2, date: 4, email: 2 });
    const text = await readFile(options.output, "utf8");
    assert.doesNotMatch(text, /Rowe|Jonas|83-4471A|2024-03-0|j\.rowe@/i);
    const [first, second] = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as (typeof rows)[number]);
    assert.deepEqual(
      [first!.patient_id, first!.task, second!.question],
      [7, rows[0]!.task, rows[1]!.question],
    );
    const surname = /^Mr\. \S+ (\S+),/.exec(first!.note)?.[1];
    assert.equal(first!.question, `What did ${surname} take?`);
    const days = (from: string): number => {
      const [a, b] = [...from.matchAll(/\d{4}-\d{2}-\d{2}/g)].map(([date]) => Date.parse(date));
      return (b! - a!) / 86_400_000;
    };
    assert.deepEqual([days(first!.note), days(second!.note)], [4, 4]);
    assert.notEqual(first!.note, second!.note);
  });

  it("takes a plain text as one note, with names that are known", async () => {
    const file = path.join(folder, "note.txt");
    await writeFile(file, "Abernathy came on 2024-03-01.\n");
    const output = path.join(folder, "new.txt");
    const { found } = await deidentifyFile({ ...options, file, output, names: ["Abernathy"] });
    assert.deepEqual(found, { name: 1, date: 1 });
    assert.match(
      await readFile(output, "utf8"),
      /^(?!Abernathy)\S+ came on (?!2024-03-01)\d{4}-\d{2}-\d{2}\.\n$/,
    );
  });

  it("leaves nothing behind and shows no text when a row is wrong, it is stopped, or the target is the source", async () => {
    const whole = `${JSON.stringify(rows[0])}\n`;
    for (const [text, message] of [
      [`${whole}{"note": "Mr. Secret`, /line 2: it is no JSON object/],
      [`${whole}{"note":"Mr. Secret"}\n`, /line 2: the field "patient_id" must say whose row it is/],
      [
        `${whole}{"patient_id":1,"text":"Mr. Secret"}\n`,
        /line 2: none of the fields note, question has text/,
      ],
    ] as const) {
      await writeFile(options.file, text);
      await assert.rejects(deidentifyFile(options), (error: Error & { code?: string }) => {
        assert.equal(error.code, "E_DATASET");
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /Secret/);
        return true;
      });
    }
    await writeFile(options.file, whole);
    const signal = AbortSignal.abort();
    await assert.rejects(deidentifyFile({ ...options, signal }), { code: "E_INTERRUPTED" });
    await assert.rejects(deidentifyFile({ ...options, output: options.file }), { code: "E_CONFIG" });
    await assert.rejects(deidentifyFile({ ...options, file: path.join(folder, "gone") }), {
      code: "E_DATASET",
    });
    assert.deepEqual(await readdir(path.join(folder, "out")), []);
    assert.equal(await readFile(options.file, "utf8"), whole);
  });

  it("is a command that draws its secret or takes it from the environment, warns of a seed, and prints counts alone", async function () {
    this.timeout(60_000);
    this.slow(10_000);
    const main = path.join(repositoryRoot, "dist/cli/main.js");
    const run = (
      variables: Record<string, string>,
      ...more: string[]
    ): Promise<{ code: unknown; stdout: string; stderr: string }> =>
      new Promise((resolve) => {
        const env = { ...process.env, ...variables };
        execFile(
          process.execPath,
          [main, "deidentify", options.file, "--out", options.output, "--json", ...more],
          { env },
          (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }),
        );
      });
    const output = (): Promise<string> => readFile(options.output, "utf8");
    const secret = "00112233445566778899aabbccddeeff";
    const written: string[] = [];
    for (const [variables, ...more] of [
      [{}],
      [{}],
      [{ RESIDENCY_DEIDENTIFY_SECRET: secret }],
      [{ RESIDENCY_DEIDENTIFY_SECRET: secret }],
      [{ RESIDENCY_DEIDENTIFY_SECRET: "a long enough passphrase" }],
      [{}, "--seed", "424242"],
      [{ RESIDENCY_DEIDENTIFY_SEED: "424242" }],
    ] as [Record<string, string>, ...string[]][]) {
      const { code, stdout, stderr } = await run(variables, ...more);
      assert.equal(code, 0, stderr);
      const { ok, rows: count } = JSON.parse(stdout) as { ok: boolean; rows: number };
      assert.deepEqual([ok, count], [true, 2]);
      assert.doesNotMatch(stdout + stderr, /Rowe|424242|00112233|passphrase/);
      const isSeed = more.length > 0 || "RESIDENCY_DEIDENTIFY_SEED" in variables;
      assert.equal(/warning: a seed is no protection/.test(stderr), isSeed);
      written.push(await output());
    }
    assert.equal(written[2], written[3]);
    assert.equal(written[5], written[6]);
    assert.equal(new Set(written).size, 5);
    for (const [variables, message, ...more] of [
      [{ RESIDENCY_DEIDENTIFY_SECRET: "1234567" }, /at least 32 hexadecimal digits/],
      [{}, /whole number of at most nine digits/, "--seed", "secret"],
      [{ RESIDENCY_DEIDENTIFY_SECRET: secret }, /not both/, "--seed", "5"],
    ] as [Record<string, string>, RegExp, ...string[]][]) {
      const { code, stderr } = await run(variables, ...more);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /1234567|00112233/);
    }
  });
});
