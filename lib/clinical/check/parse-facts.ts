/** Reads facts from a JSON record, checking every field, so that a file's rows can be judged as generated ones are. */
import { ResidencyError } from "../../errors.ts";
import { frequencies, routes } from "../knowledge/abbreviations.ts";
import type { Fact } from "./facts.ts";

type Test = (value: unknown) => boolean;

const isText: Test = (value) => typeof value === "string" && value !== "";
const isUnit: Test = (value) => typeof value === "string";
const isCount: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag: Test = (value) => typeof value === "boolean";
const isOneOf =
  (names: object): Test =>
  (value) =>
    typeof value === "string" && Object.hasOwn(names, value);

/** The fields of each kind; a name with "?" may be missing. */
const fieldsOfKind: Readonly<Record<Fact["kind"], Readonly<Record<string, Test>>>> = {
  term: { value: isText, "also?": (value) => Array.isArray(value) && value.every(isText) },
  drug: {
    name: isText,
    "dose?": isText,
    "route?": isOneOf(routes),
    "frequency?": isOneOf(frequencies),
    "forDays?": isCount,
  },
  day: {
    date: (value) => typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value),
    "hospitalDay?": isCount,
  },
  duration: { amount: isCount, unit: isText },
  value: { value: isText, unit: isUnit },
  polarity: { yes: isFlag },
  absent: {},
};

function isFact(value: unknown): value is Fact {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  const { kind } = value;
  if (typeof kind !== "string" || !Object.hasOwn(fieldsOfKind, kind)) return false;
  const record: Readonly<Record<string, unknown>> = { ...value };
  const fields = { ...fieldsOfKind[kind as Fact["kind"]], "optional?": isFlag, "derived?": isFlag };
  return Object.entries(fields).every(([key, test]) => {
    const field = record[key.replace("?", "")];
    return key.endsWith("?") && field === undefined ? true : test(field);
  });
}

/**
 * The facts of a record's field `facts`.
 *
 * @throws ResidencyError E_DATASET when it is no list of facts; the message holds none of it.
 * @example
 * parseFacts([{ kind: "term", value: "sepsis" }]); // [{ kind: "term", value: "sepsis" }]
 */
export function parseFacts(value: unknown): readonly Fact[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isFact)) return value;
  throw new ResidencyError(
    "E_DATASET",
    'the field "facts" must be a list of facts, each with its kind and fields',
  );
}
