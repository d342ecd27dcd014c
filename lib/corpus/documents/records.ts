/** Records and passages with facts that only the text has, and tasks whose answers are copied from it. */
import type { SeededRandom } from "../../random.ts";
import { notTold, withQuestions, type Asked } from "../asking.ts";
import { between, chance, fullName, sample } from "../draw.ts";
import { capitalized, fill } from "../template.ts";
import type { Field, FieldSlot, RecordKind } from "./field.ts";
import { recordKinds } from "./record-kinds/index.ts";

type Values = Readonly<Record<FieldSlot, string>>;

/** A field with its value. */
interface Fact {
  field: Field;
  label: string;
  values: Values;
}

interface DrawnRecord {
  kind: RecordKind;
  title: string;
  facts: readonly Fact[];
}

function drawRecord(random: SeededRandom): DrawnRecord {
  const kind = random.pick(recordKinds);
  const { person, name } = fullName(random);
  const about = { name, who: person.name, he: person.he, him: person.him, his: person.his };
  const fields = sample(random, kind.fields, between(random, 3, kind.fields.length));
  return {
    kind,
    title: fill(random, kind.title, {}),
    facts: fields.map((field) => ({
      field,
      label: fill(random, field.label, {}),
      values: { ...about, value: field.draw(random) },
    })),
  };
}

/** "a apple" to "an apple": a value is put behind an article that was written before it was known. */
const mendArticles = (text: string): string =>
  text.replaceAll(/\b(a) (?=[aeio]|u(?!ni|se))/gi, (_, article: string) => `${article}n `);

const sentence = (random: SeededRandom, template: string, values: Values): string =>
  mendArticles(capitalized(fill(random, template, values)));

/** "Label: value", a line each. */
function asLines(random: SeededRandom, { title, facts }: DrawnRecord): string {
  const lines = facts.map(({ label, values }) => `${label}: ${values.value}`);
  const heading = random.pick([title, title.toUpperCase(), `${title}:`, ""]);
  return [...(heading === "" ? [] : [heading]), ...lines].join("\n");
}

/** Whole sentences. */
function asProse(random: SeededRandom, { title, facts }: DrawnRecord): string {
  const sentences = facts.map(({ field, values }) => sentence(random, field.told, values));
  const opening = chance(random, 0.3) ? `${title}${random.pick([".", ":", " –"])} ` : "";
  return opening + sentences.join(" ");
}

/** Some lines, some sentences, as notes are written. */
function asMixture(random: SeededRandom, record: DrawnRecord): string {
  const cut = between(random, 1, record.facts.length - 1);
  const lines = asLines(random, { ...record, facts: record.facts.slice(0, cut) });
  return `${lines}\n${asProse(random, { ...record, title: "Remarks", facts: record.facts.slice(cut) })}`;
}

const layOut = (random: SeededRandom, record: DrawnRecord): string =>
  random.pick([asLines, asProse, asProse, asMixture])(random, record);

/** The answer in a sentence, or the bare value. */
function answerOf(random: SeededRandom, { field, values }: Fact, isBare: boolean): Asked {
  return {
    question: sentence(random, field.question, values),
    answer: isBare ? capitalized(values.value) : sentence(random, field.answer, values),
  };
}

/** A text with questions about it; now and then one that the text does not answer. */
export function askedRecord(random: SeededRandom): string {
  const record = drawRecord(random);
  const isBare = chance(random, 0.4);
  const asked = sample(random, record.facts, between(random, 1, 5)).map((fact) =>
    answerOf(random, fact, isBare),
  );
  const missing = record.kind.fields.filter((field) => record.facts.every((fact) => fact.field !== field));
  if (missing.length > 0 && chance(random, 0.3)) {
    const { values } = record.facts[0]!;
    asked[random.int(asked.length)] = {
      question: sentence(random, random.pick(missing).question, values),
      answer: notTold(random),
    };
  }
  return withQuestions(random, layOut(random, record), asked);
}

/** The same facts twice: told, and then as lines, or the other way round, or told again in other words. */
export function retoldRecord(random: SeededRandom): string {
  const record = drawRecord(random);
  const [first, second, bridges] = random.pick([
    [asProse, asLines, ["As a list:", "This was noted:", "In short:"]],
    [asLines, asProse, ["Written out:", "In whole sentences:", "Told:"]],
    [asProse, asProse, ["The same again:", "In other words:"]],
    [asMixture, asProse, ["In other words:", "Written out:"]],
  ] as const);
  const bridge = random.pick<string>(["", ...bridges]);
  const again = chance(random, 0.5)
    ? record
    : { ...record, facts: sample(random, record.facts, record.facts.length) };
  return [first(random, record), ...(bridge === "" ? [] : [bridge]), second(random, again)].join("\n\n");
}

/** Several records of one kind, and a question about one of them: the right one must be found by what it is known for. */
export function askedRegister(random: SeededRandom): string {
  const kind = random.pick(recordKinds);
  const fields = sample(random, kind.fields, between(random, 2, 4));
  const rows = Array.from({ length: between(random, 2, 5) }, () => {
    const { person, name } = fullName(random);
    const about = { name, who: person.name, he: person.he, him: person.him, his: person.his };
    return {
      name,
      facts: fields.map((field) => ({
        field,
        label: field.label,
        values: { ...about, value: field.draw(random) },
      })),
    };
  });
  const labels = fields.map(({ label }) => fill(random, label, {}));
  const lines = rows.map(
    ({ name, facts }) =>
      `${name}: ${facts.map(({ values }, index) => `${labels[index]!.toLowerCase()} ${values.value}`).join("; ")}`,
  );
  const asked = sample(random, rows, between(random, 1, 3)).map(({ name, facts }) => {
    const at = random.int(facts.length);
    return {
      question: fill(
        random,
        "[{name}, {label}?|What stands under {label} for {name}?|And the {label} of {name}?]",
        { label: labels[at]!.toLowerCase(), name },
      ),
      answer: capitalized(facts[at]!.values.value) + random.pick(["", "."]),
    };
  });
  return withQuestions(random, lines.join("\n"), asked);
}
