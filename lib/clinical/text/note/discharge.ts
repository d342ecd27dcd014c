/** The note's end: diagnosis, drugs, condition, visits and instructions. */
import { drugOrder, sayOne, state, writeList, type Draft, type Section } from "../draft.ts";
import { isAcronym } from "../../knowledge/abbreviations.ts";
import { capitalize, enumerate, quantity } from "../template.ts";

/** The diagnosis that the patient leaves with. */
export function dischargeDiagnosis(draft: Draft): Section {
  const { encounter, random } = draft;
  const { name, short } = encounter.condition;
  state(draft, "diagnosis");
  const body = !isAcronym(short) ? name : random.pick([name, `${name} (${short})`, `${short} - ${name}`]);
  return {
    header: random.pick([
      "Discharge Diagnosis",
      "Dx",
      "Final Diagnosis",
      "Principal dx",
      "Primary Diagnosis",
    ]),
    body: capitalize(body),
  };
}

/** The new drugs. */
export function dischargeMedications(draft: Draft): Section {
  const { encounter, random } = draft;
  state(draft, "dischargeDrugs");
  const drugs = random
    .shuffle(encounter.dischargeDrugs)
    .map((drug) =>
      drug.forDays === undefined ? drugOrder(drug) : `${drugOrder(drug)} x ${drug.forDays} days`,
    );
  return {
    header: random.pick([
      "Discharge Meds",
      "Discharge Medications",
      "D/C meds",
      "Meds at discharge",
      "New meds",
    ]),
    body: drugs.length === 0 ? "None" : writeList(draft, drugs),
  };
}

/** Condition and place at discharge. */
export function dispositionSection(draft: Draft): Section {
  const { encounter, random } = draft;
  state(draft, "disposition", "state");
  return random.pick([
    { header: "Disposition", body: `${capitalize(encounter.disposition)}, ${encounter.state}` },
    {
      header: "Condition at discharge",
      body: `${capitalize(encounter.state)}. Dispo ${encounter.disposition}.`,
    },
    {
      header: "Dispo",
      body: `${capitalize(encounter.disposition)} in ${encounter.state} condition`
        .replace(/in (alert|hemo\S+) (.*) condition$/, ", $1 $2")
        .replace(" ,", ","),
    },
  ]);
}

/** Visits and what is still to come. */
export function followUp(draft: Draft): Section {
  const { encounter, random } = draft;
  state(draft, "followUps");
  const sentences = encounter.followUps.map(({ clinic, weeks }) =>
    sayOne(
      draft,
      [
        "[F/u|Follow up|Appt|See] [with|at|in] {clinic} [in|after] {weeks}.",
        "{Clinic} in {weeks}.",
        "{Clinic} f/u {weeks} [after discharge|from discharge|out].",
      ],
      {
        clinic,
        Clinic: capitalize(clinic),
        weeks: quantity(weeks, "weeks"),
      },
    ),
  );
  if (random.chance(0.6)) {
    state(draft, "pending");
    sentences.push(
      sayOne(
        draft,
        [
          "[Pending|Outstanding|To do|Still needed]: {pending}.",
          "{Pending} [to be checked|pending|to be arranged|due then].",
        ],
        { pending: encounter.pending, Pending: capitalize(encounter.pending) },
      ),
    );
  }
  return { header: random.pick(["Follow-up", "F/u", "Plan", "Follow up"]), body: sentences.join(" ") };
}

/** What the patient is told. */
export function instructions(draft: Draft): Section {
  const { encounter, random } = draft;
  const parts: string[] = [];
  if (random.chance(0.75)) {
    parts.push(
      sayOne(draft, ["{Advice}.", "[Please|Told to|Advised to|Pt to] {advice}."], {
        advice: enumerate(encounter.advice),
        Advice: capitalize(enumerate(encounter.advice)),
      }),
    );
    state(draft, "advice");
  }
  if (parts.length === 0 || random.chance(0.7)) {
    parts.push(
      sayOne(
        draft,
        [
          "[Return|Come back|Seek care|Return to ED|Call] [for|if there is|with] {signs}.",
          "[Return precautions|Warning signs|Red flags]: {signs}.",
        ],
        {
          signs: enumerate(encounter.returnFor, "or"),
        },
      ),
    );
    state(draft, "returnFor");
  }
  return {
    header: random.pick(["Discharge Instructions", "Instructions", "Pt instructions", "Advice"]),
    body: parts.join(" "),
  };
}
