/** The hospital course: what was found and done, roughly in the order in which it happened. */
import { drugOrder, onDay, sayOne, state, type Draft, type Mention, type Section } from "../draft.ts";
import { capitalize } from "../template.ts";

/** A sentence with its place in the story, and the mention in it that a question may ask about. */
interface Told {
  order: number;
  text: string;
}

/** A sentence whose second clause speaks of the first by a pronoun; the antecedent is not in the clause. */
function withMention(draft: Draft, before: string, clause: string, mention: Omit<Mention, "clause">): string {
  draft.mentions.push({ ...mention, clause });
  return `${before}${clause}.`;
}

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

function treatments(draft: Draft, sure: boolean): Told[] {
  const { encounter, random } = draft;
  state(draft, "treatments");
  const dated = random.chance(0.6);
  if (dated) state(draft, "treatmentDays");
  const spoken = sure || random.chance(0.2) ? random.int(encounter.treatments.length || 1) : -1;
  return encounter.treatments.map((treatment, index) => {
    const { name, dose, route, frequency, startDay } = treatment;
    const slots = {
      order: drugOrder(treatment),
      Order: capitalize(drugOrder(treatment)),
      Name: capitalize(name),
      rest: `${dose} ${route} ${frequency}`,
      when: dated ? ` ${onDay(draft, startDay)}` : "",
    };
    const order = 1 + startDay;
    if (index === spoken) {
      const phrase = random.pick(["it", "this drug", "the drug"]);
      const clause = sayOne(
        draft,
        ["{phrase} was [well tolerated|continued|tolerated without side effects|given as planned]"],
        { phrase },
      );
      const before = sayOne(
        draft,
        ["{Order} was [started|begun|ordered]{when} and ", "[Started|Given|Placed on] {order}{when}; "],
        slots,
      );
      return { order, text: withMention(draft, before, clause, { phrase, antecedent: name }) };
    }
    return {
      order,
      text: sayOne(
        draft,
        [
          "[Started|Received|Given|Placed on|Treated with|Put on|Begun on] {order}{when}.",
          "{Order} [was started|was begun|started|was given|added|ordered]{when}.",
          "{Name} [was started|begun|was given|started]{when} at {rest}.",
          "[Therapy|Treatment] [with|included] {order}{when}.",
        ],
        slots,
      ),
    };
  });
}

function studyTold(draft: Draft): Told | undefined {
  const { encounter, random } = draft;
  const study = random.pick(encounter.studies);
  const slots = {
    name: study.name,
    Name: capitalize(study.name),
    finding: study.finding,
    when: onDay(draft, study.day),
  };
  if (random.chance(0.5)) {
    const clause = sayOne(draft, ["it [showed|revealed|demonstrated] {finding}"], slots);
    const before = sayOne(
      draft,
      ["{Name} was [done|obtained|performed] and ", "{Name} was [ordered|repeated|reviewed]; "],
      slots,
    );
    return { order: 1.5, text: withMention(draft, before, clause, { phrase: "it", antecedent: study.name }) };
  }
  return {
    order: 1.5,
    text: sayOne(
      draft,
      ["{Name} [showed|revealed|with] {finding}.", "[Noted|Found] {finding} on {name}."],
      slots,
    ),
  };
}

function procedureTold(draft: Draft): Told | undefined {
  const { encounter, random } = draft;
  const { procedure } = encounter;
  if (!procedure) return undefined;
  state(draft, "procedure", "procedureDay");
  const slots = {
    procedure: procedure.text,
    Procedure: capitalize(procedure.text),
    when: onDay(draft, procedure.day),
  };
  const order = procedure.day + 1;
  if (random.chance(0.3)) {
    const phrase = random.pick(["the procedure", "this", "the intervention"]);
    const clause = sayOne(draft, ["{phrase} [was well tolerated|went without complication|was uneventful]"], {
      phrase,
    });
    const before = sayOne(
      draft,
      ["{Procedure} was [done|performed] {when} and ", "[Underwent|Had] {procedure} {when}; "],
      slots,
    );
    return { order, text: withMention(draft, before, clause, { phrase, antecedent: procedure.text }) };
  }
  return {
    order,
    text: sayOne(
      draft,
      [
        "[Underwent|Had|Taken for|Proceeded to] {procedure} {when}[| without complication|, tolerated well|, uneventful].",
        "{Procedure} [was done|was performed|done|performed|carried out] {when}.",
        "[Then|Next|After discussion,] {procedure} {when}.",
      ],
      slots,
    ),
  };
}

function complicationTold(draft: Draft): Told | undefined {
  const { encounter, random } = draft;
  const { complication } = encounter;
  if (!complication) return undefined;
  state(draft, "complication", "complicationDay");
  const { name, managedWith, day } = complication;
  const slots = { name, Name: capitalize(name), managed: managedWith, when: onDay(draft, day) };
  const order = day + 1.5;
  if (random.chance(0.35)) {
    const clause = sayOne(
      draft,
      ["it [resolved|settled|was managed|was treated|improved] with {managed}"],
      slots,
    );
    const before = sayOne(
      draft,
      ["{Name} [developed|occurred|was noted] {when}; ", "[Developed|Had] {name} {when} and "],
      slots,
    );
    return { order, text: withMention(draft, before, clause, { phrase: "it", antecedent: name }) };
  }
  return {
    order,
    text: sayOne(
      draft,
      [
        "[Course|Stay|Hospitalization] [c/b|complicated by|was complicated by] {name} {when}, [managed with|treated with|tx with] {managed}.",
        "{Name} {when} [treated with|managed with|responded to] {managed}.",
      ],
      slots,
    ),
  };
}

function consultTold(draft: Draft): Told | undefined {
  const { encounter, random } = draft;
  if (random.chance(0.5)) return undefined;
  state(draft, "consult");
  const { consult } = encounter;
  const slots = { consult, Consult: capitalize(consult) };
  if (random.chance(0.4)) {
    const clause = sayOne(draft, [
      "they [agreed with the plan|followed along|advised no change|gave recommendations]",
    ]);
    const before = sayOne(
      draft,
      ["{Consult} was [consulted|involved|called] and ", "[Consulted|Discussed with] {consult}; "],
      slots,
    );
    return { order: 2.5, text: withMention(draft, before, clause, { phrase: "they", antecedent: consult }) };
  }
  return {
    order: 2.5,
    text: sayOne(
      draft,
      [
        "{Consult} [consulted|was consulted|followed|saw pt|was involved].",
        "[Seen by|Discussed with|Input from] {consult}.",
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

/** The section with what happened in hospital; each sentence is drawn, and some are left out. */
export function hospitalCourse(draft: Draft): Section {
  // One sentence at least speaks of something by a pronoun, so that every note can be asked about one.
  const sure = draft.encounter.treatments.length > 0 && draft.random.chance(0.7) ? "treatment" : "milestone";
  const told = [
    diagnosis(draft),
    ...treatments(draft, sure === "treatment"),
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
