/** The synthetic corpus: what ships is what the seed gives, splits share nothing, answers stand in the note. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  buildMiniatureCorpus,
  clinicalTasks,
  miniatureNoteLength,
  notesJsonl,
  parseClinicalRow,
  parseNoteRow,
  rowsJsonl,
} from "../../../lib/clinical/index.ts";
import { readJsonlFile } from "../../../lib/data/index.ts";
import { repositoryRoot } from "../../support/paths.ts";

const asset = (name: string): string => path.join(repositoryRoot, "assets/clinical", name);

describe("buildMiniatureCorpus", () => {
  const corpus = buildMiniatureCorpus();
  const rows = [...corpus.train, ...corpus.heldout];

  it("gives the shipped files byte for byte when the seed is the default", async () => {
    assert.equal(await readFile(asset("notes.jsonl"), "utf8"), notesJsonl(corpus.notes));
    assert.equal(await readFile(asset("train.jsonl"), "utf8"), rowsJsonl(corpus.train));
    assert.equal(await readFile(asset("heldout.jsonl"), "utf8"), rowsJsonl(corpus.heldout));
  });

  it("gives another corpus when the seed is another", () => {
    const small = { trainingPatients: 8, trainRows: 8, heldoutPatients: 2 };
    assert.deepEqual(
      buildMiniatureCorpus({ ...small, seed: 2 }),
      buildMiniatureCorpus({ ...small, seed: 2 }),
    );
    assert.notDeepEqual(
      buildMiniatureCorpus({ ...small, seed: 2 }),
      buildMiniatureCorpus({ ...small, seed: 3 }),
    );
  });

  it("shares no patient and no note between training and held-out rows", () => {
    const training = [...corpus.notes, ...corpus.train];
    const ids = new Set(training.map(({ patientId }) => patientId));
    const notes = new Set(training.map(({ note }) => note));
    assert.deepEqual(
      corpus.heldout.filter(({ patientId, note }) => ids.has(patientId) || notes.has(note)),
      [],
    );
    assert.equal(new Set(corpus.heldout.map(({ patientId }) => patientId)).size, 80);
  });

  it("takes training rows from patients whose notes are pretrained on", () => {
    const notes = new Map(corpus.notes.map(({ patientId, note }) => [patientId, note]));
    assert.ok(corpus.train.every(({ patientId, note }) => notes.get(patientId) === note));
  });

  it("writes no note twice", () => {
    assert.equal(new Set(corpus.notes.map(({ note }) => note)).size, corpus.notes.length);
  });

  it("keeps every note within the length bounds", () => {
    const outside = ({ note }: { note: string }): boolean =>
      note.length < miniatureNoteLength.min || note.length > miniatureNoteLength.max;
    assert.deepEqual([...corpus.notes, ...corpus.heldout].filter(outside), []);
  });

  it("has each task equally often in both sets of rows", () => {
    for (const [part, expected] of [
      [corpus.train, 200],
      [corpus.heldout, 20],
    ] as const) {
      for (const task of clinicalTasks) {
        assert.equal(part.filter((row) => row.task === task).length, expected, task);
      }
    }
  });

  it("answers with facts that stand in the note and in the answer or its first letter's case", () => {
    for (const { note, answer, facts, task } of rows) {
      assert.ok(facts.length > 0);
      for (const fact of facts) {
        assert.ok(note.includes(fact), `${task}: ${fact} is not in the note`);
        assert.ok(
          answer.toLowerCase().includes(fact.toLowerCase()),
          `${task}: ${fact} is not in "${answer}"`,
        );
      }
    }
  });

  it("quotes in coreference questions only words of the note that do not give the answer", () => {
    const asked = rows.filter(({ task }) => task === "Coreference Resolution");
    for (const { note, question, facts } of asked) {
      const quoted = [...question.matchAll(/"([^"]+)"/g)].map(([, text]) => text!);
      assert.ok(quoted.length === 2 && quoted.every((text) => note.includes(text)), question);
      assert.ok(!quoted.some((text) => text.includes(facts[1]!)), question);
    }
  });

  it("answers in 5 to 25 words, and 30 at most in summaries", () => {
    for (const { answer, task } of rows) {
      const count = answer.split(/\s+/).length;
      assert.ok(count >= 5 && count <= (task === "Summarization" ? 30 : 25), answer);
    }
  });

  it("states diagnosis, comorbidity, stay and discharge drug at least twice in a note", () => {
    const count = (text: string, part: string): number => text.split(part).length - 1;
    for (const { note, facts, task } of rows.filter((row) => row.task === "Summarization")) {
      const [, , , stay, discharge] = facts;
      assert.ok(count(note, stay!) >= 2 && count(note, discharge!) >= 2, `${task}: ${note}`);
    }
    for (const { note } of corpus.notes) {
      assert.ok(count(note, /\((\w+)\)/.exec(note)![1]!) >= 2);
      assert.ok(count(note, /PMH: (?:known )?(\w+)/.exec(note)![1]!) >= 2);
    }
  });

  it("is refused with a coded error when there are more rows than patients", () => {
    assert.throws(() => buildMiniatureCorpus({ trainingPatients: 3, trainRows: 4 }), { code: "E_CONFIG" });
  });
});

describe("parseClinicalRow", () => {
  it("reads the shipped rows when they are unchanged", async () => {
    const rows = await readJsonlFile(asset("heldout.jsonl"), { parse: parseClinicalRow });
    assert.deepEqual(
      rows[0],
      parseClinicalRow(JSON.parse(rowsJsonl(rows.slice(0, 1))) as Record<string, unknown>),
    );
    assert.equal(rows.length, 160);
  });

  it("names the field and not its content when a field is wrong", () => {
    assert.throws(() => parseNoteRow({ patient_id: 1, note: 5 }), /"note" must be a string/);
    const row = { patient_id: 1, note: "CANARY", question: "q", answer: "a", task: "CANARY" };
    assert.throws(
      () => parseClinicalRow(row),
      (error: Error) => !error.message.includes("CANARY"),
    );
  });
});
