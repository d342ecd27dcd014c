/** Everyday sentences and short stories of a few people, with what happens to a thing, and questions who, where and what. */
import type { SeededRandom } from "../../random.ts";
import { withQuestions, type Asked } from "../asking.ts";
import {
  amount,
  between,
  chance,
  clockTime,
  count,
  describedThing,
  duration,
  madeUpWord,
  sample,
  someFood,
} from "../draw.ts";
import { capitalized, fill, plural, series, withArticle } from "../template.ts";
import {
  adjectives,
  animals,
  colours,
  jobs,
  madeThings,
  months,
  naturalThings,
  people,
  places,
  weekdays,
  type Person,
} from "../vocabulary/index.ts";

const feelings =
  "happy tired hungry surprised glad worried curious calm proud cold thirsty sleepy angry sad busy".split(
    " ",
  );
const openings = [
  "",
  "",
  "On {day}, ",
  "One morning in {month}, ",
  "In the evening, ",
  "After lunch, ",
  "At {time}, ",
  "Last week, ",
  "When it was still dark, ",
  "Before the rain came, ",
] as const;

const weather = [
  "The sky is blue.",
  "The sky was blue and the sun was warm.",
  "It rained the whole day.",
  "The wind blew from the sea.",
  "Snow lay on the roofs.",
  "There was fog over the river.",
  "A storm was coming.",
  "The sun was shining.",
  "It was cold and clear.",
  "The clouds were low and grey.",
];

function opening(random: SeededRandom): string {
  return fill(random, random.pick(openings), {
    day: random.pick(weekdays),
    month: random.pick(months)[0],
    time: clockTime(random),
  });
}

/** What happens once. */
const events = [
  "{name} [bought|found|sold|lost|borrowed|mended|cleaned|painted] {aThing} {there}.",
  "{name} [ate|cooked|shared|ordered] {food} and {food2} with {other}.",
  "the {animal} {there} was {feeling}.",
  "{name} saw {number} {animals} {there}.",
  "{name} waited {duration} for {other}.",
  "it took {name} {duration} to clean the {thing}.",
  "{other} [asked|told|reminded] {name} to bring {aThing}.",
  "there was {weather}, so {name} stayed {there}.",
  "because {he} was {feeling}, {name} drank some [tea|water|milk|juice].",
  "nobody knew why the {animal} was {there}.",
  "{name} [gave|lent|sold|showed] {other} {aThing}, which was {colour}.",
  "{name} [cut|weighed|carried|ordered] {amount} of {food} for {other}.",
] as const;

/** What is so. */
const states = [
  "the {thing} {there} is {colour}.",
  "{other} is {job} and [works until {time}|starts at {time}].",
  "the {thing} costs {price}, but the {adjective} one is cheaper.",
  "if it is {adjective}, {name} puts it back {there}.",
  "{name} likes {food}, but {other} likes {food2} more.",
  "{name} and {other} meet on {day} at {time}.",
  "{name} needs {amount} of {food}, and has only half of it.",
  "{name} says that {his} {thing} has been {there} for {duration}.",
  "every {day} {name} goes out and looks for {animals}.",
  "the first {thing} is {colour}, the second one {adjective}.",
  "{name} wants to become {job}, and {other} does not.",
  "on {day} {name} is {there} from {time} on.",
] as const;

/** One sentence about nobody in particular. */
export function everydaySentence(random: SeededRandom): string {
  const { name, he, his } = random.pick(people);
  const slots = {
    name,
    he,
    his,
    other: random.pick(people).name,
    thing: describedThing(random),
    aThing: withArticle(describedThing(random)),
    there: random.pick(places).there,
    food: someFood(random),
    food2: someFood(random),
    animal: random.pick(animals).name,
    animals: plural(random.pick(animals).name),
    job: withArticle(random.pick(jobs).name),
    colour: random.pick(colours)[0],
    feeling: random.pick(feelings),
    adjective: random.pick(adjectives),
    weather: random.pick(naturalThings.filter(({ group }) => group === "weather")).name,
    number: between(random, 2, 20),
    duration: duration(random),
    time: clockTime(random),
    day: random.pick(weekdays),
    amount: amount(random, "weight"),
    price: `${count(random)} euros`,
  };
  if (chance(random, 0.45)) return capitalized(fill(random, random.pick(states), slots));
  return capitalized(opening(random) + fill(random, random.pick(events), slots));
}

/** A few sentences that have nothing to do with each other, and the weather. */
export function everyday(random: SeededRandom): string {
  const sentences = Array.from({ length: between(random, 2, 7) }, () => everydaySentence(random));
  if (chance(random, 0.3)) sentences.unshift(random.pick(weather));
  return sentences.join(random.pick([" ", " ", "\n"]));
}

interface Told {
  sentences: string[];
  asked: Asked[];
}

