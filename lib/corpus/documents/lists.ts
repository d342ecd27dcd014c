/** Lists: picked out of a text, or found under their headings. */
import type { SeededRandom } from "../../random.ts";
import { withQuestions } from "../asking.ts";
import {
  amount,
  between,
  chance,
  clockTime,
  code,
  count,
  date,
  describedThing,
  frequency,
  madeUpWord,
  sample,
  someFood,
} from "../draw.ts";
import { capitalized, fill, plural, series, withArticle } from "../template.ts";
import { animals, colours, foods, jobs, madeThings, people, places, weekdays } from "../vocabulary/index.ts";

/** A text that names things of several groups, and the list of those of one. */
export function picking(random: SeededRandom): string {
  const groups = sample(
    random,
    [
      { label: "animals", items: sample(random, animals, 3).map(({ name }) => withArticle(name)) },
      { label: "foods", items: sample(random, foods, 3).map(({ name }) => name) },
      {
        label: "tools and other things",
        items: sample(random, madeThings, 3).map(({ name }) => withArticle(name)),
      },
      { label: "people", items: sample(random, people, 3).map(({ name }) => name) },
      { label: "places", items: sample(random, places, 3).map(({ name }) => withArticle(name)) },
      { label: "jobs", items: sample(random, jobs, 3).map(({ name }) => withArticle(name)) },
      { label: "numbers", items: Array.from({ length: 3 }, () => count(random)) },
      { label: "dates", items: Array.from({ length: 2 }, () => date(random)) },
      { label: "amounts", items: Array.from({ length: 3 }, () => amount(random)) },
      { label: "colours", items: sample(random, colours, 3).map(([name]) => name) },
    ].map((group) => ({ ...group, items: group.items.slice(0, between(random, 1, 3)) })),
    between(random, 2, 4),
  );
  const all = random.shuffle(groups.flatMap(({ items }) => items));
  const told = chance(random, 0.5)
    ? all.join(random.pick([", ", "; ", "\n"]))
    : fill(
        random,
        "[On the list there are|In the picture one sees|Somebody wrote down|The page names] {all}.",
        { all: series(all) },
      );
  const asked = sample(random, groups, between(random, 1, 2)).map(({ label, items }) => ({
    question: fill(random, "[Which {label} are named?|List the {label}.|Name all {label} of the text.]", {
      label,
    }),
    answer: capitalized(series(all.filter((item) => items.includes(item)))) + random.pick(["", "."]),
  }));
  return withQuestions(random, told, asked);
}

/** A page of short lists under headings, and the list of one heading, its first item, how many there are, or where an item stands. */
export function sections(random: SeededRandom): string {
  const headings = sample(random, listHeadings, between(random, 2, 5));
  const lists = headings.map(({ heading, asked, draw }) => ({
    heading: fill(random, heading, {}),
    asked: fill(random, asked, {}),
    items: [...new Set(Array.from({ length: between(random, 1, 4) }, () => draw(random)))],
  }));
  const layOut = random.pick([
    (items: readonly string[]) => `\n${items.map((item) => `- ${item}`).join("\n")}`,
    (items: readonly string[]) => `\n${items.map((item, index) => `${index + 1}. ${item}`).join("\n")}`,
    (items: readonly string[]) => ` ${items.join("; ")}`,
    (items: readonly string[]) => ` ${series(items)}.`,
  ]);
  const page = lists.map(({ heading, items }) => `${heading}:${layOut(items)}`).join("\n");
  const full = (text: string): string => `${capitalized(text)}.`;
  const questions = sample(random, lists, between(random, 1, 3)).map(({ heading, asked, items }) => {
    const item = random.pick(items);
    return random.pick([
      { question: asked, answer: full(series(items)) },
      { question: asked, answer: full(series(items)) },
      { question: `What stands first under "${heading}"?`, answer: full(items[0]!) },
      { question: `Under which heading stands "${item}"?`, answer: full(heading) },
      { question: `How many entries has "${heading}"?`, answer: `${items.length}.` },
    ]);
  });
  return withQuestions(random, page, questions);
}

/** Headings of lists, what asks for each, and an item of it. */
const listHeadings: readonly { heading: string; asked: string; draw: (random: SeededRandom) => string }[] = [
  {
    heading: "[To buy|Shopping]",
    asked: "What [is to be bought|should be bought]?",
    draw: (random) => `${amount(random, "weight")} of ${someFood(random)}`,
  },
  {
    heading: "[Bring along|Take with you]",
    asked: "What [is to be brought along|should one take along]?",
    draw: (random) => withArticle(describedThing(random)),
  },
  {
    heading: "[Coming|Guests|People]",
    asked: "Who [is coming|comes]?",
    draw: (random) => random.pick(people).name,
  },
  {
    heading: "[Doses for the plants|Plant food]",
    asked: "What do the plants get?",
    draw: (random) =>
      `${madeUpWord(random)} ${amount(random, random.pick(["weight", "volume"]))} ${frequency(random)}`,
  },
  {
    heading: "[Seen|Animals seen]",
    asked: "Which animals were seen?",
    draw: (random) => `${between(random, 2, 30)} ${plural(random.pick(animals).name)}`,
  },
  {
    heading: "[Broken|To be mended]",
    asked: "What is broken?",
    draw: (random) => `the ${describedThing(random)}`,
  },
  {
    heading: "[Visits|Next visits|Dates]",
    asked: "Which visits are planned?",
    draw: (random) => `${random.pick(places).name} on ${date(random)}`,
  },
  { heading: "[Numbers|Codes]", asked: "Which codes are written down?", draw: code },
  {
    heading: "[Measured|Values]",
    asked: "What was measured?",
    draw: (random) => `${random.pick(madeThings).name} ${amount(random)}`,
  },
  {
    heading: "[New since last time|New]",
    asked: "What is new?",
    draw: (random) => withArticle(describedThing(random)),
  },
  {
    heading: "[Not allowed|Do not use]",
    asked: "What must not be used?",
    draw: (random) => withArticle(random.pick(madeThings).name),
  },
  {
    heading: "[Times|Open]",
    asked: "Which times are given?",
    draw: (random) => `${random.pick(weekdays)} ${clockTime(random)}`,
  },
];
