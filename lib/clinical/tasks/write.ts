/** Writes a question of a wanted task about a note, with or without an answer in it. */
import { abbreviationWriters } from "./abbreviations.ts";
import { answerWriters } from "./answers.ts";
import { coreferenceWriters } from "./coreference.ts";
import { entityWriters } from "./entities.ts";
import type { ClinicalTask } from "./names.ts";
import { paraphraseWriters } from "./paraphrases.ts";
import type { Asked, Instruction, QuestionWriter } from "./question.ts";
import { relationWriters } from "./relations.ts";
import { summaryWriters } from "./summaries.ts";
import { temporalWriters } from "./temporal.ts";
import { writeUnanswerable } from "./unanswerable.ts";

const writers: Readonly<Record<ClinicalTask, readonly QuestionWriter[]>> = {
  "Named Entity Recognition": entityWriters,
  "Abbreviation Expansion": abbreviationWriters,
  "Relation Extraction": relationWriters,
  "Temporal Information Extraction": temporalWriters,
  "Coreference Resolution": coreferenceWriters,
  Paraphrasing: paraphraseWriters,
  Summarization: summaryWriters,
  "Question Answering": answerWriters,
};

/**
 * A question of a task about a note, with its answer and facts; undefined where the note answers none of that task.
 *
 * @param unanswerable - The share of questions without an answer in the note, in the tasks that have such.
 */
export function writeInstruction(
  task: ClinicalTask,
  asked: Asked,
  unanswerable = 0.12,
): Instruction | undefined {
  if (asked.random.chance(unanswerable)) {
    const written = writeUnanswerable(task, asked);
    if (written) return written;
  }
  for (const writer of asked.random.shuffle(writers[task])) {
    const written = writer(asked);
    if (written) return written;
  }
  return undefined;
}
