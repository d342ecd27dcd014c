/** Completion, documentation and completeness of code; the protocol counts cursor positions in code points. */
import type { CellLanguage } from "../language/language-service.ts";
import { isJsonObject } from "../protocol/index.ts";
import type { CompleteReply, InspectReply, IsCompleteReply, JsonObject } from "../protocol/index.ts";

const maxMatches = 500;

/** Answers complete_request. */
export async function complete(language: CellLanguage, content: JsonObject): Promise<CompleteReply> {
  const { code, position } = cursor(content);
  const { start, end, entries } = await language.complete(code, position);
  const first = entries.slice(0, maxMatches);
  const cursorStart = toCodePoints(code, start);
  const cursorEnd = toCodePoints(code, end);
  const types = first.map(({ name, kind, signature, documentation }) => ({
    start: cursorStart,
    end: cursorEnd,
    text: name,
    type: kind,
    ...(signature === undefined ? {} : { signature }),
    ...(documentation === undefined || documentation === "" ? {} : { documentation }),
  }));
  return {
    status: "ok",
    matches: first.map((entry) => entry.name),
    cursor_start: cursorStart,
    cursor_end: cursorEnd,
    metadata: { _jupyter_types_experimental: types },
  };
}

/** Answers inspect_request. */
export async function inspect(language: CellLanguage, content: JsonObject): Promise<InspectReply> {
  const { code, position } = cursor(content);
  const found = await language.inspect(code, position);
  if (!found) return { status: "ok", found: false, data: {}, metadata: {} };
  const { signature, documentation } = found;
  const plain = documentation === "" ? signature : `${signature}\n\n${documentation}`;
  const markdown = `\`\`\`typescript\n${signature}\n\`\`\`\n\n${documentation}`;
  return {
    status: "ok",
    found: true,
    data: { "text/plain": plain, "text/markdown": markdown },
    metadata: {},
  };
}

const question = /^\s*\?{1,2}\s*([\p{ID_Start}$_][\p{ID_Continue}$.]*)\s*$/u;

/** The name that a cell like `?name` asks about, or undefined for code, which never starts with a question mark. */
export function askedName(code: string): string | undefined {
  return question.exec(code)?.[1];
}

/** The payload that opens a front end's pager with what is known of a name. */
export async function pagePayload(language: CellLanguage, name: string): Promise<JsonObject> {
  const { found, data } = await inspect(language, { code: name });
  return { source: "page", data: found ? data : { "text/plain": `Nothing is known of ${name}.` }, start: 0 };
}

/** The expressions that an execute request wants evaluated after its cell, by their names. */
export function userExpressions(content: JsonObject): Record<string, string> {
  const expressions = content["user_expressions"];
  if (!isJsonObject(expressions)) return {};
  const entries = Object.entries(expressions).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(entries);
}

/** Answers is_complete_request. */
export async function isComplete(language: CellLanguage, content: JsonObject): Promise<IsCompleteReply> {
  const { code } = cursor(content);
  return askedName(code) === undefined ? language.isComplete(code) : { status: "complete" };
}

/** The code and the cursor as a UTF-16 offset; wrong values are errors, positions outside mean the nearest end. */
function cursor(content: JsonObject): { code: string; position: number } {
  const { code, cursor_pos: position } = content;
  if (typeof code !== "string") throw new TypeError("code must be a string");
  if (position === undefined) return { code, position: code.length };
  if (typeof position !== "number" || position < 0) throw new RangeError("cursor_pos must be 0 or more");
  let offset = 0;
  for (let count = 0; count < position && offset < code.length; count++) {
    offset += (code.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return { code, position: offset };
}

function toCodePoints(code: string, offset: number): number {
  return Array.from(code.slice(0, offset)).length;
}
