/** Writes questions with answers for the eight clinical tasks of Asclepius from a case and its note. */
import type { RandomDraws } from "../../data/index.ts";
import type { ClinicalTask } from "../tasks/names.ts";
import { glossary } from "./glossary.ts";
import { capitalize, drugOrder, type RenderedNote } from "./note.ts";
import type { PatientCase } from "./patient.ts";

/** A question with its answer; `facts` are the answer's words that stand in the note as they are. */
export interface Instruction {
  question: string;
  answer: string;
  facts: readonly string[];
}

type Writer = (patient: PatientCase, rendered: RenderedNote, random: RandomDraws) => Instruction;

/**
 * Writes an instruction of one task.
 *
 * @example
 * const random = mulberry32(3);
 * const patient = drawPatient(7, random);
 * const { question, answer } = writeInstruction(clinicalTasks[0], patient, renderNote(patient, random), random);
 */
export function writeInstruction(
  task: ClinicalTask,
  patient: PatientCase,
  rendered: RenderedNote,
  random: RandomDraws,
): Instruction {
  return writers[task](patient, rendered, random);
}

/** "An" before ages that are spoken with a leading vowel, else "A". */
const article = (age: number): string => (age === 18 || (age >= 80 && age < 90) ? "An" : "A");

const writers: Record<ClinicalTask, Writer> = {
  "Named Entity Recognition": (patient, _rendered, random) =>
    random.pick([
      () => ({
        question: random.pick([
          "Which drugs are named in the note?",
          "List the drugs of this note.",
          "What medications does the note mention?",
        ]),
        answer: `The drugs are ${patient.inpatient.name} and ${patient.discharge.name}.`,
        facts: [patient.inpatient.name, patient.discharge.name],
      }),
      () => ({
        question: random.pick([
          "Which symptoms are named in the note?",
          "List the symptoms of the patient.",
          "What symptoms does the note mention?",
        ]),
        answer: `The symptoms are ${patient.symptoms[0]} and ${patient.symptoms[1]}.`,
        facts: patient.symptoms,
      }),
    ])(),

  "Abbreviation Expansion": (patient, _rendered, random) => {
    const known = [
      patient.condition.abbreviation,
      patient.comorbidity,
      patient.examination.name,
      "PMH",
      "LOS",
    ];
    const abbreviation = random.pick(known.filter((name) => Object.hasOwn(glossary, name)));
    return {
      question: random.pick([
        `What does ${abbreviation} stand for in this note?`,
        `Expand the abbreviation ${abbreviation}.`,
        `What is the full form of ${abbreviation}?`,
      ]),
      answer: `In this note, ${abbreviation} stands for ${glossary[abbreviation]!}.`,
      facts: [abbreviation],
    };
  },

  "Relation Extraction": ({ condition, inpatient, examination }, _rendered, random) =>
    random.pick([
      () => ({
        question: random.pick([
          `Why was ${inpatient.name} given?`,
          `Which condition was treated with ${inpatient.name}?`,
          `What is the relation between ${inpatient.name} and the diagnosis?`,
        ]),
        answer: `${capitalize(inpatient.name)} was given for ${condition.name}.`,
        facts: [inpatient.name, condition.name],
      }),
      () => ({
        question: random.pick([
          `What did the ${examination.name} show?`,
          `Which finding is related to the ${examination.name}?`,
          `What was found on ${examination.name}?`,
        ]),
        answer: `The ${examination.name} showed ${examination.finding}.`,
        facts: [examination.name, examination.finding],
      }),
    ])(),

  "Temporal Information Extraction": (patient, _rendered, random) => {
    const { lengthOfStay, improvedOnDay, duration } = patient;
    const [symptom] = patient.symptoms;
    return random.pick([
      () => ({
        question: random.pick([
          "How long was the hospital stay?",
          "How many days was the patient in hospital?",
        ]),
        answer: `The hospital stay was ${lengthOfStay} days.`,
        facts: [`${lengthOfStay} days`],
      }),
      () => ({
        question: random.pick([
          `How long did the patient have ${symptom} before admission?`,
          `What was the duration of ${symptom}?`,
        ]),
        answer: `The patient had ${symptom} for ${duration}.`,
        facts: [symptom, duration],
      }),
      () => ({
        question: random.pick([`When did ${symptom} improve?`, `By which day did ${symptom} improve?`]),
        answer: `${capitalize(symptom)} improved by day ${improvedOnDay}.`,
        facts: [symptom, `by day ${improvedOnDay}`],
      }),
    ])();
  },

  "Coreference Resolution": (_patient, { mentions }, random) => {
    const { phrase, clause, antecedent } = random.pick(mentions);
    return {
      question: random.pick([
        `What does "${phrase}" refer to in "${clause}"?`,
        `In "${clause}", what is "${phrase}"?`,
        `Resolve "${phrase}" in "${clause}"`,
      ]),
      answer: `Here "${phrase}" refers to ${antecedent}.`,
      facts: [phrase, antecedent],
    };
  },

  Paraphrasing: (patient, _rendered, random) => {
    const { inpatient, discharge, lengthOfStay } = patient;
    const [first, second] = patient.symptoms;
    const ask = random.pick(["Paraphrase", "Say in plain words", "Reword"]);
    return random.pick([
      () => ({
        question: `${ask} how the patient presented.`,
        answer: `The patient came to the hospital because of ${first} and ${second}.`,
        facts: [first, second],
      }),
      () => ({
        question: `${ask} the treatment in hospital.`,
        answer: `The patient was given ${drugOrder(inpatient)}.`,
        facts: [drugOrder(inpatient)],
      }),
      () => ({
        question: `${ask} the discharge.`,
        answer: `The patient went home on ${discharge.name} after ${lengthOfStay} days.`,
        facts: [discharge.name, `${lengthOfStay} days`],
      }),
    ])();
  },

  Summarization: ({ age, sex, condition, inpatient, discharge, lengthOfStay }, _rendered, random) => ({
    question: random.pick([
      "Summarize the note in one sentence.",
      "Give a short summary of the hospital stay.",
      "What is the summary of this note?",
    ]),
    answer:
      `${article(age)} ${age} yo ${sex === "F" ? "woman" : "man"} with ${condition.name} was treated with ${inpatient.name} ` +
      `and discharged after ${lengthOfStay} days on ${discharge.name}.`,
    facts: [`${age} yo`, condition.name, inpatient.name, `${lengthOfStay} days`, discharge.name],
  }),

  "Question Answering": (patient, _rendered, random) =>
    random.pick([
      () => ({
        question: random.pick(["What is the diagnosis?", "Which condition does the patient have?"]),
        answer: `The diagnosis is ${patient.condition.name}.`,
        facts: [patient.condition.name],
      }),
      () => ({
        question: random.pick([
          "Which drug was prescribed at discharge?",
          "What is the discharge medication with its dose?",
        ]),
        answer: `The discharge drug is ${drugOrder(patient.discharge)}.`,
        facts: [drugOrder(patient.discharge)],
      }),
      () => ({
        question: random.pick([
          "What is the past medical history?",
          "Which comorbidity does the patient have?",
        ]),
        answer: `The past medical history is ${patient.comorbidity}.`,
        facts: [patient.comorbidity],
      }),
      () => ({
        question: random.pick(["Which blood value is given?", "What was the lab result?"]),
        answer: `The lab result was ${patient.lab}.`,
        facts: [patient.lab],
      }),
    ])(),
};
