/** Sieves what a language model writes: refusals, remarks, copies, wrong lengths and identifiers do not get through. */
import { ngramOverlap } from "../near-duplicates.ts";
import type { ChatReply } from "./chat-client.ts";

/** Why a text was not taken. */
export type Fault =
  | "truncated"
  | "empty"
  | "refusal"
  | "remark"
  | "length"
  | "no headers"
  | "copy"
  | "identifier"
  | "no question";

const refusal =
  /^(?:i['’]?m sorry|i am sorry|sorry,|as an ai|i (?:cannot|can['’]t|am unable)|unfortunately, i)/i;
const remark =
  /^(?:sure|certainly|of course|here (?:is|'s|are)|below is|note:|answer:|question:)|```|\b(?:case report|as an ai)\b/i;
const identifier = /\S@\S+\.\w|https?:\/\/|\b\d{3}[-.]\d{2}[-.]\d{4}\b|\(?\b\d{3}\)?[-. ]\d{3}[-.]\d{4}\b/;

function words(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

function common({ text, truncated }: ChatReply): Fault | undefined {
  if (truncated) return "truncated";
  if (text === "") return "empty";
  if (refusal.test(text)) return "refusal";
  if (identifier.test(text)) return "identifier";
  return remark.test(text) ? "remark" : undefined;
}

/**
 * What is wrong with a note, or undefined: it has 80 to 700 words, three headers, and shares under half of its runs of
 * eight words with the case report.
 */
export function noteFault(reply: ChatReply, caseReport: string): Fault | undefined {
  const { text } = reply;
  const count = words(text);
  const headers = text.match(/^[\t ]*[*#]*[A-Z][\w /&()'-]{1,40}:/gm)?.length ?? 0;
  return (
    common(reply) ??
    (count < 80 || count > 700 ? "length" : undefined) ??
    (headers < 3 ? "no headers" : undefined) ??
    (ngramOverlap(text, caseReport) >= 0.5 ? "copy" : undefined)
  );
}

/** Words that a question or a task begins with: those that ask, and those that tell to do something. */
const asking =
  /\?|^(?:list|name|give|state|say|tell|describe|expand|explain|spell|extract|identify|find|resolve|sum|summari[sz]e|paraphrase|rephrase|reword|rewrite|write|put|what|who|whom|whose|when|where|which|how|why)\b/i;

/** What is wrong with a question, or undefined: it is one line of 2 to 60 words that asks or tells to do something. */
export function questionFault(reply: ChatReply): Fault | undefined {
  const count = words(reply.text);
  return (
    common(reply) ??
    (count < 2 || count > 60 || reply.text.includes("\n") ? "length" : undefined) ??
    (asking.test(reply.text) ? undefined : "no question")
  );
}

/** What is wrong with an answer, or undefined: it has at most 200 words, and is not the question again. */
export function answerFault(reply: ChatReply, question: string): Fault | undefined {
  return (
    common(reply) ??
    (words(reply.text) > 200 ? "length" : undefined) ??
    (reply.text.toLowerCase() === question.toLowerCase() ? "copy" : undefined)
  );
}
