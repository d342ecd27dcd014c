/** The notes that `residency serve` offers: read from a file of rows, or refused without showing what stands in it. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { readServedNotes } from "../../cli/serve/index.ts";

describe("readServedNotes", () => {
  let folder: string;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-served-notes-"))));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("puts questions together by note, and takes rows without questions too", async () => {
    const file = path.join(folder, "notes.jsonl");
    const rows = [
      { note: "DISCHARGE SUMMARY\nDx: AKI" },
      { note: "A.", question: "Q1?", answer: "1" },
      { note: "A.", question: "Q2?" },
    ];
    fs.writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
    assert.deepEqual(await readServedNotes(file), [
      { title: "Dx: AKI", note: rows[0]!.note, questions: [] },
      { title: "A.", note: "A.", questions: [{ question: "Q1?", answer: "1" }, { question: "Q2?" }] },
    ]);
  });

  it("refuses a row without a note, by its columns and not by its text", async () => {
    const file = path.join(folder, "no-notes.jsonl");
    fs.writeFileSync(file, JSON.stringify({ text: "Secret words" }));
    await assert.rejects(readServedNotes(file), (error: Error & { code?: string }) => {
      assert.equal(error.code, "E_DATASET");
      assert.match(error.message, /it has text/);
      assert.doesNotMatch(error.message, /Secret/);
      return true;
    });
  });
});
