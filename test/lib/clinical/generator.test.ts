/** The generator: facts that fit each other, notes that state them, answers that can be checked, splits without leaks. */
import assert from "node:assert/strict";
import {
  absentAnswer,
  allConditions,
  checkAnswer,
  clinicalTasks,
  corpusSplits,
  generatePatients,
  glossary,
  instructionLines,
  nearDuplicates,
  noteLengths,
  noteLine,
  parseSections,
  specialties,
  type CorpusPatient,
} from "../../../lib/clinical/index.ts";
import { canonical } from "../../../lib/clinical/check/canonical.ts";
import { statesFact } from "../../../lib/clinical/check/match.ts";
import { surnames } from "../../../lib/clinical/knowledge/background.ts";
import { writeDate } from "../../../lib/clinical/patient/dates.ts";

const patients = [...generatePatients({ patients: 1200, seed: 1 })];
const rows = patients
  .slice(0, 400)
  .flatMap((patient) =>
    patient.instructions.map((instruction) => ({ ...instruction, note: patient.note, patient })),
  );
const words = (text: string): number => text.split(/\s+/).length;

describe("generatePatients", () => {
  it("gives the same bytes when the seed is the same, and begins a larger corpus with the smaller one", () => {
    const bytes = (list: Iterable<CorpusPatient>): string =>
      [...list].map((patient) => noteLine(patient) + instructionLines(patient)).join("");
    const small = bytes(generatePatients({ patients: 20, seed: 5 }));
    assert.equal(bytes(generatePatients({ patients: 20, seed: 5 })), small);
    assert.ok(bytes(generatePatients({ patients: 30, seed: 5 })).startsWith(small));
    assert.notEqual(bytes(generatePatients({ patients: 20, seed: 6 })), small);
  });

  it("is refused with a coded error when an option is no count, share, seed or length", () => {
    const first = (options: Parameters<typeof generatePatients>[0]): unknown =>
      generatePatients(options).next();
    assert.throws(() => first({ patients: 0 }), { code: "E_CONFIG" });
    assert.throws(() => first({ patients: 1.5 }), { code: "E_CONFIG" });
    assert.throws(() => first({ unanswerable: 2 }), { code: "E_CONFIG" });
    assert.throws(() => first({ unanswerable: NaN }), { code: "E_CONFIG" });
    assert.throws(() => first({ seed: 0.5 }), { code: "E_CONFIG" });
    assert.throws(() => first({ length: "huge" as "long" }), { code: "E_CONFIG" });
  });

  it("asks every task about every patient", () => {
    for (const { instructions } of patients) {
      assert.deepEqual(
        instructions.map(({ task }) => task),
        clinicalTasks,
      );
    }
  });

  it("draws every condition of every specialty about equally often", () => {
    const counts = new Map<string, number>();
    for (const { encounter } of patients) {
      counts.set(encounter.condition.name, (counts.get(encounter.condition.name) ?? 0) + 1);
    }
    const expected = patients.length / allConditions.length;
    for (const { condition } of allConditions) {
      const count = counts.get(condition.name) ?? 0;
      assert.ok(count > expected / 3 && count < expected * 3, `${condition.name}: ${count}`);
    }
    assert.deepEqual(new Set(patients.map(({ encounter }) => encounter.specialty)), new Set(specialties));
  });

  it("puts each patient in one split, nine of ten in train, and shares no note between splits", () => {
    const notes = corpusSplits.map(
      (split) => new Set(patients.filter((p) => p.split === split).map((p) => p.note)),
    );
    const [train, validation, test] = notes as [Set<string>, Set<string>, Set<string>];
    assert.equal(train.size + validation.size + test.size, patients.length);
    assert.ok([...validation, ...test].every((note) => !train.has(note)));
    assert.ok(train.size > 0.86 * patients.length && train.size < 0.94 * patients.length);
    assert.ok(validation.size > 30 && test.size > 30);
  });

  it("writes notes within the words of their length", () => {
    for (const length of ["short", "standard", "long"] as const) {
      const [low, high] = noteLengths[length];
      const counts = [...generatePatients({ patients: 150, length })].map(({ note }) => words(note));
      const inside = counts.filter((count) => count >= low && count <= high).length;
      assert.ok(
        inside >= (length === "standard" ? 0.99 : 0.9) * counts.length,
        `${length}: ${inside} of ${counts.length}`,
      );
      assert.ok(Math.max(...counts) <= high * 1.35 && Math.min(...counts) >= low * 0.75, length);
    }
  });

  it("shares no third of the runs of eight words between two notes, headers aside", () => {
    const texts = patients.map(({ note }) =>
      parseSections(note)
        .map(({ text }) => text)
        .join("\n"),
    );
    assert.deepEqual(nearDuplicates(texts), []);
    assert.ok(nearDuplicates([...texts.slice(0, 20), texts[3]!]).some(({ overlap }) => overlap === 1));
  });

  it("names nobody but by made-up surnames, and no year before 2101", () => {
    const known = new Set(surnames);
    for (const { note, caseReport } of patients) {
      for (const [, name] of note.matchAll(/\b(?:Mr|Ms|Mrs|Dr)\. (\S+)/g)) assert.ok(known.has(name!), name);
      assert.ok(!/\b(?:Mr|Ms|Mrs|Dr)\./.test(caseReport));
      const dates = canonical(note).filter((word) => word.startsWith("date:"));
      assert.ok(dates.length >= 2 && dates.every((date) => Number(date.slice(5, 9)) > 2100), dates.join());
      assert.ok(!/@|https?:|\b\d{3}-\d{3}-\d{4}\b/.test(note));
    }
  });
});