/** A thing goes from hand to hand and from place to place. */
function handing(random: SeededRandom): Told {
  const cast = sample(random, people, between(random, 2, 4)) as [Person, Person, ...Person[]];
  const [first] = cast;
  const thing = describedThing(random);
  const found = random.pick(places).there;
  const slots = { name: first.name, thing, aThing: withArticle(thing), there: found, he: first.he };
  const sentences = [
    fill(random, "{name} [found|bought|was given|discovered] {aThing} {there}.", slots),
    fill(
      random,
      "[{he} was {feeling}|It was {adjective}|Nobody else wanted it|{he} had looked for one for {duration}].",
      {
        ...slots,
        feeling: random.pick(feelings),
        adjective: random.pick(adjectives),
        duration: duration(random),
      },
    ),
  ];
  let owner = first;
  let where = found;
  for (const next of cast.slice(1)) {
    sentences.push(
      fill(random, "{day} {name} gave [the {thing}|it] to {other}.", {
        day: random.pick(["Then", "Later", "The next day,", "After that,"]),
        name: owner.name,
        thing,
        other: next.name,
      }),
    );
    owner = next;
    if (chance(random, 0.5)) {
      where = random.pick(places).there;
      sentences.push(
        fill(random, "[{he} put it down {there}.|{name} left it {there}.]", {
          he: next.he,
          name: next.name,
          there: where,
        }),
      );
    }
  }
  return {
    sentences,
    asked: [
      { question: `Who has the ${thing} in the end?`, answer: `${owner.name}.` },
      { question: `Where did ${first.name} get the ${thing}?`, answer: `${capitalized(found)}.` },
      { question: `What did ${first.name} get?`, answer: `${capitalized(withArticle(thing))}.` },
      { question: `To whom did ${first.name} give it?`, answer: `To ${cast[1].name}.` },
    ],
  };
}

/** Two people, of whom only pronouns say what each does. */
function pronouns(random: SeededRandom): Told {
  const woman = random.pick(people.filter(({ he }) => he === "she"));
  const man = random.pick(people.filter(({ he }) => he === "he"));
  const [a, b] = random.shuffle([woman, man]) as [Person, Person];
  const [jobA, jobB] = sample(random, jobs, 2);
  const things = [withArticle(describedThing(random)), withArticle(describedThing(random))];
  const towns = [madeUpWord(random), madeUpWord(random)];
  return {
    sentences: [
      fill(random, "{a} is {jobA} in {town}, and {b} is {jobB} in {other}.", {
        a: a.name,
        b: b.name,
        jobA: withArticle(jobA!.name),
        jobB: withArticle(jobB!.name),
        town: towns[0]!,
        other: towns[1]!,
      }),
      fill(random, "{he} [needs|has just bought|would like to have] {thing}.", {
        he: a.he,
        thing: things[0]!,
      }),
      fill(random, "{he} [is looking for|owns|has lost] {thing}.", { he: b.he, thing: things[1]! }),
    ],
    asked: [
      { question: `Who works in ${towns[1]!}?`, answer: `${b.name}.` },
      { question: `What is ${a.name}?`, answer: `${capitalized(withArticle(jobA!.name))}.` },
      { question: `Who is meant by "${b.he}"?`, answer: `${b.name}.` },
      { question: `Which thing has to do with ${b.name}?`, answer: `${capitalized(things[1]!)}.` },
      { question: `Where does ${a.name} work?`, answer: `In ${towns[0]!}.` },
    ],
  };
}

/** A walk through a few places, with what is seen at each. */
function walk(random: SeededRandom): Told {
  const { name, he, his } = random.pick(people);
  const stops = sample(random, places, between(random, 2, 4));
  const seen = stops.map(() =>
    random.pick([
      withArticle(random.pick(animals).name),
      withArticle(describedThing(random)),
      `${between(random, 2, 9)} ${plural(random.pick(madeThings).name)}`,
    ]),
  );
  const with_ = random.pick([
    ` with ${his} ${random.pick(animals).name}`,
    ` with ${random.pick(people).name}`,
    " alone",
  ]);
  return {
    sentences: [
      fill(random, "{name} [went for a walk|took a day off|went out]{companion}.", {
        name,
        companion: with_,
      }),
      ...stops.map(({ there }, index) =>
        fill(
          random,
          "[{first}, {there}, {he} saw {seen}.|{there} {he} found {seen}.|{first} {he} was {there} and saw {seen}.]",
          {
            first: index === 0 ? "First" : index === stops.length - 1 ? "At last" : "Then",
            there,
            he,
            seen: seen[index]!,
          },
        ),
      ),
      fill(
        random,
        "[In the evening {name} was {feeling}.|{he} came home at {time}.|It had taken {duration}.]",
        { name, he, feeling: random.pick(feelings), time: clockTime(random), duration: duration(random) },
      ),
    ],
    asked: [
      { question: `What did ${name} see ${stops[0]!.there}?`, answer: `${capitalized(seen[0]!)}.` },
      {
        question: `Where was ${name} in the end?`,
        answer: `${capitalized(stops[stops.length - 1]!.there)}.`,
      },
      {
        question: `Which places did ${name} visit?`,
        answer: `${capitalized(series(stops.map(({ name: place }) => `the ${place}`)))}.`,
      },
      { question: `Who went out?`, answer: `${name}.` },
    ],
  };
}

/** A story, often with a question or two, or with one sentence that says it in short. */
export function story(random: SeededRandom): string {
  const { sentences, asked } = random.pick([handing, pronouns, walk])(random);
  if (chance(random, 0.3)) sentences.unshift(random.pick(weather));
  const text = sentences.map(capitalized).join(" ");
  return chance(random, 0.7)
    ? withQuestions(random, text, sample(random, asked, between(random, 1, 2)))
    : text;
}
