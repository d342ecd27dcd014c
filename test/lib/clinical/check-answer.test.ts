/** The judgement of answers: wordings do not matter, facts do. */
import assert from "node:assert/strict";
import {
  checkAnswer,
  type CheckedExample,
  type ClinicalTask,
  type Fact,
} from "../../../lib/clinical/index.ts";
import { canonical } from "../../../lib/clinical/check/canonical.ts";

const note =
  "DISCHARGE SUMMARY\nPt: 64 yo F\nAdmission Date: 2118-08-10\nDischarge Date: 2118-08-16\n" +
  "HPI: 64 yo woman with HTN p/w fever and productive cough x 3 days. Denied hemoptysis.\n" +
  "Course: Treated for CAP. Ceftriaxone 1 g IV daily was started on HD 1. Azithromycin added on HD 2 at 500 mg IV daily.\n" +
  "Dx: Community-acquired pneumonia (CAP)\nD/C meds: amoxicillin-clavulanate 875 mg PO BID x 5 days, guaifenesin 600 mg PO BID";

const judge = (
  task: ClinicalTask,
  question: string,
  facts: Fact[],
  answer: string,
): ReturnType<typeof checkAnswer> => {
  const example: CheckedExample = { note, question, facts };
  return checkAnswer(task, example, answer);
};

describe("canonical", () => {
  it("gives one form to the ways of writing a date, and leaves what is no day of the calendar", () => {
    for (const text of [
      "2118-08-12",
      "8/12/2118",
      "Aug 12, 2118",
      "12 August 2118",
      "12th of August 2118",
      "August 12th, 2118",
    ]) {
      assert.deepEqual(canonical(text), ["date:2118-08-12"], text);
    }
    assert.ok(!canonical("2118-02-31").some((word) => word.startsWith("date:")));
  });

  it("gives one form to orders, numbers, units and hospital days", () => {
    assert.deepEqual(canonical("40mg orally twice a day"), canonical("40 mg PO BID"));
    assert.deepEqual(canonical("forty"), ["forty"]);
    assert.deepEqual(canonical("five milligrams every 6 hours as needed"), canonical("5 mg q6h PRN"));
    assert.deepEqual(canonical("hospital day three"), canonical("HD 3"));
    assert.deepEqual(canonical("1,200 ng/mL"), canonical("1200 ng/mL"));
    assert.deepEqual(canonical("5.90"), canonical("5.9"));
    assert.deepEqual(canonical("a 64yo woman"), canonical("64-year-old woman"));
    assert.deepEqual(canonical("6-day course"), canonical("6 day course"));
  });
});

