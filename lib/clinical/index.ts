/** Synthetic patients with case reports, notes and the instruction rows of the eight Asclepius tasks. */
export { readAsclepius, type AsclepiusOptions, type CsvPieces } from "./asclepius.ts";
export { checkAnswer, type AnswerCheck, type CheckedExample } from "./check/check-answer.ts";
export type { Fact } from "./check/facts.ts";
export {
  parseCorpusInstructionRow,
  parseCorpusNoteRow,
  type CorpusInstructionRow,
  type CorpusNoteRow,
} from "./corpus-rows.ts";
export {
  corpusSplits,
  generatePatients,
  instructionLines,
  noteLine,
  type CorpusInstruction,
  type CorpusOptions,
  type CorpusPatient,
  type CorpusSplit,
} from "./corpus.ts";
export {
  deidentify,
  type Deidentified,
  type DeidentifyOptions,
  type DeidentifySource,
} from "./deidentify/deidentify.ts";
export { deidentifySecret } from "./deidentify/secret.ts";
export { findIdentifiers, type FindOptions } from "./deidentify/find.ts";
export { writeIdentifiedNote, type IdentifiedNote } from "./deidentify/identified-note.ts";
export { identifierKinds, type IdentifierKind, type IdentifierSpan } from "./deidentify/identifiers.ts";
export {
  scoreIdentifiers,
  type IdentifierScore,
  type IdentifierScores,
  type ScoredNote,
} from "./deidentify/score.ts";
export {
  createChatClient,
  type ChatClient,
  type ChatClientOptions,
  type EndpointMessage,
  type ChatReply,
} from "./endpoint/chat-client.ts";
export { estimateEndpointCost, type EndpointCost, type EndpointCostOptions } from "./endpoint/cost.ts";
export type { Fault } from "./endpoint/filters.ts";
export {
  writeEndpointPatient,
  type EndpointCase,
  type EndpointOptions,
  type EndpointPatient,
} from "./endpoint/generate.ts";
export { generateWithEndpoint, type EndpointRunOptions } from "./endpoint/node.ts";
export { answerPrompt, notePrompt, questionPrompt } from "./endpoint/prompts.ts";
export { glossary } from "./knowledge/abbreviations.ts";
export { allConditions } from "./knowledge/index.ts";
export { specialties, type Condition, type Specialty } from "./knowledge/types.ts";
export {
  nearDuplicates,
  ngramOverlap,
  wordNgrams,
  type NearDuplicate,
  type NearDuplicateOptions,
} from "./near-duplicates.ts";
export type { Encounter } from "./patient/encounter.ts";
export { formatExample, formatPrompt, type PromptCompletion, type PromptInput } from "./prompt.ts";
export { parseClinicalRow, parseNoteRow, type ClinicalRow, type NoteRow } from "./rows.ts";
export { parseSections, type NoteSection } from "./sections.ts";
export { clinicalTasks, type ClinicalTask } from "./tasks/names.ts";
export { absentAnswer } from "./tasks/unanswerable.ts";
export { noteLengths, type NoteLength } from "./text/note/note.ts";
