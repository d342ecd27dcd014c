/** The note's middle: examination, laboratory values and studies. */
import type { LabResult } from "../../patient/encounter.ts";
import { onDay, sayOne, state, writeList, type Draft, type Section } from "../draft.ts";
import { capitalize, enumerate } from "../template.ts";

/** Vital signs, and what the examination found. */
export function examination(draft: Draft): Section {
  const { encounter, random } = draft;
  const { temp, HR, SBP, DBP, RR, SpO2 } = encounter.vitals;
  const signs = random.pick([
    `T ${temp} HR ${HR} BP ${SBP}/${DBP} RR ${RR} SpO2 ${SpO2}% on room air`,
    `BP ${SBP}/${DBP}, HR ${HR}, T ${temp}, RR ${RR}, SpO2 ${SpO2}%`,
    `temp ${temp} C, pulse ${HR}, BP ${SBP}/${DBP}, RR ${RR}, sat ${SpO2}%`,
    `HR ${HR}, BP ${SBP}/${DBP}, SpO2 ${SpO2}%, T ${temp}, RR ${RR}`,
  ]);
  const findings = sayOne(
    draft,
    [
      "{first}.",
      "[Notable for|Remarkable for|Found:|Significant for|Positive for] {found}.",
      "{first} [on exam|noted|present].",
    ],
    { found: enumerate(encounter.exam), first: capitalize(enumerate(encounter.exam)) },
  );
  const both = [
    `[Vitals] ${signs}.`.replace("[Vitals]", random.pick(["VS:", "Vitals:", ""])).trim(),
    findings,
  ];
  state(draft, "vitals", "exam");
  return {
    header: random.pick(["Exam", "Physical Exam", "Admission exam"]),
    body: both.join(random.pick([" ", "\n"])),
  };
}

/** A laboratory value as notes write it, with or without the unit. */
export function writeLab({ analyte, value, unit }: LabResult): string {
  return unit === "" ? `${analyte} ${value}` : `${analyte} ${value} ${unit}`;
}

/** The first laboratory values. */
export function laboratory(draft: Draft): Section {
  const { encounter, random } = draft;
  const values = random.shuffle(encounter.labs).map(writeLab);
  state(draft, "labs");
  return {
    header: random.pick(["Labs", "Pertinent Labs", "Lab data", "Admission labs", "Laboratory"]),
    body: values.join(random.pick([", ", "; "])),
  };
}

/** Studies with their findings. */
export function studySection(draft: Draft): Section {
  const { encounter, random } = draft;
  const dated = random.chance(0.4);
  const lines = encounter.studies.map(({ name, finding, day }) =>
    sayOne(
      draft,
      [
        `{name}{when}: {finding}`,
        `{name}{when} [showed|with|revealed] {finding}`,
        `{name}{when} - {finding}`,
      ],
      {
        name: capitalize(name),
        finding,
        when: dated ? ` ${onDay(draft, day)}` : "",
      },
    ),
  );
  state(draft, "studies");
  if (dated) state(draft, "studyDays");
  return {
    header: random.pick(["Studies", "Imaging/Studies", "Pertinent results", "Imaging", "Diagnostics"]),
    body:
      lines.length === 1 ? lines[0]! : draft.list === "comma" ? lines.join(". ") : writeList(draft, lines),
  };
}