describe("a drawn stay", () => {
  it("gives no drug that the patient is allergic to or that does not go with the disease", () => {
    for (const { encounter } of patients) {
      const { allergy, treatments, dischargeDrugs, homeDrugs, condition, comorbidities } = encounter;
      const names = [...treatments, ...dischargeDrugs, ...homeDrugs].map(({ name }) => name);
      for (const part of allergy?.excludes ?? []) {
        assert.ok(
          !names.some((name) => name.includes(part)),
          `${condition.name}: ${part} in ${names.join(", ")}`,
        );
      }
      const history = [...homeDrugs.map(({ name }) => name), ...comorbidities.map(({ name }) => name)];
      for (const name of condition.avoid ?? [])
        assert.ok(!history.includes(name), `${condition.name}: ${name}`);
    }
  });

  it("keeps age, sex and the order of days", () => {
    for (const { encounter } of patients) {
      const { age, sex, condition, stay, comorbidities, procedure, milestone, complication, treatments } =
        encounter;
      assert.ok(age >= condition.ages[0] && age <= condition.ages[1]);
      assert.ok(condition.sex === undefined || condition.sex === sex);
      assert.ok(comorbidities.every((entry) => age >= entry.from && (entry.sex ?? sex) === sex));
      const days = [
        procedure?.day,
        milestone.day,
        complication?.day,
        ...treatments.map(({ startDay }) => startDay),
      ];
      assert.ok(days.every((day) => day === undefined || (day >= 1 && day <= stay)));
      assert.ok(!procedure || procedure.day <= milestone.day);
    }
  });

  it("improves the value that is followed", () => {
    for (const { condition } of allConditions) {
      const [analyte, low, high] = condition.followed;
      const first = condition.labs[analyte];
      assert.ok(first, `${condition.name}: ${analyte} is no laboratory value of it`);
      assert.ok(high < first[1] || low > first[0], condition.name);
    }
  });
});

