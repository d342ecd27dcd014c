/** Questions about the world with their answers, without a text to read them from. */
import type { SeededRandom } from "../../random.ts";
import { withQuestions, type Asked } from "../asking.ts";
import { sample } from "../draw.ts";
import { capitalized, fill, plural, withArticle } from "../template.ts";
import {
  animals,
  colours,
  foods,
  jobs,
  madeThings,
  months,
  naturalThings,
  places,
  weekdays,
} from "../vocabulary/index.ts";

const numbers = "one two three four five six seven eight nine ten eleven twelve".split(" ");

type Asking = (random: SeededRandom) => Asked;

const askings: readonly Asking[] = [
  (random) => {
    const { name, lives } = random.pick(animals);
    const slots = { many: plural(name), one: withArticle(name), lives };
    return {
      question: fill(random, "Where [do {many} live|does {one} live]?", slots),
      answer: fill(random, "{many} live {lives}.", slots),
    };
  },
  (random) => {
    const { name, eats } = random.pick(animals);
    const slots = { many: plural(name), one: withArticle(name), eats };
    return {
      question: fill(random, "What [do {many} eat|does {one} eat]?", slots),
      answer: fill(random, "{many} eat {eats}.", slots),
    };
  },
  (random) => {
    const { name, group } = random.pick(animals);
    return {
      question: fill(random, "What kind of animal is {one}?", { one: withArticle(name) }),
      answer: fill(random, "{one} is {kind}.", { one: withArticle(name), kind: withArticle(group) }),
    };
  },
  (random) => {
    const { name, use } = random.pick(madeThings);
    return {
      question: fill(random, "[What does {one} do|What is {one} for]?", { one: withArticle(name) }),
      answer: fill(random, "[It|{one}] {use}.", { one: withArticle(name), use }),
    };
  },
  (random) => {
    const { name, material } = random.pick(madeThings);
    return {
      question: fill(random, "What is {one} made of?", { one: withArticle(name) }),
      answer: fill(random, "[It is made of {material}.|{material}.]", { material }),
    };
  },
  (random) => {
    const { name, use } = random.pick(madeThings);
    return {
      question: fill(random, "[Which thing|What] {use}?", { use }),
      answer: fill(random, "{one}.", { one: withArticle(name) }),
    };
  },
  (random) => {
    const { name, is } = random.pick(naturalThings);
    const isMany = /(lungs|kidneys)$/.test(name);
    return {
      question: fill(random, "What {be} {name}?", { be: isMany ? "are" : "is", name }),
      answer: fill(random, "{name} {be} {is}.", { be: isMany ? "are" : "is", name, is }),
    };
  },
  (random) => {
    const { name, taste, counted } = random.pick(foods.filter((food) => !/s$/.test(food.name)));
    return {
      question: fill(random, "How does {one} taste?", { one: counted ? withArticle(name) : name }),
      answer: fill(random, "It tastes {taste}.", { taste }),
    };
  },
  (random) => {
    const { name, work } = random.pick(jobs);
    return {
      question: fill(random, "What does {one} do?", { one: withArticle(name) }),
      answer: fill(random, "{one} {work}.", { one: withArticle(name), work }),
    };
  },
  (random) => {
    const { name, work } = random.pick(jobs);
    return {
      question: fill(random, "Who {work}?", { work }),
      answer: fill(random, "{one}.", { one: withArticle(name) }),
    };
  },
  (random) => {
    const { name, purpose } = random.pick(places);
    return {
      question: fill(random, "What is {one}?", { one: withArticle(name) }),
      answer: fill(random, "{one} is a place where {purpose}.", { one: withArticle(name), purpose }),
    };
  },
  (random) => {
    const [colour, example] = random.pick(colours);
    return {
      question: fill(random, "What colour is {example}?", { example }),
      answer: fill(random, "[{example} is {colour}.|It is {colour}.|{colour}.]", { example, colour }),
    };
  },
  (random) => {
    const at = random.int(weekdays.length);
    return {
      question: fill(random, "Which day comes [after {day}|next when today is {day}]?", {
        day: weekdays[at]!,
      }),
      answer: `${weekdays[(at + 1) % weekdays.length]!}.`,
    };
  },
  (random) => {
    const at = random.int(months.length);
    return {
      question: fill(random, "Which month comes after {month}?", { month: months[at]![0] }),
      answer: `${months[(at + 1) % months.length]![0]}.`,
    };
  },
  (random) => {
    const [a, b] = [1 + random.int(6), 1 + random.int(6)];
    const words = random.int(2) === 0;
    const show = (value: number): string => (words ? numbers[value - 1]! : String(value));
    return {
      question: fill(random, "[What is|How much is] {a} and {b}?", { a: show(a), b: show(b) }),
      answer: fill(random, "[{a} and {b} is {sum}.|{sum}.]", { a: show(a), b: show(b), sum: show(a + b) }),
    };
  },
  (random) => ({
    question: random.pick([
      "What colour is the sky?",
      "Which colour has the sky on a clear day?",
      "What is above us by day?",
    ]),
    answer: random.pick(["The sky is blue.", "The sky is blue."]),
  }),
];

/** A few questions with their answers. */
export function knowledge(random: SeededRandom): string {
  const asked = sample(random, askings, 2 + random.int(5)).map((asking) => {
    const { question, answer } = asking(random);
    return { question: capitalized(question), answer: capitalized(answer) };
  });
  return withQuestions(random, "", asked);
}
