/** The forms in which texts ask and answer. */
import type { SeededRandom } from "../random.ts";

/** A question with its answer. */
export interface Asked {
  question: string;
  answer: string;
}

const styles: readonly ((asked: Asked) => string)[] = [
  ({ question, answer }) => `Question: ${question}\nAnswer: ${answer}`,
  ({ question, answer }) => `Question: ${question}\n\nAnswer: ${answer}`,
  ({ question, answer }) => `Q: ${question}\nA: ${answer}`,
  ({ question, answer }) => `Q: ${question} A: ${answer}`,
  ({ question, answer }) => `${question} ${answer}`,
  ({ question, answer }) => `${question}\n${answer}`,
  ({ question, answer }) => `"${question}" – "${answer}"`,
];

/**
 * A text and questions about it, all asked in one form.
 *
 * @example
 * const asked = [{ question: "How old is she?", answer: "39 years." }];
 * withQuestions(seededRandom(1), "Pt: 39 yo F", asked).includes("39 years."); // → true
 */
export function withQuestions(random: SeededRandom, text: string, asked: readonly Asked[]): string {
  const style = random.pick(styles);
  const opening = random.pick(["", "", "Text:", "Read this:", "Passage:", "Note:"]);
  const gap = random.pick(["\n\n", "\n", "\n\n"]);
  const questions = asked.map(style).join(gap);
  if (text === "") return questions;
  const head = opening === "" ? "" : opening + (text.includes("\n") ? "\n" : " ");
  return head + text + gap + questions;
}

/** What is said when a text does not tell. */
export function notTold(random: SeededRandom): string {
  return random.pick([
    "The text does not say.",
    "That is not in the text.",
    "It is not mentioned.",
    "This is not given.",
    "Nothing is said about that.",
  ]);
}
