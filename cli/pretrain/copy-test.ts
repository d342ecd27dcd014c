/** Whether a model has learnt to look things up: questions about made-up records, whose answers only the text holds. */
import { writeDocument } from "../../lib/corpus/index.ts";
import { generateText, type CausalLanguageModel, type PreTrainedTokenizer } from "../../lib/index.ts";

/** A text with a question, up to the answer, and the answer. */
export interface CopyQuestion {
  prompt: string;
  answer: string;
}

/** Tokens within which an answer has to be said. */
const maxNewTokens = 32;

/** Draws questions in the form "Question: …\nAnswer: …", one a text; the first of a text, so that no other answer helps. */
export function copyQuestions(seed: number, count: number): CopyQuestion[] {
  const questions: CopyQuestion[] = [];
  for (let next = seed; questions.length < count; next++) {
    const text = writeDocument("askedRecord", next);
    const [, prompt, answer] = /^([^]*?\nQuestion: [^\n]*\nAnswer:) ([^\n]+)/.exec(text) ?? [];
    // A value is a number, a code or a name, or the answer could be guessed.
    if (prompt !== undefined && answer !== undefined && /\d/.test(answer)) questions.push({ prompt, answer });
  }
  return questions;
}

/**
 * The share of questions, in [0, 1], that are answered with every number of the answer and no other: "It weighs 12 kg." and
 * "12 kg" are both right.
 */
export async function copyAccuracy(
  model: CausalLanguageModel,
  tokenizer: PreTrainedTokenizer,
  questions: readonly CopyQuestion[],
): Promise<number> {
  const answers = await generateText(
    model,
    tokenizer,
    questions.map(({ prompt }) => prompt),
    { maxNewTokens },
  );
  const numbers = (text: string): string =>
    (text.match(/\d[\d.:/-]*/g) ?? []).map((found) => found.replace(/[.:/-]$/, "")).join(" ");
  const right = answers.filter((answer, index) => {
    const [line = ""] = answer.trim().split("\n");
    return numbers(line) === numbers(questions[index]!.answer);
  });
  return right.length / questions.length;
}
