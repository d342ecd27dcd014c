/** The note's beginning: who the patient is, why they came, and what they bring with them. */
import { writeDate } from "../../patient/dates.ts";
import { drugOrder, say, sayOne, state, writeList, type Draft, type Section } from "../draft.ts";
import { capitalize, enumerate, quantity } from "../template.ts";

/** Title and identifying lines; everything that a stay's dates say is here. */
export function heading(draft: Draft): string {
  const { encounter, random, dates } = draft;
  const { age, sex, surname, attending, specialty, admission, stay } = encounter;
  const title = random.pick([
    "DISCHARGE SUMMARY",
    "D/C SUMMARY",
    "PHYSICIAN DISCHARGE SUMMARY",
    "DISCHARGE NOTE",
    "HOSPITAL DISCHARGE SUMMARY",
  ]);
  const admitted = writeDate(admission, dates);
  const discharged = writeDate(admission + stay, dates);
  const lines: string[] = [];
  if (random.chance(0.6)) {
    lines.push(`Name: ${sex === "F" ? "Ms." : "Mr."} ${surname}`);
    state(draft, "name");
  } else if (random.chance(0.5)) lines.push("Name: N/A");
  lines.push(random.pick([`Age/Sex: ${age} ${sex}`, `Pt: ${age} yo ${sex}`, `Age: ${age} Sex: ${sex}`]));
  lines.push(
    random.pick([
      `Admission Date: ${admitted}\nDischarge Date: ${discharged}`,
      `Admitted: ${admitted}\nDischarged: ${discharged}`,
      `Date of admission: ${admitted}\nDate of discharge: ${discharged}`,
    ]),
  );
  if (random.chance(0.5)) {
    lines.push(`LOS: ${quantity(stay, "days")}`);
    state(draft, "stay");
  }
  if (random.chance(0.5)) {
    lines.push(`Service: ${capitalize(specialty)}`);
    state(draft, "specialty");
  }
  if (random.chance(0.5)) {
    lines.push(`Attending: Dr. ${attending}`);
    state(draft, "attending");
  }
  state(draft, "age", "admission", "discharge");
  return [title, ...lines].join("\n");
}

/** The complaint that the patient came with. */
export function chiefComplaint(draft: Draft): Section {
  const { symptoms } = draft.encounter;
  return {
    header: draft.random.pick(["CC", "Chief Complaint", "Reason for admission"]),
    body: capitalize(symptoms[0]!),
  };
}

/** The history of the present illness. */
export function presentIllness(draft: Draft): Section {
  const { encounter, random } = draft;
  const { age, sex, symptoms, onset, comorbidities, denies, risk } = encounter;
  const slots = {
    age,
    sex,
    noun: sex === "F" ? "woman" : "man",
    pronoun: sex === "F" ? "She" : "He",
    symptoms: enumerate(symptoms),
    symptom: symptoms[0]!,
    others: enumerate(symptoms.slice(1)),
    onset: quantity(onset.amount, onset.unit),
    denied: enumerate(denies, "or"),
    risk,
    history: enumerate(comorbidities.slice(0, 2).map(({ short }) => short)),
  };
  const named = comorbidities.length > 0 && random.chance(0.6);
  const who = named
    ? say(
        draft,
        "[{age} yo {noun} with|{age}yo {sex} w/|{age}-year-old {noun} with h/o|{sex}, {age}, with] {history}",
        slots,
      )
    : say(draft, "[{age} yo {noun}|{age}yo {sex}|{age}-year-old {noun}|This {age} yo {noun}]", slots);
  const sentences = [
    `${who} ${sayOne(
      draft,
      [
        "[p/w|presented with|came to the ED with|admitted with|who presented with] {symptoms} [x|for|over] {onset}.",
        "[p/w|presented with|brought in for|referred for] {onset} of {symptoms}.",
        "[developed|noticed] {symptom} {onset} [before admission|ago|PTA], [followed by|then|along with] {others}.",
        "[came in|presented] [after|with] {onset} of {symptom}, [with|plus|also] {others}.",
      ],
      slots,
    )}`,
  ];
  if (named) state(draft, "comorbidityMention");
  const more: string[] = [];
  if (random.chance(0.8)) {
    more.push(
      sayOne(
        draft,
        [
          "[Denied|Denies|Negative for|No] {denied}.",
          "{pronoun} [denied|denies|had no|reported no] {denied}.",
          "[ROS negative for|ROS otherwise neg for|There was no] {denied}.",
        ],
        slots,
      ),
    );
    state(draft, "denies");
  }
  if (random.chance(0.75)) {
    more.push(
      sayOne(
        draft,
        [
          "[Of note,|Notable for|Background of|Risk factor:|Hx significant for|Contributing:] {risk}.",
          "{pronoun} [reported|mentioned|described|endorsed] {risk}.",
          "[Relevant background|Likely trigger|Possible contributor] [was|:] {risk}.",
        ],
        slots,
      ).replace(" :", ":"),
    );
    state(draft, "risk");
  }
  state(draft, "symptoms", "onset", "age");
  return {
    header: random.pick(["HPI", "History of Present Illness", "Presentation", "Brief HPI"]),
    body: [...sentences, ...random.shuffle(more)].join(" "),
  };
}

/** The past medical history, in short forms or full names. */
export function pastHistory(draft: Draft): Section {
  const { encounter, random } = draft;
  const names = random
    .shuffle(encounter.comorbidities)
    .map(({ short, name }) => (random.chance(0.7) ? short : name));
  state(draft, "comorbidities");
  return {
    header: random.pick(["PMH", "Past Medical History", "Past hx", "Medical hx"]),
    body:
      names.length === 0
        ? random.pick(["None", "None known", "Unremarkable", "Nil of note"])
        : writeList(draft, names),
  };
}

/** What the patient took before the stay. */
export function homeMedications(draft: Draft): Section {
  const { encounter, random } = draft;
  const drugs = random.shuffle(encounter.homeDrugs).map(drugOrder);
  state(draft, "homeDrugs");
  return {
    header: random.pick(["Home meds", "Home Medications", "Meds on admission", "Medications PTA"]),
    body: drugs.length === 0 ? "None" : writeList(draft, drugs),
  };
}

/** Allergies, or that there are none. */
export function allergySection(draft: Draft): Section {
  const { encounter, random } = draft;
  state(draft, "allergy");
  const { allergy } = encounter;
  return {
    header: random.pick(["Allergies", "Allergy", "ALLERGIES"]),
    body: allergy
      ? random.pick([
          `${capitalize(allergy.substance)} (${allergy.reaction})`,
          `${allergy.substance} - ${allergy.reaction}`,
        ])
      : "NKDA",
  };
}

/** Habits, work and home: some of them, in a drawn order. */
export function socialHistory(draft: Draft): Section {
  const { encounter, random } = draft;
  const parts = random
    .shuffle([
      ["smoking", encounter.smoking],
      ["alcohol", encounter.alcohol],
      ["occupation", encounter.occupation],
      ["home", encounter.home],
    ] as const)
    .flatMap(([key, text]) => (text === undefined ? [] : [{ key, text }]))
    .slice(0, random.between(2, 3));
  state(draft, ...parts.map(({ key }) => key));
  return {
    header: random.pick(["Social Hx", "Social History", "Social"]),
    body: `${capitalize(parts.map(({ text }) => text).join(random.pick(["; ", ", "])))}.`,
  };
}
