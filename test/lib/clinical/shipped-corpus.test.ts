/** assets/corpus is what the seed generates, as its data card says, and reads back into rows that can be judged. */
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import {
  allConditions,
  checkAnswer,
  clinicalTasks,
  corpusSplits,
  generatePatients,
  parseCorpusInstructionRow,
  parseCorpusNoteRow,
  specialties,
  type CorpusInstructionRow,
  type CorpusNoteRow,
} from "../../../lib/clinical/index.ts";
import { readJsonlFile } from "../../../lib/data/index.ts";
import { repositoryRoot } from "../../support/paths.ts";

const folder = path.join(repositoryRoot, "assets/corpus");

describe("the shipped corpus", function () {
  this.timeout(60_000);
  let notes: readonly CorpusNoteRow[];
  let rows: Record<(typeof corpusSplits)[number], readonly CorpusInstructionRow[]>;
  before(async () => {
    const read = (split: string): Promise<readonly CorpusInstructionRow[]> =>
      readJsonlFile(path.join(folder, `${split}.jsonl.gz`), { parse: parseCorpusInstructionRow });
    notes = await readJsonlFile(path.join(folder, "notes.jsonl.gz"), { parse: parseCorpusNoteRow });
    rows = { train: await read("train"), validation: await read("validation"), test: await read("test") };
  });

  it("is what the seed generates, to the letter, in its first hundred patients", () => {
    for (const patient of generatePatients({ patients: 100 })) {
      const { patientId, split, note, caseReport, encounter, instructions } = patient;
      assert.deepEqual(notes[patientId - 1], {
        patientId,
        split,
        specialty: encounter.specialty,
        condition: encounter.condition.name,
        note,
        caseReport,
      });
      assert.deepEqual(
        rows[split].filter((row) => row.patientId === patientId),
        instructions.map(({ task, question, answer, facts }) => ({
          patientId,
          note,
          question,
          answer,
          task,
          facts: JSON.parse(JSON.stringify(facts)) as unknown,
        })),
      );
    }
  });

  it("has the patients, splits, conditions and tasks that the data card states, in under six megabytes", async () => {
    const card = await readFile(path.join(folder, "README.md"), "utf8");
    const said = (name: string): number => {
      const row = new RegExp(`^\\| ${name} +\\| +([\\d,]+) `, "m").exec(card);
      assert.ok(row, `the card has no row for ${name}`);
      return Number(row[1]!.replaceAll(",", ""));
    };
    assert.equal(notes.length, said("`notes.jsonl.gz`"));
    for (const split of corpusSplits) {
      assert.equal(rows[split].length, said(`\`${split}.jsonl.gz\``));
      for (const task of clinicalTasks) {
        const patients = notes.filter((note) => note.split === split).length;
        assert.equal(rows[split].filter((row) => row.task === task).length, patients);
      }
    }
    assert.equal(new Set(notes.map(({ condition }) => condition)).size, allConditions.length);
    assert.deepEqual(new Set(notes.map(({ specialty }) => specialty)), new Set(specialties));
    assert.ok(allConditions.length >= 60);
    const files = ["notes", ...corpusSplits].map((name) => stat(path.join(folder, `${name}.jsonl.gz`)));
    const bytes = (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
    assert.ok(bytes < 6e6, String(bytes));
  });

  it("has a patient's rows in the patient's split alone, about the patient's note", () => {
    for (const split of corpusSplits) {
      for (const { patientId, note } of rows[split]) {
        const patient = notes[patientId - 1]!;
        assert.ok(patient.split === split && patient.note === note);
      }
    }
  });

  it("reads back facts by which the answers of the test split are right, and another row's are not", () => {
    const test = rows.test.slice(0, 240);
    assert.ok(test.every((row) => checkAnswer(row.task, row, row.answer).correct));
    const wrong = test.filter(
      (row, index) => !checkAnswer(row.task, row, test[(index + 8) % test.length]!.answer).correct,
    );
    assert.ok(wrong.length > 0.9 * test.length, `${wrong.length} of ${test.length}`);
  });
});

describe("parseCorpusInstructionRow", () => {
  const record = {
    patient_id: 1,
    note: "n",
    question: "q",
    answer: "a",
    task: "Question Answering",
    facts: [{ kind: "value", value: "5", unit: "" }],
  };

  it("is refused, without showing any text, when a fact is of no kind or lacks a field", () => {
    assert.deepEqual(parseCorpusInstructionRow(record).facts, record.facts);
    for (const facts of [
      undefined,
      [],
      "secret",
      [{ kind: "secret" }],
      [{ kind: "value", value: "5" }],
      [{ kind: "drug", name: "aspirin", route: "secret" }],
      [{ kind: "day", date: "secret" }],
      [{ kind: "term", value: "x", optional: "secret" }],
    ]) {
      assert.throws(
        () => parseCorpusInstructionRow({ ...record, facts }),
        (error: Error & { code?: string }) =>
          error.code === "E_DATASET" &&
          error.message.includes('"facts"') &&
          !error.message.includes("secret"),
      );
    }
  });
});

describe("parseCorpusNoteRow", () => {
  it("names the field and its values when the split is none", () => {
    const record = {
      patient_id: 1,
      note: "n",
      split: "dev",
      specialty: "cardiology",
      condition: "c",
      case_report: "r",
    };
    assert.throws(() => parseCorpusNoteRow(record), { code: "E_DATASET", message: /"split".*validation/ });
    assert.equal(parseCorpusNoteRow({ ...record, split: "test" }).split, "test");
  });
});