describe("checkAnswer", () => {
  const admitted: Fact[] = [{ kind: "day", date: "2118-08-10" }];
  const started: Fact[] = [{ kind: "day", date: "2118-08-11", hospitalDay: 2 }];
  const order: Fact[] = [
    {
      kind: "drug",
      name: "amoxicillin-clavulanate",
      dose: "875 mg",
      route: "PO",
      frequency: "BID",
      forDays: 5,
    },
  ];
  const given: Fact[] = [
    { kind: "drug", name: "ceftriaxone" },
    { kind: "drug", name: "azithromycin" },
  ];
  const pneumonia: Fact[] = [{ kind: "term", value: "community-acquired pneumonia", also: ["CAP"] }];

  it("accepts any way of writing a date and rejects another date, or both", () => {
    const ask = (answer: string): boolean =>
      judge("Temporal Information Extraction", "When was the patient admitted?", admitted, answer).correct;
    assert.ok(ask("The patient was admitted on August 10, 2118.") && ask("8/10/2118"));
    assert.ok(!ask("On 2118-08-11.") && !ask("On 2118-08-16."));
    assert.ok(!ask("On 2118-08-10 or 2118-08-11."));
  });

  it("accepts a hospital day or its date", () => {
    const ask = (answer: string): boolean =>
      judge("Temporal Information Extraction", "When was azithromycin started?", started, answer).correct;
    assert.ok(ask("On HD 2.") && ask("Azithromycin was started on hospital day two.") && ask("Aug 11, 2118"));
    assert.ok(!ask("On hospital day 1.") && !ask("Aug 10, 2118") && !ask("2"));
  });

  it("accepts an order in words, with its facts in any order, and rejects another dose, route, frequency or length", () => {
    const ask = (answer: string): boolean =>
      judge("Paraphrasing", "Paraphrase the order.", order, answer).correct;
    assert.ok(ask("Take amoxicillin-clavulanate 875 milligrams by mouth twice a day for five days."));
    assert.ok(ask("Amoxicillin clavulanate, orally, 875 mg, two times daily, 5 days"));
    assert.ok(!ask("Take amoxicillin-clavulanate 500 mg by mouth twice daily for 5 days."));
    assert.ok(!ask("Take amoxicillin-clavulanate 875 mg intravenously twice daily for 5 days."));
    assert.ok(!ask("Take amoxicillin-clavulanate 875 mg by mouth three times daily for 5 days."));
    assert.ok(!ask("Take amoxicillin-clavulanate 875 mg by mouth twice daily for 7 days."));
  });

  it("finds doses that two drugs have exchanged", () => {
    const both: Fact[] = [
      { kind: "drug", name: "amoxicillin-clavulanate", dose: "875 mg" },
      { kind: "drug", name: "guaifenesin", dose: "600 mg" },
    ];
    const ask = (answer: string): boolean =>
      judge("Named Entity Recognition", "List drugs with doses.", both, answer).correct;
    assert.ok(ask("Guaifenesin 600 mg and amoxicillin-clavulanate 875 mg."));
    assert.ok(!ask("Guaifenesin 875 mg and amoxicillin-clavulanate 600 mg."));
  });

  it("wants every drug of a list and no drug besides", () => {
    const ask = (answer: string): ReturnType<typeof checkAnswer> =>
      judge("Named Entity Recognition", "Which drugs were given in hospital?", given, answer);
    assert.ok(ask("azithromycin, ceftriaxone").correct);
    assert.deepEqual(ask("Ceftriaxone.").faults, ["missing"]);
    assert.equal(ask("Ceftriaxone.").found, 1);
    assert.deepEqual(ask("Ceftriaxone, azithromycin and guaifenesin.").faults, ["contradiction"]);
    assert.deepEqual(ask("Ceftriaxone, azithromycin and vancomycin.").faults, ["contradiction"]);
  });

  it("accepts a name or its acronym, and rejects another disease beside it", () => {
    const ask = (answer: string): boolean =>
      judge("Question Answering", "What is the diagnosis?", pneumonia, answer).correct;
    assert.ok(ask("CAP") && ask("The patient had community acquired pneumonia."));
    assert.ok(!ask("Pulmonary embolism.") && !ask("CAP or pulmonary embolism.") && !ask("pneumonia"));
  });

  it("lets a summary leave optional facts out, and nothing invent", () => {
    const facts: Fact[] = [
      ...pneumonia,
      { kind: "drug", name: "ceftriaxone", optional: true },
      { kind: "duration", amount: 6, unit: "days", optional: true, derived: true },
      { kind: "duration", amount: 64, unit: "years", optional: true, derived: true },
    ];
    const ask = (answer: string): ReturnType<typeof checkAnswer> =>
      judge("Summarization", "Summarize.", facts, answer);
    assert.ok(ask("A 64 year old woman with CAP got ceftriaxone.").correct);
    assert.ok(ask("CAP treated with ceftriaxone 1 g IV and azithromycin over six days.").correct);
    assert.deepEqual(ask("CAP.").faults, ["missing"]);
    assert.deepEqual(ask("A 64-year-old woman with CAP got ceftriaxone and meropenem.").faults, [
      "invention",
    ]);
    assert.deepEqual(ask("A 64-year-old woman with CAP got ceftriaxone for 9 days.").faults, ["invention"]);
  });

  it("accepts any refusal where the note does not say, and none where it does", () => {
    const absent: Fact[] = [{ kind: "absent" }];
    for (const answer of [
      "The note does not say.",
      "Not mentioned in the note.",
      "There is no information on this.",
      "This is not documented.",
    ]) {
      assert.ok(judge("Question Answering", "What is the blood type?", absent, answer).correct, answer);
      assert.ok(
        judge("Question Answering", "What is the diagnosis?", pneumonia, answer).faults.includes("refusal"),
        answer,
      );
    }
    assert.ok(!judge("Question Answering", "Who is the attending?", absent, "Dr. Velmora").correct);
    assert.ok(
      !judge("Question Answering", "What dose of warfarin?", absent, "Not stated, but usually 5 mg.").correct,
    );
  });

  it("tells yes from no", () => {
    const denied: Fact[] = [
      { kind: "polarity", yes: false },
      { kind: "term", value: "hemoptysis" },
    ];
    const ask = (answer: string): boolean =>
      judge("Question Answering", "Was there hemoptysis?", denied, answer).correct;
    assert.ok(ask("No, hemoptysis was denied."));
    assert.ok(!ask("Yes, there was hemoptysis."));
  });
});
