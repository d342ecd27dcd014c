/** What a run over case reports would cost at an endpoint, before anything is asked. */
import { ResidencyError } from "../../errors.ts";
import type { ClinicalTask } from "../tasks/names.ts";
import { answerPrompt, notePrompt, questionPrompt } from "./prompts.ts";
import type { EndpointMessage } from "./chat-client.ts";

/** An estimate of requests, tokens, money and time. */
export interface EndpointCost {
  requests: number;
  promptTokens: number;
  completionTokens: number;
  /** In the currency of the prices. */
  price: number;
  /** From the rate limit alone; a slow model takes longer. */
  minutes: number;
}

/** What the estimate needs. */
export interface EndpointCostOptions {
  caseReports: readonly string[];
  tasks: readonly ClinicalTask[];
  /** For a million tokens. */
  promptPrice: number;
  /** For a million tokens. */
  completionPrice: number;
  /** Default: 60, as the client's. */
  requestsPerMinute?: number;
}

/** English clinical text has about this many characters a token in common tokenizers. */
const charactersPerToken = 4;
/** Lengths, in tokens, that the prompts ask for. */
const typical = { note: 500, question: 30, answer: 50 } as const;

const tokensOf = (messages: readonly EndpointMessage[]): number =>
  messages.reduce((sum, { content }) => sum + Math.ceil(content.length / charactersPerToken) + 4, 0);

/**
 * Estimates a run of one note a report and one question and answer a task; retries and rejected texts come on top.
 *
 * @throws ResidencyError E_CONFIG when a price is negative or the rate is not above 0.
 * @example
 * const caseReports = ["A 60-year-old man had a cough for three days."];
 * const prices = { promptPrice: 0.15, completionPrice: 0.6 };
 * estimateEndpointCost({ caseReports, tasks: clinicalTasks, ...prices }).requests; // → 17
 */
export function estimateEndpointCost(options: EndpointCostOptions): EndpointCost {
  const { caseReports, tasks, promptPrice, completionPrice, requestsPerMinute = 60 } = options;
  if (!(promptPrice >= 0 && completionPrice >= 0 && requestsPerMinute > 0)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot estimate with prices ${promptPrice} and ${completionPrice} and ${requestsPerMinute} requests a minute: ` +
        "give prices of at least 0 and a rate above 0",
    );
  }
  const note = "x".repeat(typical.note * charactersPerToken);
  const question = "x".repeat(typical.question * charactersPerToken);
  const aNote = tasks.reduce(
    (sum, task) => sum + tokensOf(questionPrompt(note, task)) + tokensOf(answerPrompt(note, question)),
    0,
  );
  const promptTokens = caseReports.reduce((sum, report) => sum + tokensOf(notePrompt(report)) + aNote, 0);
  const completionTokens =
    caseReports.length * (typical.note + tasks.length * (typical.question + typical.answer));
  const requests = caseReports.length * (1 + 2 * tasks.length);
  return {
    requests,
    promptTokens,
    completionTokens,
    price: (promptTokens * promptPrice + completionTokens * completionPrice) / 1e6,
    minutes: requests / requestsPerMinute,
  };
}
