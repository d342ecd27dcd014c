/** What was done in hospital: drugs, studies, the procedure, the complication and the consult, as sentences. */
import { drugOrder, onDay, sayOne, state, type Draft } from "../draft.ts";
import { capitalize } from "../template.ts";
import { withMention, type Told } from "./told.ts";

/** The drugs of the stay, one sentence each; `sure` makes one of them speak of its drug by a pronoun. */
export function treatmentsTold(draft: Draft, sure: boolean): Told[] {
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

/** One of the studies with its finding. */
export function studyTold(draft: Draft): Told | undefined {
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

/** The procedure, where there was one. */
export function procedureTold(draft: Draft): Told | undefined {
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

/** The complication and its treatment, where there was one. */
export function complicationTold(draft: Draft): Told | undefined {
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

/** The service that was asked; in half of the notes. */
export function consultTold(draft: Draft): Told | undefined {
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
