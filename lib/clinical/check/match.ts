/** Finds facts, and everything that could contradict one, in the canonical words of a text. */
import { routes, frequencies } from "../knowledge/abbreviations.ts";
import { comorbidities } from "../knowledge/comorbidities.ts";
import { allConditions } from "../knowledge/index.ts";
import { canonical } from "./canonical.ts";
import type { DrugFact, Fact } from "./facts.ts";

/** Where a run of words begins in another; -1 where it does not occur from `from` on. */
export function indexOfRun(words: readonly string[], run: readonly string[], from = 0): number {
  if (run.length === 0) return -1;
  for (let start = from; start + run.length <= words.length; start++) {
    if (run.every((word, offset) => words[start + offset] === word)) return start;
  }
  return -1;
}

/** A list of names that is looked for at every word of a text. */
class NameIndex {
  readonly #byFirst = new Map<string, { name: string; run: string[] }[]>();

  constructor(names: Iterable<string>) {
    for (const name of new Set(names)) {
      const run = canonical(name);
      const first = run[0];
      if (first === undefined) continue;
      const entries = this.#byFirst.get(first) ?? [];
      entries.push({ name, run });
      // The longest first, so that "metoprolol succinate" is not taken for another salt.
      this.#byFirst.set(
        first,
        entries.toSorted((a, b) => b.run.length - a.run.length),
      );
    }
  }

  /** Every name in the text with its place, longest match first, none inside another. */
  find(words: readonly string[]): { name: string; at: number; end: number }[] {
    const found: { name: string; at: number; end: number }[] = [];
    for (let at = 0; at < words.length; at++) {
      const entry = this.#byFirst
        .get(words[at]!)
        ?.find(({ run }) => run.every((word, offset) => words[at + offset] === word));
      if (!entry) continue;
      found.push({ name: entry.name, at, end: at + entry.run.length });
      at += entry.run.length - 1;
    }
    return found;
  }
}

const drugLists = allConditions.flatMap(({ condition }) => [...condition.treatments, ...condition.discharge]);

/** Every drug name of the generator. */
export const drugNames: readonly string[] = [
  ...new Set(
    [...drugLists, ...comorbidities.map(({ drugs }) => drugs)].flatMap((list) =>
      list.map(({ name }) => name),
    ),
  ),
];
const drugIndex = new NameIndex(drugNames);

/** Every disease name of the generator, with its short form. */
const diseaseNames = [...allConditions.map(({ condition }) => condition), ...comorbidities];
const canonicalDisease = new Map(
  diseaseNames.flatMap(({ name, short }) => [[name, name] as const, [short, name] as const]),
);
const diseaseIndex = new NameIndex(canonicalDisease.keys());

/** What an answer says that can be right or wrong by itself. */
export interface Claims {
  days: ReadonlySet<string>;
  durations: ReadonlySet<string>;
  numbers: ReadonlySet<string>;
  drugs: ReadonlySet<string>;
  diseases: ReadonlySet<string>;
}

const timeUnits = new Set(["hour", "day", "week", "month", "year"]);

/** The claims of a text, given as canonical words. */
export function claimsOf(words: readonly string[]): Claims {
  const [days, durations, numbers] = [new Set<string>(), new Set<string>(), new Set<string>()];
  words.forEach((word, index) => {
    if (word.includes(":")) days.add(word);
    else if (/^\d/.test(word)) {
      const unit = words[index + 1] ?? "";
      if (timeUnits.has(unit)) durations.add(`${word} ${unit}`);
      else numbers.add(word);
    }
  });
  return {
    days,
    durations,
    numbers,
    drugs: new Set(drugIndex.find(words).map(({ name }) => name)),
    diseases: new Set(diseaseIndex.find(words).map(({ name }) => canonicalDisease.get(name)!)),
  };
}

/** Whether an order is in a text: the drug's name, and behind it, before the next drug, what the fact says of it. */
function hasOrder(words: readonly string[], fact: DrugFact): boolean {
  const run = canonical(fact.name);
  const others = drugIndex.find(words);
  for (let at = indexOfRun(words, run); at >= 0; at = indexOfRun(words, run, at + 1)) {
    const next = others.find((other) => other.at >= at + run.length)?.at ?? words.length;
    const rest = words.slice(at + run.length, next);
    const wanted = [
      ...(fact.dose === undefined ? [] : [canonical(fact.dose)]),
      ...(fact.route === undefined ? [] : [canonical(fact.route)]),
      ...(fact.frequency === undefined ? [] : [canonical(frequencies[fact.frequency])]),
      ...(fact.forDays === undefined ? [] : [[String(fact.forDays), "day"]]),
    ];
    if (wanted.every((part) => indexOfRun(rest, part) >= 0)) return true;
  }
  return false;
}

const refusals =
  /\bnot (?:\w+ )?(?:state|mention|say|document|give|specif|record|includ|contain|list|provid|report|know|available|describe|find)|\bno (?:information|mention|record)|\bunknown\b|\bunanswerable\b|\bcannot be (?:answered|determined)|\b(?:doesn't|does not|isn't|is not) (?:say|state|mention|in the note)|\bn\/a\b/i;

/** Whether an answer says that the note does not tell. */
export function isRefusal(answer: string): boolean {
  return refusals.test(answer);
}

/** Whether a text, given as written and in canonical words, states a fact. */
export function statesFact(text: string, words: readonly string[], fact: Fact): boolean {
  switch (fact.kind) {
    case "term":
      return [fact.value, ...(fact.also ?? [])].some((term) => indexOfRun(words, canonical(term)) >= 0);
    case "drug":
      return hasOrder(words, fact);
    case "day":
      return (
        words.includes(`date:${fact.date}`) ||
        (fact.hospitalDay !== undefined && words.includes(`day:${fact.hospitalDay}`))
      );
    case "duration":
      return indexOfRun(words, canonical(`${fact.amount} ${fact.unit}`)) >= 0;
    case "value":
      return indexOfRun(words, canonical(fact.value)) >= 0;
    case "polarity":
      return words[0] === (fact.yes ? "yes" : "no");
    case "absent":
      return isRefusal(text);
  }
}

/** The canonical words that a fact allows an answer to use. */
export function wordsOfFact(fact: Fact): string[] {
  switch (fact.kind) {
    case "term":
      return canonical([fact.value, ...(fact.also ?? [])].join(" . "));
    case "drug":
      return canonical(
        [
          fact.name,
          fact.dose ?? "",
          fact.route ? routes[fact.route] : "",
          fact.frequency ? frequencies[fact.frequency] : "",
          fact.forDays === undefined ? "" : `${fact.forDays} days`,
        ].join(" "),
      );
    case "day":
      return [`date:${fact.date}`, ...(fact.hospitalDay === undefined ? [] : [`day:${fact.hospitalDay}`])];
    case "duration":
      return canonical(`${fact.amount} ${fact.unit}`);
    case "value":
      // With its unit too, so that an age of "54 years" is no second claim beside 54.
      return canonical(`${fact.value} . ${fact.value} ${fact.unit}`);
    case "polarity":
    case "absent":
      return [];
  }
}
