/** Puts one question to both models and tells what they write, token by token. */
import { formatPrompt } from "../../lib/clinical/index.ts";
import { ResidencyError } from "../../lib/errors.ts";
import { streamTokens, tokenF1 } from "../../lib/index.ts";
import type { ServedModels } from "./models.ts";
import { sides, type AnswerEvent, type AskRequest, type Side } from "./protocol.ts";

/** Where events go, and what stops the writing. */
export interface AnswerOptions {
  signal: AbortSignal;
  tell: (event: AnswerEvent) => void;
}

/** Refuses a prompt that leaves no room for the answer. */
function checkLength(promptTokens: number, maxNewTokens: number, maxPositions: number): void {
  if (promptTokens + maxNewTokens <= maxPositions) return;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot answer: note and question are ${promptTokens} tokens, and with ${maxNewTokens} new ones that is more than the ` +
      `${maxPositions} that this model reads; shorten the note, or ask for fewer new tokens`,
  );
}

/**
 * Has both models answer at the same time, one token each in turn.
 *
 * @throws ResidencyError E_CONFIG when the note is too long; whatever generation throws.
 */
export async function answerBoth(
  { sides: models, tokenizer, maxPositions }: ServedModels,
  { note, question, maxNewTokens, temperature, seed, reference }: AskRequest,
  { signal, tell }: AnswerOptions,
): Promise<void> {
  const prompt = formatPrompt({ note, question });
  checkLength(tokenizer.encode(prompt).length, maxNewTokens, maxPositions);
  // One that fails ends the other.
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const sampling = temperature > 0 ? { doSample: true, temperature, seed } : {};
  const write = async (side: Side): Promise<void> => {
    const start = performance.now();
    const stream = streamTokens(models[side], tokenizer, prompt, {
      ...{ maxNewTokens, signal: either, ...sampling },
    });
    let answer = "";
    for (;;) {
      const next = await stream.next();
      if (next.done) {
        tell({
          ...{ type: "end", side, ...next.value, seconds: (performance.now() - start) / 1000 },
          ...(reference !== undefined && { tokenF1: tokenF1(answer, reference) }),
        });
        return;
      }
      const { text, probability } = next.value;
      answer += text;
      tell({ type: "token", side, text, probability });
    }
  };
  const outcomes = await Promise.allSettled(
    sides.map((side) =>
      write(side).catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
