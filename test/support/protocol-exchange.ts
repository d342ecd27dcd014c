/** What stands in the messages of an exchange with a kernel. */
import assert from "node:assert/strict";
import type { Exchange, WireMessage } from "./protocol-client.ts";

/** The types of messages, in order. */
export const typesOf = (messages: readonly WireMessage[]): string[] =>
  messages.map(({ header }) => header.msg_type);

/** The one message of a type; none and two are failures. */
export function only(messages: readonly WireMessage[], type: string): WireMessage {
  const found = messages.filter(({ header }) => header.msg_type === type);
  assert.equal(found.length, 1, `one ${type} among ${typesOf(messages).join(", ")}`);
  return found[0]!;
}

/** All that came on the stream `name`. */
export const textOf = ({ published }: Exchange, name: string): string =>
  published
    .filter(({ header, content }) => header.msg_type === "stream" && content["name"] === name)
    .map(({ content }) => content["text"])
    .join("");

/** The states that were published, in order. */
export const statesOf = ({ published }: Exchange): unknown[] =>
  published.flatMap(({ header, content }) =>
    header.msg_type === "status" ? [content["execution_state"]] : [],
  );