describe("a question", () => {
  it("has an answer whose facts stand in the note, unless they follow from it", () => {
    for (const { task, question, answer, facts, note } of rows) {
      assert.ok(facts.length > 0);
      const noteWords = canonical(note);
      for (const fact of facts) {
        if (fact.derived || fact.kind === "absent" || fact.kind === "polarity") continue;
        assert.ok(
          statesFact(note, noteWords, fact),
          `${task}: ${question} ${answer} ${JSON.stringify(fact)}`,
        );
      }
    }
  });

  it("quotes in coreference questions a clause of the note that does not hold the answer", () => {
    for (const { task, question, answer, note } of rows) {
      if (task !== "Coreference Resolution") continue;
      const clause = [...question.matchAll(/"([^"]+)"/g)]
        .map(([, quoted]) => quoted!)
        .sort((a, b) => b.length - a.length)[0]!;
      assert.ok(note.toLowerCase().includes(clause.toLowerCase()), clause);
      const named = ` ${canonical(clause).join(" ")} `.includes(` ${canonical(answer).join(" ")} `);
      assert.ok(!named, question);
    }
  });

  it("is unanswerable in a part of the tasks that can be, and then says so in one way", () => {
    const absent = rows.filter(({ facts }) => facts[0]!.kind === "absent");
    assert.ok(
      absent.length > 0.03 * rows.length && absent.length < 0.12 * rows.length,
      String(absent.length),
    );
    assert.ok(absent.every(({ answer }) => answer === absentAnswer));
    const without = [...generatePatients({ patients: 50, unanswerable: 0 })];
    assert.ok(
      without.every((patient) => patient.instructions.every(({ facts }) => facts[0]!.kind !== "absent")),
    );
  });

  it("is asked in many phrasings", () => {
    for (const task of clinicalTasks) {
      const starts = new Set(
        rows
          .filter((row) => row.task === task)
          .map(({ question }) => question.split(" ").slice(0, 3).join(" ")),
      );
      assert.ok(starts.size >= 12, `${task}: ${starts.size}`);
    }
  });

  it("has an answer of at most 45 words", () => {
    assert.ok(rows.every(({ answer }) => words(answer) <= 45));
  });

  it("means by an acronym what the glossary says", () => {
    assert.equal(glossary["CAP"], "community-acquired pneumonia");
    for (const { task, facts, question } of rows) {
      const [fact] = facts;
      if (task !== "Abbreviation Expansion" || fact?.kind !== "term" || !fact.derived) continue;
      assert.ok(
        Object.entries(glossary).some(([short, long]) => long === fact.value && question.includes(short)),
        question,
      );
    }
  });
});

describe("checkAnswer over the corpus", () => {
  it("accepts every answer that the generator gives", () => {
    for (const row of rows) {
      assert.ok(checkAnswer(row.task, row, row.answer).correct, `${row.task}: ${row.question} ${row.answer}`);
    }
  });

  it("rejects a refusal, an empty answer and another patient's facts", () => {
    for (const row of rows) {
      const absent = row.facts[0]!.kind === "absent";
      assert.equal(checkAnswer(row.task, row, absentAnswer).correct, absent, row.question);
      assert.ok(!checkAnswer(row.task, row, "").correct);
      if (absent) assert.ok(!checkAnswer(row.task, row, "On 2118-08-12, ceftriaxone 1 g IV daily.").correct);
    }
  });

  it("rejects every answer in which a number, a date, a drug or the diagnosis is another", () => {
    const count = { number: 0, date: 0, name: 0 };
    for (const row of rows) {
      if (row.facts[0]!.kind === "absent") continue;
      const { admission } = row.patient.encounter;
      for (const fact of row.facts) {
        if (fact.optional || fact.derived) continue;
        let mutated: string | undefined;
        if (fact.kind === "duration") mutated = row.answer.replace(`${fact.amount} `, `${fact.amount + 71} `);
        else if (fact.kind === "value")
          mutated = row.answer.replace(fact.value, `${Number.parseFloat(fact.value) + 71.5}`);
        if (mutated !== undefined) {
          count.number++;
          assert.ok(mutated !== row.answer && !checkAnswer(row.task, row, mutated).correct, mutated);
        }
        if (fact.kind === "day") {
          count.date++;
          const other = `On ${writeDate(admission + 40, "month")}.`;
          assert.ok(!checkAnswer(row.task, row, other).correct);
        }
        if (fact.kind === "drug") {
          count.name++;
          const other = row.answer.toLowerCase().replace(fact.name.toLowerCase(), "testosterone");
          assert.ok(!checkAnswer(row.task, row, other).correct, other);
        }
      }
      if (/\bdiagnosis\b/.test(row.question) && row.task === "Question Answering") {
        const other = allConditions.find(({ condition }) => condition !== row.patient.encounter.condition)!;
        assert.ok(!checkAnswer(row.task, row, `${other.condition.name}.`).correct);
      }
    }
    assert.ok(
      Object.values(count).every((number) => number > 60),
      JSON.stringify(count),
    );
  });
});
