/** The prompt form in which a note and a question are put to the model. */

/** What a prompt is built from. */
export interface PromptInput {
  note: string;
  question: string;
}

/** A training example in two parts; the loss is taken on the completion. */
export interface PromptCompletion {
  prompt: string;
  completion: string;
}

/**
 * The prompt for a question about a note. It ends with "Output:" and no space: byte-level BPE joins a space to the
 * word after it, so a prompt ending in a space would end in a token that training never shows before an answer.
 *
 * @example
 * formatPrompt({ note: "Dx: PNA", question: "Diagnosis?" }).endsWith("Question: Diagnosis?\n\nOutput:"); // → true
 */
export function formatPrompt({ note, question }: PromptInput): string {
  return (
    "Instruct: Answer to the question for the given clinical note.\n" +
    `[note start]\n${note}\n[note end]\n\nQuestion: ${question}\n\nOutput:`
  );
}

/**
 * The prompt and its completion " {answer}"; the space belongs to the answer's first token (see formatPrompt).
 *
 * @example
 * formatExample({ note: "Dx: PNA", question: "Diagnosis?", answer: "Pneumonia." }).completion; // → " Pneumonia."
 */
export function formatExample({ answer, ...input }: PromptInput & { answer: string }): PromptCompletion {
  return { prompt: formatPrompt(input), completion: ` ${answer}` };
}
