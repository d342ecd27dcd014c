/** Case report -> note -> question -> answer by a language model behind an endpoint, patient by patient. */
import { ResidencyError } from "../../errors.ts";
import type { ClinicalRow } from "../rows.ts";
import type { ClinicalTask } from "../tasks/names.ts";
import type { ChatClient, EndpointMessage, ChatReply } from "./chat-client.ts";
import { answerFault, noteFault, questionFault, type Fault } from "./filters.ts";
import { answerPrompt, notePrompt, questionPrompt } from "./prompts.ts";

/** A patient to write about. */
export interface EndpointCase {
  patientId: number;
  caseReport: string;
}

/** What became of a patient: the rows that got through, and how often each fault kept a text out. */
export interface EndpointPatient {
  patientId: number;
  rows: readonly ClinicalRow[];
  faults: Readonly<Partial<Record<Fault, number>>>;
  promptTokens: number;
  completionTokens: number;
}

/** How patients are written. */
export interface EndpointOptions {
  ask: ChatClient;
  tasks: readonly ClinicalTask[];
  /** How often a text that a filter keeps out is asked for anew (default: 2). */
  retries?: number;
}

/**
 * Writes one patient: a note, then a question and its answer for each task. A note that no try gets right gives no rows;
 * a question or answer, none of its task.
 *
 * @throws ResidencyError of the client: E_ENDPOINT, E_INTERRUPTED; E_CONFIG for negative `retries`.
 * @example
 * const [patient] = generatePatients({ patients: 1 });
 * const texts = [patient!.note, "When is the follow-up?", "In three weeks."]; // a model's, in the order asked for
 * const counts = { truncated: false, promptTokens: 200, completionTokens: 50 };
 * const ask: ChatClient = async () => ({ text: texts.shift()!, ...counts });
 * const { rows } = await writeEndpointPatient(patient!, { ask, tasks: ["Question Answering"] });
 * rows.map(({ answer }) => answer); // → ["In three weeks."]
 */
export async function writeEndpointPatient(
  { patientId, caseReport }: EndpointCase,
  { ask, tasks, retries = 2 }: EndpointOptions,
): Promise<EndpointPatient> {
  if (!Number.isSafeInteger(retries) || retries < 0) {
    throw new ResidencyError("E_CONFIG", `Cannot use retries ${retries}: give a whole number of at least 0`);
  }
  const faults: Partial<Record<Fault, number>> = {};
  const used = { promptTokens: 0, completionTokens: 0 };
  const get = async (
    messages: readonly EndpointMessage[],
    faultOf: (reply: ChatReply) => Fault | undefined,
  ): Promise<string | undefined> => {
    for (let tries = 0; tries <= retries; tries++) {
      const reply = await ask(messages);
      used.promptTokens += reply.promptTokens;
      used.completionTokens += reply.completionTokens;
      const fault = faultOf(reply);
      if (fault === undefined) return reply.text;
      faults[fault] = (faults[fault] ?? 0) + 1;
    }
    return undefined;
  };
  const rows: ClinicalRow[] = [];
  const note = await get(notePrompt(caseReport), (reply) => noteFault(reply, caseReport));
  for (const task of note === undefined ? [] : tasks) {
    const question = await get(questionPrompt(note!, task), questionFault);
    if (question === undefined) continue;
    const answer = await get(answerPrompt(note!, question), (reply) => answerFault(reply, question));
    if (answer !== undefined) rows.push({ patientId, note: note!, question, answer, task });
  }
  return { patientId, rows, faults, ...used };
}
