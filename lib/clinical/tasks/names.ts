/** The eight tasks of Asclepius (Kweon and Kim et al., Findings of ACL 2024), by their names in its data. */

/** The eight tasks, named as in the public Asclepius instruction data. */
export const clinicalTasks = [
  "Named Entity Recognition",
  "Abbreviation Expansion",
  "Relation Extraction",
  "Temporal Information Extraction",
  "Coreference Resolution",
  "Paraphrasing",
  "Summarization",
  "Question Answering",
] as const;

/** The name of one of the eight tasks. */
export type ClinicalTask = (typeof clinicalTasks)[number];
