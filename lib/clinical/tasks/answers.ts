/** Question answering: what a reader of the note wants to know. */
import { glossary } from "../knowledge/abbreviations.ts";
import { vitals, type Vital } from "../knowledge/vitals.ts";
import { capitalize, enumerate } from "../text/template.ts";
import { phrase, states, term, type QuestionWriter } from "./question.ts";

/** The kinds of this task. */
export const answerWriters: readonly QuestionWriter[] = [
  (asked) => {
    const { name, short } = asked.encounter.condition;
    return {
      question: phrase(asked, [
        "What is the [discharge |final |principal |]diagnosis?",
        "[What|Which condition] was the patient [diagnosed with|treated for]?",
      ]),
      answer: `${capitalize(name)}.`,
      facts: [term(name, short)],
    };
  },
  (asked) => {
    if (!states(asked, "allergy")) return undefined;
    const { allergy } = asked.encounter;
    return {
      question: phrase(asked, [
        "[What|Which] allergies does the patient have?",
        "What is the patient allergic to?",
        "Which allergy is [recorded|noted]?",
      ]),
      answer: allergy ? `${capitalize(allergy.substance)}.` : "No known drug allergies.",
      facts: [
        allergy
          ? term(allergy.substance)
          : term("NKDA", "no known drug allergies", "no known allergies", "no allergies", "none"),
      ],
    };
  },
  (asked) => {
    if (!states(asked, "attending")) return undefined;
    const { attending } = asked.encounter;
    return {
      question: phrase(asked, [
        "Who [is|was] the attending[ physician|]?",
        "[Which|What] physician is in charge?",
      ]),
      answer: `Dr. ${attending}.`,
      facts: [term(attending)],
    };
  },
  (asked) => {
    const { age } = asked.encounter;
    return {
      question: phrase(asked, [
        "How old is the patient?",
        "What is the age of the patient?",
        "What is the patient's age?",
      ]),
      answer: `${age} years.`,
      facts: [{ kind: "value", value: String(age), unit: "years" }],
    };
  },
  (asked) => {
    if (!states(asked, "specialty")) return undefined;
    const { specialty } = asked.encounter;
    return {
      question: phrase(asked, [
        "[Which|What] service [admitted|cared for|looked after] the patient?",
        "To which [service|specialty] was the patient admitted?",
      ]),
      answer: `${capitalize(specialty)}.`,
      facts: [term(specialty)],
    };
  },
  (asked) => {
    const { occupation } = asked.encounter;
    if (occupation === undefined || !states(asked, "occupation")) return undefined;
    return {
      question: phrase(asked, [
        "What is the patient's [occupation|job|work]?",
        "[What|Which] work does the patient do?",
      ]),
      answer: `${capitalize(occupation)}.`,
      facts: [term(occupation)],
    };
  },
  (asked) => {
    const { smoking } = asked.encounter;
    if (smoking === undefined || !states(asked, "smoking")) return undefined;
    return {
      question: phrase(asked, ["What is the smoking [history|status]?", "[Does|Did] the patient smoke?"]),
      answer: `${capitalize(smoking)}.`,
      facts: [term(smoking)],
    };
  },
  (asked) => {
    if (!states(asked, "vitals")) return undefined;
    const names = Object.keys(vitals).filter((name) => name !== "SBP" && name !== "DBP") as Vital[];
    const name = asked.random.pick(names);
    const { long, unit } = vitals[name];
    const value = asked.encounter.vitals[name];
    return {
      question: phrase(
        asked,
        ["What was the {long}[ on admission|]?", "[Which|What] {long} [is noted|was measured]?"],
        { long },
      ),
      answer: `${value} ${unit}.`,
      facts: [{ kind: "value", value, unit }],
    };
  },
  (asked) => {
    if (!states(asked, "vitals")) return undefined;
    const { SBP, DBP } = asked.encounter.vitals;
    return {
      question: phrase(asked, [
        "What was the blood pressure[ on admission|]?",
        "[Which|What] blood pressure [is noted|was measured]?",
      ]),
      answer: `${SBP}/${DBP}.`,
      facts: [
        { kind: "value", value: SBP, unit: "mmHg" },
        { kind: "value", value: DBP, unit: "mmHg" },
      ],
    };
  },
  (asked) => {
    if (!states(asked, "labs")) return undefined;
    const { analyte, value, unit } = asked.random.pick(asked.encounter.labs);
    return {
      question: phrase(
        asked,
        [
          "What was the [first |admission |initial |]{name}?",
          "[Which|What] {name} was measured on admission?",
        ],
        { name: asked.random.chance(0.3) ? (glossary[analyte] ?? analyte) : analyte },
      ),
      answer: unit === "" ? `${value}.` : `${value} ${unit}.`,
      facts: [{ kind: "value", value, unit }],
    };
  },
  (asked) => {
    if (!states(asked, "lastLab")) return undefined;
    const { analyte, value, unit } = asked.encounter.lastLab;
    return {
      question: phrase(
        asked,
        ["What was the [last|final] {name}?", "[Which|What] {name} did the patient have at discharge?"],
        { name: analyte },
      ),
      answer: unit === "" ? `${value}.` : `${value} ${unit}.`,
      facts: [{ kind: "value", value, unit }],
    };
  },
  (asked) => {
    if (!states(asked, "disposition")) return undefined;
    const { disposition } = asked.encounter;
    return {
      question: phrase(asked, [
        "Where was the patient discharged to?",
        "Where did the patient go [after discharge|from the hospital]?",
        "What is the disposition?",
      ]),
      answer: `${capitalize(disposition)}.`,
      facts: [term(disposition)],
    };
  },
  (asked) => {
    if (!states(asked, "pending")) return undefined;
    const { pending } = asked.encounter;
    return {
      question: phrase(asked, [
        "What is [still |]pending[ at discharge|]?",
        "[What|Which test] is [to be done|outstanding] after discharge?",
      ]),
      answer: `${capitalize(pending)}.`,
      facts: [term(pending)],
    };
  },
  (asked) => {
    if (!states(asked, "returnFor")) return undefined;
    const { returnFor } = asked.encounter;
    return {
      question: phrase(asked, [
        "[When|For what] should the patient [return|come back]?",
        "What are the [return precautions|warning signs]?",
      ]),
      answer: `For ${enumerate(returnFor, "or")}.`,
      facts: returnFor.map((sign) => term(sign)),
    };
  },
  (asked) => {
    if (!states(asked, "advice")) return undefined;
    const { advice } = asked.encounter;
    return {
      question: phrase(asked, [
        "What [was|is] the patient [told|advised] to do?",
        "[What|Which] instructions [were given|did the patient get]?",
      ]),
      answer: `${capitalize(enumerate(advice))}.`,
      facts: advice.map((item) => term(item)),
    };
  },
  (asked) => {
    if (!states(asked, "risk")) return undefined;
    const { risk } = asked.encounter;
    return {
      question: phrase(asked, [
        "[What|Which] risk factor is [noted|mentioned]?",
        "What [in the history|] may have [led to|contributed to] this illness?",
      ]).replace("  ", " "),
      answer: `${capitalize(risk)}.`,
      facts: [term(risk)],
    };
  },
  (asked) => {
    if (!states(asked, "consult")) return undefined;
    const { consult } = asked.encounter;
    return {
      question: phrase(asked, [
        "[Who|Which service] was consulted?",
        "[Which|What] [team|service] gave advice during the stay?",
      ]),
      answer: `${capitalize(consult)}.`,
      facts: [term(consult)],
    };
  },
  (asked) => {
    const { complication } = asked.encounter;
    if (!complication) return undefined;
    return {
      question: phrase(asked, [
        "[What|Which] complication occurred?",
        "What complicated the [stay|hospital course]?",
      ]),
      answer: `${capitalize(complication.name)}.`,
      facts: [term(complication.name)],
    };
  },
  (asked) => {
    const { denies, symptoms } = asked.encounter;
    const deny = states(asked, "denies") && asked.random.chance(0.5);
    const symptom = asked.random.pick(deny ? denies : symptoms);
    return {
      question: phrase(
        asked,
        [
          "Did the patient [have|report|complain of] {symptom}[ on admission|]?",
          "Does the note [report|mention] {symptom}[ on admission|]?",
        ],
        { symptom },
      ),
      answer: deny ? `No, the patient denied ${symptom}.` : `Yes, the patient had ${symptom}.`,
      facts: [{ kind: "polarity", yes: !deny }, term(symptom)],
    };
  },
];
