/** A sentence of the hospital course, and sentences that a coreference question can be asked about. */
import type { Draft, Mention } from "../draft.ts";

/** A sentence with its place in the story. */
export interface Told {
  order: number;
  text: string;
}

export function withMention(
  draft: Draft,
  before: string,
  clause: string,
  mention: Omit<Mention, "clause">,
): string {
  draft.mentions.push({ ...mention, clause });
  return `${before}${clause}.`;
}
