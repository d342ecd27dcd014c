/** The tables of conditions: complete, without contradictions, and with one meaning for each acronym. */
import assert from "node:assert/strict";
import { allConditions, glossary, specialties } from "../../../lib/clinical/index.ts";
import { analytes, type Analyte } from "../../../lib/clinical/knowledge/analytes.ts";
import { comorbidities } from "../../../lib/clinical/knowledge/comorbidities.ts";

const conditions = allConditions.map(({ condition }) => condition);

describe("the conditions", () => {
  it("are five at least in each of twelve specialties, each with its own name and short form", () => {
    assert.equal(specialties.length, 12);
    for (const specialty of specialties) {
      assert.ok(allConditions.filter((entry) => entry.specialty === specialty).length >= 5, specialty);
    }
    assert.equal(new Set(conditions.map(({ name }) => name)).size, conditions.length);
    assert.equal(new Set(conditions.map(({ short }) => short)).size, conditions.length);
    for (const { short, name } of conditions) assert.ok((glossary[short] ?? name) === name, short);
  });

  it("have enough of everything that is drawn from, and deny no symptom that they have", () => {
    for (const condition of conditions) {
      const { name, symptoms, denies, labs, studies, treatments, discharge } = condition;
      for (const key of [
        "symptoms",
        "denies",
        "risks",
        "exam",
        "milestones",
        "advice",
        "returnFor",
      ] as const) {
        assert.ok(
          new Set(condition[key]).size === condition[key].length && condition[key].length >= 5,
          `${name}: ${key}`,
        );
      }
      assert.ok(condition.procedures.length >= 2 && condition.complications.length >= 3, name);
      assert.ok(Object.keys(labs).length >= 6 && Object.keys(studies).length >= 2, name);
      assert.ok(treatments.length >= 2 && discharge.length >= 1, name);
      assert.ok(!denies.some((text) => symptoms.includes(text)), name);
      assert.ok(condition.stay[0] >= 2 && condition.stay[1] <= 21 && condition.ages[0] >= 18, name);
    }
  });

  it("have ranges in order, laboratory values with the decimals to tell their ends apart", () => {
    for (const { name, labs, vitals, ages, onset, stay, courseDays } of conditions) {
      const ranges = [
        ...Object.values(labs),
        ...Object.values(vitals),
        ages,
        stay,
        onset,
        courseDays ?? [1, 1],
      ];
      assert.ok(
        ranges.every(([low, high]) => low <= high),
        name,
      );
      for (const [analyte, [low, high]] of Object.entries(labs)) {
        const { decimals } = analytes[analyte as Analyte];
        assert.notEqual(low.toFixed(decimals), high.toFixed(decimals), `${name}: ${analyte}`);
      }
    }
  });

  it("avoid only drugs and comorbidities that exist, or alcohol", () => {
    const known = new Set([
      "alcohol",
      ...comorbidities.flatMap(({ name, drugs }) => [name, ...drugs.map((drug) => drug.name)]),
    ]);
    for (const { name, avoid = [] } of conditions) {
      for (const avoided of avoid) assert.ok(known.has(avoided), `${name}: ${avoided}`);
    }
  });

  it("write no acronym into a text that neither the glossary nor everyday use explains", () => {
    const everyday = new Set([
      "CT",
      "ST",
      "AV",
      "QT",
      "QRS",
      "PR",
      "II",
      "IV",
      "HIV",
      "DNA",
      "HLA",
      "JC",
      "IgE",
    ]);
    for (const condition of conditions) {
      for (const text of [
        ...condition.symptoms,
        ...condition.denies,
        ...condition.risks,
        ...condition.advice,
      ]) {
        for (const word of text.match(/\b[A-Z]{2,}\b/g) ?? []) {
          assert.ok(everyday.has(word) || glossary[word], `${condition.name}: ${word}`);
        }
      }
    }
  });
});
