/** The options after a cell marker: `exercise id=shift minutes=5 hint="Look at …" hint="…"`. */
import { GraderError } from "../errors.ts";

/** A cell marker, taken apart. */
export interface CellMarker {
  kind: "code" | "markdown" | "setup" | "exercise" | "written" | "tests" | "mutant";
  title: string;
  values: Map<string, string[]>;
}

const allowedOptions: Record<CellMarker["kind"], readonly string[]> = {
  code: ["id", "output"],
  markdown: ["id"],
  setup: ["id"],
  exercise: ["id", "title", "difficulty", "importance", "minutes", "hint"],
  written: ["id", "title", "difficulty", "importance", "minutes", "points", "hint"],
  tests: ["id", "points"],
  mutant: ["title", "caught"],
};

/** Parses the text after `// %%`; `where` names file and line in errors. Throws `E_PERCENT` on an unknown option. */
export function parseMarker(text: string, where: string): CellMarker {
  const [, word = "", rest = ""] =
    /^\s*(\[markdown\]|\[md\]|setup\b|exercise\b|written\b|tests\b|mutant\b)?(.*)$/.exec(text) ?? [];
  const kind = word.startsWith("[") ? "markdown" : word === "" ? "code" : (word as CellMarker["kind"]);
  const values = new Map<string, string[]>();
  const titleWords: string[] = [];
  for (const match of rest.matchAll(/([\w-]+)=("(?:[^"\\]|\\.)*"|\S+)|(\S+)/g)) {
    const [, key, value, other] = match;
    if (key === undefined || value === undefined) {
      titleWords.push(other ?? "");
      continue;
    }
    if (!allowedOptions[kind].includes(key)) {
      throw new GraderError(
        "E_PERCENT",
        `Cannot read ${where}: a ${kind} cell has no option "${key}"; allowed: ${allowedOptions[kind].join(", ")}`,
      );
    }
    values.set(key, [...(values.get(key) ?? []), unquote(value, where)]);
  }
  return { kind, title: one(values, "title") ?? titleWords.join(" "), values };
}

/** The last value of an option, or undefined. */
export function one(values: ReadonlyMap<string, string[]>, key: string): string | undefined {
  return values.get(key)?.at(-1);
}

/** A numeric option within `low` to `high`; throws `E_PERCENT` when it is missing or outside. */
export function numberOption(
  marker: CellMarker,
  key: string,
  low: number,
  high: number,
  where: string,
): number {
  const text = one(marker.values, key);
  const value = Number(text);
  if (text === undefined || !Number.isFinite(value) || value < low || value > high) {
    throw new GraderError(
      "E_PERCENT",
      `Cannot read ${where}: a ${marker.kind} cell needs ${key}=${low}…${high}, got ${text ?? "nothing"}`,
    );
  }
  return value;
}

function unquote(value: string, where: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch (cause) {
    throw new GraderError("E_PERCENT", `Cannot read ${where}: ${value} is not a JSON string`, { cause });
  }
}
