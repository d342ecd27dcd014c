/** The hospital course: what was found and done, roughly in the order in which it happened. */
import { onDay, sayOne, state, type Draft, type Section } from "../draft.ts";
import { capitalize } from "../template.ts";
import { complicationTold, consultTold, procedureTold, studyTold, treatmentsTold } from "./events.ts";
import { withMention, type Told } from "./told.ts";

function diagnosis(draft: Draft): Told {
  const { condition, specialty, sex } = draft.encounter;
  state(draft, "diagnosis");
  const slots = {
    name: condition.name,
    short: condition.short,
    specialty,
    pronoun: sex === "F" ? "She" : "He",
  };
  if (draft.random.chance(0.4)) state(draft, "specialty");
  else {
    const text = sayOne(
      draft,
      [
        "[Picture|Workup|Presentation|Findings] [fit|supported|suggested|pointed to|was consistent with] {name}.",
        "[Diagnosed with|Found to have|Treated for|Managed for|Admitted for|Worked up for] {short}.",
        "{pronoun} was [diagnosed with|treated for|found to have] {short}.",
      ],
      slots,
    );
    return { order: 0, text: text.replace("Findings was", "Findings were") };
  }
  return {
    order: 0,
    text: sayOne(
      draft,
      [
        "[Admitted|Taken|Brought] to {specialty} [for|with] {short}.",
        "{pronoun} was [admitted|sent] to {specialty} with {short}.",
      ],
      slots,
    ),
  };
}

function milestoneTold(draft: Draft, sure: boolean): Told {
  const { encounter, random } = draft;
  state(draft, "milestone", "milestoneDay");
  const { text, day } = encounter.milestone;
  const slots = {
    text,
    when: onDay(draft, day),
    When: capitalize(onDay(draft, day)),
    pronoun: encounter.sex === "F" ? "she" : "he",
  };
  const order = day + 1.8;
  if (sure || random.chance(0.2)) {
    const before = sayOne(
      draft,
      ["Pt [felt better|improved|did well] and ", "Pt was [reviewed|reassessed] and "],
      slots,
    );
    const clause = sayOne(draft, ["{pronoun} {text} {when}"], slots);
    return {
      order,
      text: withMention(draft, before, clause, { phrase: slots.pronoun, antecedent: "the patient" }),
    };
  }
  return {
    order,
    text: sayOne(
      draft,
      [
        "{When} [pt|the pt|{pronoun}] {text}.",
        "Pt {text} {when}.",
        "[Improved;|Clinically better;|Did well and] {text} {when}.",
      ],
      slots,
    ),
  };
}

function trendTold(draft: Draft): Told | undefined {
  const { encounter, random } = draft;
  const first = encounter.labs.find(({ analyte }) => analyte === encounter.lastLab.analyte);
  if (!first || random.chance(0.35)) return undefined;
  const { analyte, value, unit } = encounter.lastLab;
  state(draft, "lastLab");
  const fell = Number(value) < Number(first.value);
  const slots = {
    Analyte: capitalize(analyte),
    analyte,
    first: first.value,
    last: unit === "" ? value : `${value} ${unit}`,
    moved: random.pick(
      fell
        ? ["fell", "came down", "decreased", "trended down"]
        : ["rose", "went up", "increased", "trended up"],
    ),
  };
  return {
    order: 90,
    text: sayOne(
      draft,
      [
        "{Analyte} {moved} from {first} to {last} [by|before|at] discharge.",
        "[Repeat|Last|Final] {analyte} [was|of] {last}[| (from {first})].",
        "{Analyte} {first} -> {last}.",
      ],
      slots,
    ),
  };
}

function leaving(draft: Draft): Told | undefined {
  const { encounter, random } = draft;
  if (random.chance(0.5)) return undefined;
  state(draft, "disposition", "stay");
  const { disposition, stay, sex } = encounter;
  const slots = {
    to: disposition.startsWith("a") ? `to ${disposition}` : disposition,
    stay,
    pronoun: sex === "F" ? "She" : "He",
  };
  return {
    order: 99,
    text: sayOne(
      draft,
      [
        "[Discharged|D/c'd|Sent] {to} after {stay} days.",
        "{pronoun} [left|was discharged] {to} after [{stay} days|a stay of {stay} days].",
      ],
      slots,
    ),
  };
}

export function hospitalCourse(draft: Draft): Section {
  // One sentence at least speaks of something by a pronoun, so that every note can be asked about one.
  const sure = draft.encounter.treatments.length > 0 && draft.random.chance(0.7) ? "treatment" : "milestone";
  const told = [
    diagnosis(draft),
    ...treatmentsTold(draft, sure === "treatment"),
    draft.random.chance(0.35) ? studyTold(draft) : undefined,
    procedureTold(draft),
    complicationTold(draft),
    consultTold(draft),
    milestoneTold(draft, sure === "milestone"),
    trendTold(draft),
    leaving(draft),
  ].filter((sentence) => sentence !== undefined);
  return {
    header: draft.random.pick([
      "Hospital Course",
      "Brief Hospital Course",
      "Course",
      "Hosp course",
      "Hospital Course by problem",
    ]),
    body: told
      .toSorted((a, b) => a.order - b.order)
      .map(({ text }) => text)
      .join(" "),
  };
}
