/** Named entity recognition: which drugs, symptoms, tests or procedures a note names. */
import { enumerate, capitalize } from "../text/template.ts";
import {
  drugName,
  phrase,
  states,
  term,
  type Asked,
  type Instruction,
  type QuestionWriter,
} from "./question.ts";

/** A list of names as an answer; undefined where there is nothing to list. */
function listed(
  asked: Asked,
  templates: readonly string[],
  names: readonly string[],
  facts = names.map((name) => term(name)),
): Instruction | undefined {
  if (names.length === 0) return undefined;
  return { question: phrase(asked, templates), answer: `${capitalize(enumerate(names))}.`, facts };
}

/** The kinds of this task. */
export const entityWriters: readonly QuestionWriter[] = [
  (asked) => {
    const drugs = asked.encounter.dischargeDrugs;
    return states(asked, "dischargeDrugs")
      ? listed(
          asked,
          [
            "[Which|What] [drugs|medications|medicines] [was the patient discharged on|were prescribed at discharge|are new at discharge]?",
            "[List|Name|Extract] the discharge [medications|drugs].",
            "[Name|List] every drug that the patient [leaves with|goes home with].",
          ],
          drugs.map(({ name }) => name),
          drugs.map(drugName),
        )
      : undefined;
  },
  (asked) => {
    const drugs = asked.encounter.treatments;
    return listed(
      asked,
      [
        "[Which|What] [drugs|medications] [were given in hospital|were given during the stay|did the patient receive in hospital]?",
        "[List|Name|Extract] the drugs of the hospital course.",
        "[Which|What] [inpatient medications|inpatient drugs] does the note [name|mention]?",
      ],
      drugs.map(({ name }) => name),
      drugs.map(drugName),
    );
  },
  (asked) => {
    const drugs = asked.encounter.homeDrugs;
    return states(asked, "homeDrugs")
      ? listed(
          asked,
          [
            "[Which|What] [drugs|medications] did the patient take [at home|before admission]?",
            "[List|Name|Extract] the home medications.",
          ],
          drugs.map(({ name }) => name),
          drugs.map(drugName),
        )
      : undefined;
  },
  (asked) =>
    listed(
      asked,
      [
        "[Which|What] symptoms did the patient [present with|come with|have on arrival]?",
        "[List|Name|Extract] the presenting symptoms.",
        "[What|Which] complaints [brought the patient to hospital|led to admission]?",
      ],
      asked.encounter.symptoms,
    ),
  (asked) => {
    const { procedure } = asked.encounter;
    return procedure
      ? listed(
          asked,
          [
            "[Which|What] [procedure|intervention] was [performed|done] during the [hospital course|stay]?",
            "[Name|Extract] the procedure of this [stay|admission].",
            "What medical procedure did the patient undergo?",
          ],
          [procedure.text],
        )
      : undefined;
  },
  (asked) => {
    const { comorbidities } = asked.encounter;
    if (!states(asked, "comorbidities") || comorbidities.length === 0) return undefined;
    const shown = comorbidities.map(({ short, name }) => (asked.rendered.note.includes(name) ? name : short));
    return listed(
      asked,
      [
        "[Which|What] [diseases|conditions] are in the past medical history?",
        "[List|Name|Extract] the [comorbidities|past diagnoses].",
        "[Which|What] chronic conditions does the patient have?",
      ],
      shown,
      comorbidities.map(({ short, name }, index) =>
        term(shown[index]!, ...[short, name].filter((other) => other !== shown[index])),
      ),
    );
  },
  (asked) =>
    states(asked, "exam")
      ? listed(
          asked,
          [
            "[What|Which findings] [did the examination show|were found on examination]?",
            "[List|Name|Extract] the examination findings.",
          ],
          asked.encounter.exam,
        )
      : undefined,
  (asked) =>
    states(asked, "labs")
      ? listed(
          asked,
          [
            "[Which|What] laboratory values were [measured|reported]?",
            "[List|Name|Extract] the [laboratory tests|labs] of this note.",
          ],
          asked.encounter.labs.map(({ analyte }) => analyte),
        )
      : undefined,
  (asked) =>
    states(asked, "studies")
      ? listed(
          asked,
          [
            "[Which|What] [studies|imaging or studies] [were done|does the note report]?",
            "[List|Name|Extract] the studies of this note.",
          ],
          asked.encounter.studies.map(({ name }) => name),
        )
      : undefined,
  (asked) =>
    listed(
      asked,
      [
        "[Which|What] [clinics|follow-up visits] are planned?",
        "[Where|In which clinics] will the patient be seen after discharge?",
      ],
      asked.encounter.followUps.map(({ clinic }) => clinic),
    ),
];
