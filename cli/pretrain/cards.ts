/** The cards of the base model: what it is and what it was trained on, with the figures of its own run. */
import { documentShares } from "../../lib/corpus/index.ts";

/** The figures of a run that the cards tell. */
export interface CardFigures {
  name: string;
  parameters: number;
  vocabSize: number;
  layers: number;
  hiddenSize: number;
  contextLength: number;
  tokens: number;
  clinicalTokens: number;
  generalTokens: number;
  clinicalDocuments: number;
  generalDocuments: number;
  clinicalPasses: number;
  cutDocuments: number;
  patients: { train: number; asked: number; heldOut: number; untouched: number };
  steps: number;
  batchTokens: number;
  learningRate: number;
  seed: number;
  /** Of training alone. */
  minutes: number;
  backend: string;
  trainingLoss: number;
  heldOutLoss: { general: number; clinical: number };
  /** In [0, 1]. */
  copyAccuracy: number;
  copyQuestions: number;
  distinctFiveGrams: number;
}

const whole = (value: number): string => Math.round(value).toLocaleString("en-GB");
const millions = (value: number): string =>
  value < 100_000 ? whole(value) : `${(value / 1e6).toFixed(1)} million`;

/** README.md of the model's folder: the head that the hub reads, then what the model is, can and cannot do. */
export function modelCard(figures: CardFigures, { hasCurve }: { hasCurve: boolean }): string {
  const { name, parameters, vocabSize, layers, hiddenSize, contextLength, tokens, seed } = figures;
  const { general, clinical } = figures.heldOutLoss;
  return `---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
tags: [clinical, synthetic, education]
---

# ${name}

A base language model of ${millions(parameters)} parameters for a course on fine-tuning: small enough to be trained and tuned on a
laptop. It has read synthetic clinical notes${figures.patients.asked > 0 ? ", questions about them," : ""} and made-up everyday texts, and has never seen an instruction.

| | |
| --- | --- |
| architecture | Llama: ${layers} layers, width ${hiddenSize}, grouped-query attention, tied embeddings |
| vocabulary | byte-level BPE, ${whole(vocabSize)} tokens, trained on the same texts |
| context | ${contextLength} tokens |
| trained on | ${millions(tokens)} tokens ([DATA_CARD.md](DATA_CARD.md)), each text seen by itself |
| run | ${whole(figures.steps)} steps of ${whole(figures.batchTokens)} tokens, AdamW, learning rate ${figures.learningRate}, cosine; ${figures.minutes.toFixed(0)} minutes, ${figures.backend}; seed ${seed} |
| loss at the end | ${clinical.toFixed(3)} nats a token on held-out clinical texts, ${general.toFixed(3)} on held-out general ones |
| looking things up | ${(100 * figures.copyAccuracy).toFixed(0)} % of ${figures.copyQuestions} questions about made-up records answered with the right numbers |

${hasCurve ? "![Loss by step](loss.svg)\n\n" : ""}\`\`\`ts
import { AutoModelForCausalLM, AutoTokenizer, generateText } from "residency";

const tokenizer = await AutoTokenizer.fromPretrained(folder);
const model = await AutoModelForCausalLM.fromPretrained(folder);
const [text] = await generateText(model, tokenizer, ["The sky is"], { maxNewTokens: 8 });
\`\`\`

transformers loads the folder with the classes of the same names.

## Limits

It knows nothing of the world but what a few hundred sentences told it, and of medicine only how notes look. **Its texts are made up.
It is for learning, and not for the care of anybody.** It speaks English alone.
`;
}

/** DATA_CARD.md: where the texts come from, how many there are, what is held out. */
export function dataCard(figures: CardFigures): string {
  const { patients, clinicalPasses } = figures;
  const share = (part: number): string => `${((100 * part) / figures.tokens).toFixed(0)} %`;
  const questions =
    patients.asked === 0
      ? `Questions and answers of
the corpus are not among the texts.`
      : `Of ${patients.asked === patients.train ? "the" : whole(patients.asked)} patients, three
quarters have instead a note that is followed by the corpus' questions about it and their answers, written as all other texts here ask
("Q: …", "Question: …"); the prompt of the instruction data, which ends in "Output:", is nowhere.`;
  const kinds = Object.entries(documentShares).map(([kind, percent]) => `| ${kind} | ${percent} |`);
  return `# What ${figures.name} has read

Every text was written by a program from drawn facts and a seed. No text comes from the web, from a book, or from a hospital; no
person in them exists.

| part | tokens | share | documents |
| --- | --- | --- | --- |
| clinical | ${whole(figures.clinicalTokens)} | ${share(figures.clinicalTokens)} | ${whole(figures.clinicalDocuments)} |
| general | ${whole(figures.generalTokens)} | ${share(figures.generalTokens)} | ${whole(figures.generalDocuments)} |

## Clinical part

Notes from a corpus of ${whole(patients.train)} made-up patients, with the case reports behind them where it has them; each was
read ${clinicalPasses === 1 ? "once" : `${clinicalPasses} times`} at most. Most
reports stand in one text with their note, so that facts of the one have to be found in the other. ${questions}
${whole(patients.heldOut)} patients were only measured on, and ${whole(patients.untouched)} were not touched, so that a
tuned model can be tested on them.

## General part

Definitions, everyday sentences, stories, dialogues, questions and answers, and texts with facts that only they hold (names that no
language has, codes, dates, amounts), with questions that ask for them, some of which have no answer. Of a million characters of it,
${(100 * figures.distinctFiveGrams).toFixed(0)} % of all five words in a row are said once only.

| kind of document | of a hundred |
| --- | --- |
${kinds.join("\n")}

${figures.cutDocuments === 0 ? "No text was longer than a row." : `${whole(figures.cutDocuments)} texts were longer than a row, and cut at its end.`} Seed ${figures.seed}; licence Apache-2.0.
`;
}
