/** Synthetic clinical notes and the instruction rows of the eight Asclepius tasks. */
export { conditions, type Condition, type Drug, type Examination, type LabRange } from "./conditions.ts";
export {
  buildCorpus,
  notesJsonl,
  rowsJsonl,
  type CheckedRow,
  type ClinicalCorpus,
  type ClinicalRow,
  type CorpusOptions,
  type NoteRow,
} from "./corpus.ts";
export { glossary } from "./glossary.ts";
export { noteLength, renderNote, type Mention, type RenderedNote } from "./note.ts";
export { drawPatient, type PatientCase } from "./patient.ts";
export { formatExample, formatPrompt, type PromptCompletion, type PromptInput } from "./prompt.ts";
export { parseClinicalRow, parseNoteRow } from "./rows.ts";
export { clinicalTasks, writeInstruction, type ClinicalTask, type Instruction } from "./tasks.ts";
export {
  nearDuplicates,
  ngramOverlap,
  wordNgrams,
  type NearDuplicate,
  type NearDuplicateOptions,
} from "./near-duplicates.ts";
export { parseSections, type NoteSection } from "./sections.ts";
