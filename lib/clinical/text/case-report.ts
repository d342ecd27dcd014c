/** Writes a stay as a case report: plain prose without acronyms or names, as journals print them. */
import type { RandomDraws } from "../../data/index.ts";
import { analytes } from "../knowledge/analytes.ts";
import { frequencies, routes, spellOut } from "../knowledge/abbreviations.ts";
import { studies } from "../knowledge/studies.ts";
import type { DrugOrder, Encounter, LabResult } from "../patient/encounter.ts";
import { capitalize, enumerate, fill, quantity } from "./template.ts";

function drugInWords({ name, dose, route, frequency }: DrugOrder): string {
  return `${name} ${dose} ${routes[route]} ${frequencies[frequency]}`;
}

function labInWords({ analyte, value, unit }: LabResult): string {
  const entry = analytes[analyte];
  return `${"long" in entry ? entry.long : analyte} of ${value}${unit === "" || unit === "%" ? unit : ` ${unit}`}`;
}

/**
 * Writes the report; dates are told as days of the stay, as in reports that are made public.
 *
 * @example
 * const report = writeCaseReport(drawEncounter(1, random), random);
 */
export function writeCaseReport(encounter: Encounter, random: RandomDraws): string {
  const { age, sex, condition, symptoms, onset, comorbidities, vitals } = encounter;
  const [She, she, her] = sex === "F" ? ["She", "she", "her"] : ["He", "he", "his"];
  const one = (templates: readonly string[], slots: Record<string, string | number>): string =>
    fill(
      random.pick(templates),
      { age, noun: sex === "F" ? "woman" : "man", She, she, her, ...slots },
      random,
    );
  const slots = {
    Article: age === 18 || (age >= 80 && age < 90) ? "An" : "A",
    history:
      comorbidities.length === 0
        ? "no relevant medical history"
        : `a history of ${enumerate(comorbidities.map(({ name }) => name))}`,
    symptoms: enumerate(symptoms),
    onset: quantity(onset.amount, onset.unit),
    denied: enumerate(encounter.denies, "or"),
    risk: encounter.risk,
    home: enumerate(encounter.homeDrugs.map(drugInWords)),
    exam: spellOut(enumerate(encounter.exam)),
    labs: enumerate(encounter.labs.map(labInWords)),
    ...vitals,
  };
  const presentation = [
    one(
      [
        "{Article} {age}-year-old {noun} with {history} [presented|was admitted|came to our hospital] with {symptoms} [of {onset} duration|that had begun {onset} earlier|for {onset}].",
        "We report [the case of |]{Article} {age}-year-old {noun} with {history}, who [presented with|was seen for] {symptoms} for {onset}.",
      ],
      slots,
    )
      .replace("We report the case of A", "We report the case of a")
      .replace(/We report A/, "We report a"),
    one(["{She} [denied|did not report] {denied}.", "There was no {denied}."], slots),
    one(["[Further history revealed|The history was notable for|Questioning brought out] {risk}."], slots),
    ...(encounter.homeDrugs.length === 0
      ? []
      : [one(["{She} was taking {home}.", "[Regular|Home] medication [was|consisted of] {home}."], slots)]),
  ].map(capitalize);
  const findings = [
    one(
      [
        "On [examination|admission], the temperature was {temp} degrees Celsius, the heart rate {HR} beats per minute, the blood pressure {SBP}/{DBP} mmHg and the oxygen saturation {SpO2}%.",
        "[Vital signs were|On arrival the vital signs were] a temperature of {temp} degrees Celsius, a pulse of {HR} per minute, a blood pressure of {SBP}/{DBP} mmHg and a saturation of {SpO2}%.",
      ],
      slots,
    ),
    one(
      [
        "[Physical examination|Examination] [showed|revealed] {exam}.",
        "[Notable findings were|Findings included] {exam}.",
      ],
      slots,
    ),
    one(
      ["Laboratory [tests|studies] showed {labs}.", "Blood tests [were notable for|showed] {labs}."],
      slots,
    ),
    ...encounter.studies.map(({ name, finding }) =>
      one(
        [
          "[A |]{study} [showed|revealed|demonstrated] {finding}.",
          "On {study} we [found|saw|noted] {finding}.",
        ],
        { study: studies[name], finding: spellOut(finding) },
      )
        .replace(/^A /, "")
        .replace(/^./, (first) => first.toUpperCase()),
    ),
  ];
  const course = [
    one(
      [
        "[These findings were consistent with|A diagnosis was made of|The diagnosis was] {name}.",
        "{She} was [diagnosed with|found to have] {name}.",
      ],
      { name: condition.name },
    ),
    ...(encounter.treatments.length === 0
      ? []
      : [
          one(
            ["{She} [was treated with|received] {drugs}.", "[Treatment consisted of|We started] {drugs}."],
            { drugs: enumerate(encounter.treatments.map(drugInWords)) },
          ),
        ]),
    ...timed(encounter).map(([templates, values]) => one(templates, values)),
  ];
  const [visit] = encounter.followUps;
  const end = [
    one(["By discharge, the {lab} had changed to {value}.", "[The last|A final] {lab} was {value}."], {
      lab: labName(encounter.lastLab),
      value: `${encounter.lastLab.value} ${encounter.lastLab.unit}`.trim(),
    }),
    one(["{She} was discharged after {stay}[, {to}|] {drugs}.", "After {stay} {she} left {drugs}."], {
      stay: quantity(encounter.stay, "days"),
      to: encounter.disposition.startsWith("a")
        ? `to ${encounter.disposition},`
        : `${encounter.disposition},`,
      drugs:
        encounter.dischargeDrugs.length === 0
          ? "without new drugs"
          : `on ${enumerate(encounter.dischargeDrugs.map(drugInWords))}`,
    }),
    one(
      [
        "[Follow-up|A visit] in the {clinic} was [planned|arranged] for {weeks} later.",
        "{She} was to be seen in the {clinic} after {weeks}.",
      ],
      {
        clinic: visit.clinic,
        weeks: quantity(visit.weeks, "weeks"),
      },
    ),
  ];
  return [presentation, findings, course, end].map((sentences) => sentences.join(" ")).join("\n\n");
}

function labName({ analyte }: LabResult): string {
  const entry = analytes[analyte];
  return "long" in entry ? entry.long : analyte;
}

/** What happened on a day, in the order of days, as templates with their values. */
function timed(encounter: Encounter): [templates: string[], values: Record<string, string | number>][] {
  const { procedure, complication, milestone } = encounter;
  const events: { day: number; templates: string[]; values: Record<string, string | number> }[] = [
    {
      day: milestone.day + 0.5,
      templates: ["By hospital day {day}, {she} {text}.", "On hospital day {day}, {she} {text}."],
      values: { text: spellOut(milestone.text), day: milestone.day },
    },
  ];
  if (procedure) {
    events.push({
      day: procedure.day,
      templates: [
        "On hospital day {day}, {she} underwent {text}.",
        "{Text} was performed on hospital day {day}.",
      ],
      values: {
        text: spellOut(procedure.text),
        Text: capitalize(spellOut(procedure.text)),
        day: procedure.day,
      },
    });
  }
  if (complication) {
    events.push({
      day: complication.day + 0.2,
      templates: [
        "The course was complicated by {name} on hospital day {day}, which [was treated with|responded to] {managed}.",
        "On hospital day {day} {she} developed {name}, [managed|treated] with {managed}.",
      ],
      values: { name: complication.name, managed: spellOut(complication.managedWith), day: complication.day },
    });
  }
  return events.toSorted((a, b) => a.day - b.day).map(({ templates, values }) => [templates, values]);
}
