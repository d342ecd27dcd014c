/** Values of a template as Python writes them, since chat templates are written for Python. */

/** A value of the template interpreter. */
export interface RuntimeValue {
  type: string;
  value: unknown;
}

/** What `str()` gives: texts as they are, `True`, `None`, lists and objects as their literals; nothing for what is undefined. */
export function pythonText(value: RuntimeValue): string {
  if (value.type === "StringValue") return value.value as string;
  if (value.type === "UndefinedValue") return "";
  return literal(value);
}

function literal({ type, value }: RuntimeValue): string {
  switch (type) {
    case "NullValue":
    case "UndefinedValue":
      return "None";
    case "BooleanValue":
      return value === true ? "True" : "False";
    case "FloatValue":
      return floatText(value as number);
    case "StringValue":
      return quoted(value as string);
    case "ArrayValue":
      return `[${(value as RuntimeValue[]).map(literal).join(", ")}]`;
    case "TupleValue": {
      const parts = (value as RuntimeValue[]).map(literal);
      return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(", ")})`;
    }
    case "ObjectValue": {
      const entries = [...(value as Map<string, RuntimeValue>)];
      return `{${entries.map(([key, entry]) => `${quoted(key)}: ${literal(entry)}`).join(", ")}}`;
    }
    default:
      return String(value);
  }
}

function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
}

const escapes: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\n\r\t]/g, (character) => escapes[character]!);
  const plain = escaped.replace(
    /[\u0000-\u001f\u007f-\u00a0\u00ad]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return quote + (quote === "'" ? plain.replaceAll("'", "\\'") : plain) + quote;
}
