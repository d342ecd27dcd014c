/** Tasks that copy: lines said again, words in their order, abbreviations written out, the order of events. */
import type { SeededRandom } from "../../random.ts";
import { withQuestions } from "../asking.ts";
import {
  amount,
  anyNoun,
  between,
  chance,
  clockTime,
  code,
  count,
  date,
  describedThing,
  madeUpWord,
  sample,
} from "../draw.ts";
import { capitalized, fill, plural, series, withArticle } from "../template.ts";
import { animals, madeThings, people, places, weekdays } from "../vocabulary/index.ts";

function line(random: SeededRandom): string {
  return random.pick([
    () =>
      sample(random, people, between(random, 2, 6))
        .map(({ name }) => name)
        .join(" "),
    () => Array.from({ length: between(random, 2, 6) }, () => count(random)).join(", "),
    () => Array.from({ length: between(random, 1, 3) }, () => code(random)).join(" / "),
    () => Array.from({ length: between(random, 2, 5) }, () => madeUpWord(random)).join(" "),
    () => `${withArticle(describedThing(random))}, ${amount(random)}, ${date(random)}`,
    () => series(Array.from({ length: between(random, 2, 5) }, () => withArticle(describedThing(random)))),
    () =>
      `${madeUpWord(random)} ${amount(random)} ${random.pick(["at", "from", "until"])} ${clockTime(random)}`,
  ])();
}

/** A line, and the same line again. */
export function echo(random: SeededRandom): string {
  const text = line(random);
  const again = random.pick(["Copy", "Again", "The same", "Repeat", "Once more", "Echo", "Write it again"]);
  return random.pick([
    `${text}\n${text}`,
    `Line: ${text}\n${again}: ${text}`,
    `"${text}" – ${again.toLowerCase()}: "${text}"`,
    `${again}: ${text} -> ${text}`,
  ]);
}

const keys: readonly ((random: SeededRandom) => string)[] = [
  (random) => madeUpWord(random),
  (random) => random.pick(people).name,
  code,
  anyNoun,
  (random) => String(between(random, 1, 99)),
];
const values: readonly ((random: SeededRandom) => string)[] = [
  amount,
  date,
  code,
  count,
  clockTime,
  (random) => madeUpWord(random),
  describedThing,
];

/**
 * A few pairs of a key and a value, told several times in another order: from the second time on, each value is known to
 * somebody who finds its key. Nothing teaches faster to look back (associative recall; Olsson et al., 2022, on induction heads).
 */
export function recall(random: SeededRandom): string {
  const [key, value] = [random.pick(keys), random.pick(values)];
  const names = [...new Set(Array.from({ length: between(random, 2, 8) }, () => key(random)))];
  const sign = random.pick([": ", " = ", " -> ", " is ", " has ", ", "]);
  const lines = names.map((name) => `${name}${sign}${value(random)}`);
  const rounds = Array.from({ length: between(random, 2, 5) }, (_, round) =>
    round === 0 ? lines : random.shuffle(lines),
  );
  return rounds.flat().join(random.pick(["\n", "\n", "; ", " / "]));
}

/** Words in a row, and the first, the last, the one after another, or all again from behind. */
export function order(random: SeededRandom): string {
  const words = random.pick([
    () => Array.from({ length: between(random, 3, 7) }, () => madeUpWord(random)),
    () => sample(random, people, between(random, 3, 7)).map(({ name }) => name),
    () => [...new Set(Array.from({ length: between(random, 3, 7) }, () => anyNoun(random)))],
  ])();
  const at = random.int(words.length - 1);
  const asked = random.pick([
    { question: "Which comes first?", answer: words[0]! },
    { question: "Which comes last?", answer: words[words.length - 1]! },
    { question: `What comes after ${words[at]!}?`, answer: words[at + 1]! },
    { question: `What comes before ${words[at + 1]!}?`, answer: words[at]! },
    { question: "What is the order from behind?", answer: words.toReversed().join(", ") },
    { question: "How many are there?", answer: String(words.length) },
  ]);
  return withQuestions(random, words.join(", "), [asked]);
}

const societyWords =
  "river mountain harbour garden bread music winter night paper glass stone water bird forest engine school market bridge island weather sailing reading running cooking".split(
    " ",
  );
const societyKinds = "club council union society office school team museum league bureau".split(" ");

/** A name with its abbreviation, which the text goes on to use, and what it stands for. */
export function abbreviation(random: SeededRandom): string {
  const words = [
    ...(chance(random, 0.5) ? [madeUpWord(random, 2)] : []),
    ...sample(random, societyWords, between(random, 1, 2)).map(capitalized),
    capitalized(random.pick(societyKinds)),
  ];
  const long = words.join(" ");
  const short = words.map((word) => word.charAt(0)).join("");
  const { name, he } = random.pick(people);
  const slots = {
    long,
    short,
    name,
    he,
    day: random.pick(weekdays),
    number: count(random),
    town: madeUpWord(random),
  };
  const text = fill(
    random,
    "[The {long} ({short}) meets on {day}.|{name} works for the {long} ({short}).|In {town} there is a {long}, {short} for short.] " +
      "[The {short} has {number} members.|{name} joined the {short} last year.|On {day} the {short} is closed.] " +
      "[Letters to the {short} go to {town}.|{name} says that {he} likes the {short}.|The {short} was founded {number} days ago.]",
    slots,
  );
  const asked = random.pick([
    {
      question: `What does ${short} stand for?`,
      answer: fill(random, "[{short} stands for {long}.|{long}.|It means {long}.]", slots),
    },
    {
      question: `What is the ${long} called for short?`,
      answer: fill(random, "[It is called {short}.|{short}.]", slots),
    },
    { question: `Write out ${short}.`, answer: `${long}.` },
  ]);
  return withQuestions(random, text, [asked]);
}

/** Events with their times, in or out of order, and which came when. */
export function timeline(random: SeededRandom): string {
  const { name, he } = random.pick(people);
  const deeds = sample(
    random,
    [
      "cleaned the windows",
      "wrote a letter",
      "bought bread",
      "fed the hens",
      "repaired the fence",
      "called the office",
      "baked a cake",
      "went for a walk",
      "read the newspaper",
      "washed the car",
      "painted the door",
      `met ${random.pick(people).name}`,
      `went to ${random.pick(places).name}`.replace(" to ", " to the "),
      `lost a ${random.pick(madeThings).name}`,
      `sold two ${plural(random.pick(animals).name)}`,
    ],
    between(random, 2, 5),
  );
  const start = between(random, 6, 12);
  const at = deeds.map((_, index) => `${start + 2 * index}:${random.pick(["00", "10", "15", "30", "45"])}`);
  const sentences = deeds.map((deed, index) =>
    index === 0 ? `At ${at[index]!} ${name} ${deed}.` : `At ${at[index]!} ${he} ${deed}.`,
  );
  const which = random.int(deeds.length);
  const asked = random.pick([
    { question: `What did ${name} do at ${at[which]!}?`, answer: `${capitalized(he)} ${deeds[which]!}.` },
    { question: `What did ${name} do first?`, answer: `${capitalized(he)} ${deeds[0]!}.` },
    { question: `What did ${name} do last?`, answer: `${capitalized(he)} ${deeds[deeds.length - 1]!}.` },
    { question: `When was it that ${name} ${deeds[which]!}?`, answer: `At ${at[which]!}.` },
  ]);
  return withQuestions(random, sentences.join(" "), [asked]);
}
