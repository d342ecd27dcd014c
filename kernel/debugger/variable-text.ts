/** Values of the executor in a few words, as a list of variables shows them. */
import type { Runtime } from "node:inspector";
import { inspect } from "node:util";

const maxTextLength = 10_000;
const maxFunctionLength = 80;
/** Elements of a list that its text names; the others are among its children. */
const maxElements = 10;

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;

/** The text of a value. */
export function valueText(value: Runtime.RemoteObject): string {
  const { type, subtype, description = "", preview } = value;
  if (type === "string") return inspect(cut(String(value.value), maxTextLength), { breakLength: Infinity });
  if (type === "function") return functionText(description);
  if (type !== "object") return value.unserializableValue ?? (description || String(value.value));
  if (subtype === "null") return "null";
  if (subtype === "error") return cut(description.split("\n    at ")[0] ?? description, maxTextLength);
  if (!preview || subtype === "date" || subtype === "regexp") return cut(description, maxTextLength);
  return previewText(preview);
}

/** A function's head, since its body can be long. */
function functionText(source: string): string {
  if (source.startsWith("class")) return /^class[^{]*/.exec(source)?.[0].trim() ?? "class";
  const arrow = source.indexOf("=>");
  const brace = source.indexOf("{");
  const isArrow = arrow >= 0 && (brace < 0 || arrow < brace);
  const head = isArrow ? `${source.slice(0, arrow)}=> …` : source.slice(0, brace < 0 ? undefined : brace);
  return cut(head.replaceAll(/\s+/g, " ").trim(), maxFunctionLength);
}

/** An object with its first properties, as the inspector has chosen them. */
function previewText(preview: Runtime.ObjectPreview): string {
  const { description = "", subtype, properties, entries, overflow } = preview;
  const isList = subtype === "array" || subtype === "typedarray";
  const shown = entries
    ? entries.map(({ key, value }) => (key ? `${entryText(key)} => ${entryText(value)}` : entryText(value)))
    : properties
        .filter((property) => !isList || /^\d+$/.test(property.name))
        .map((property) => (isList ? propertyText(property) : `${property.name}: ${propertyText(property)}`));
  const isCut = overflow || shown.length > maxElements;
  shown.length = Math.min(shown.length, maxElements);
  if (isCut) shown.push("…");
  if (isList)
    return `${description.startsWith("Array(") ? description.slice("Array".length) : description} [${shown.join(", ")}]`;
  const text = shown.length === 0 ? "{}" : `{ ${shown.join(", ")} }`;
  return description === "Object" || description === "" ? text : `${description} ${text}`;
}

function entryText(preview: Runtime.ObjectPreview): string {
  return preview.type === "string"
    ? inspect(preview.description ?? "")
    : (preview.description ?? preview.type);
}

function propertyText({ type, subtype, value, valuePreview }: Runtime.PropertyPreview): string {
  if (type === "string") return inspect(value ?? "");
  if (type === "function") return "ƒ";
  if (type === "accessor") return "(getter)";
  if (type === "object" && subtype !== "null" && valuePreview) return valuePreview.description ?? "Object";
  return value ?? type;
}
