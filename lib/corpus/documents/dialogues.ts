/** Short dialogues in which what one says is taken up by the other: in a shop, on the way, on the telephone. */
import type { SeededRandom } from "../../random.ts";
import {
  amount,
  between,
  chance,
  clockTime,
  code,
  date,
  describedThing,
  duration,
  frequency,
  fullName,
  madeUpWord,
  price,
  sample,
  someFood,
} from "../draw.ts";
import { capitalized, fill, withArticle } from "../template.ts";
import { animals, colours, jobs, madeThings, people, places, weekdays } from "../vocabulary/index.ts";

/** Turns, the two speakers by turns. */
type Turns = readonly string[];

function shop(random: SeededRandom): Turns {
  const food = someFood(random);
  const weight = amount(random, "weight");
  const cost = price(random);
  const slots = { food, weight, cost, other: someFood(random) };
  return [
    fill(
      random,
      "[Good morning.|Hello.|Good day.] [I would like {weight} of {food}, please.|Do you have {food}? I need {weight}.]",
      slots,
    ),
    fill(
      random,
      "[Here you are: {weight} of {food}.|{weight} of {food}, gladly.] [Anything else?|Would you like {other}, too?]",
      slots,
    ),
    fill(random, "[No, thank you.|Not today.] [How much is it?|What does it cost?]", slots),
    fill(random, "[That is {cost}.|{cost}, please.|It comes to {cost}.]", slots),
    fill(random, "[{cost}? Here it is.|Here are {cost}.] [Goodbye!|Thank you.]", slots),
  ];
}

function way(random: SeededRandom): Turns {
  const [target, between_] = sample(random, places, 2);
  const minutes = between(random, 2, 40);
  const slots = {
    target: target!.name,
    other: between_!.name,
    minutes,
    side: random.pick(["left", "right"]),
  };
  return [
    fill(random, "[Excuse me, how do I get to the {target}?|Do you know where the {target} is?]", slots),
    fill(
      random,
      "[To the {target}?|The {target}?] Go straight on to the {other} and then turn {side}.",
      slots,
    ),
    fill(random, "[{side} at the {other}.|At the {other} to the {side}.] Is it far?", slots),
    fill(random, "[No, {minutes} minutes on foot.|About {minutes} minutes.]", slots),
    fill(random, "[Thank you very much.|{minutes} minutes, that is fine. Thank you.]", slots),
  ].map(capitalized);
}

function appointment(random: SeededRandom): Turns {
  const { name, surname } = fullName(random);
  const day = random.pick([random.pick(weekdays), date(random)]);
  const time = clockTime(random);
  const slots = {
    name,
    surname,
    day,
    time,
    later: clockTime(random),
    reason: random.pick([
      "a photograph",
      "the piano lesson",
      "the repair",
      "a haircut",
      "the first visit",
      "an interview",
    ]),
  };
  return [
    fill(
      random,
      "[Hello, this is {name}.|Good morning, my name is {name}.] [I would like an appointment for {reason}.|I call about {reason}.]",
      slots,
    ),
    fill(random, "[Does {day} suit you?|We have time on {day}.] At {time}?", slots),
    fill(
      random,
      "[{day} is fine, but {time} is too early. What about {later}?|{day} is good. Could it be {later}?]",
      slots,
    ),
    fill(
      random,
      "[{later} is free.|Yes, {later} is possible.] So: {day} at {later}, {reason}, {surname}.",
      slots,
    ),
    fill(random, "[That is right.|Yes, {day} at {later}.] [Thank you, goodbye.|See you then.]", slots),
  ];
}

function lost(random: SeededRandom): Turns {
  const thing = describedThing(random);
  const { there } = random.pick(places);
  const number = code(random);
  const colour = random.pick(colours)[0];
  const slots = { aThing: withArticle(thing), thing, there, number, colour };
  return [
    fill(random, "[I have lost {aThing}.|Has anybody found {aThing}?]", slots),
    fill(random, "[Where was that?|What colour is it?|Where did you have it last?]", slots),
    fill(random, "[It was {there}, and it is {colour}.|I had it {there}. It is {colour}.]", slots),
    fill(
      random,
      "[Somebody brought a {colour} one that was found {there}.|One moment. Here: {colour}, found {there}.] It has the number {number}.",
      slots,
    ),
    fill(
      random,
      "[That is my {thing}!|Yes, the {thing} is mine.] [Number {number}, you say?|I shall ask for number {number}.]",
      slots,
    ),
  ];
}

function plan(random: SeededRandom): Turns {
  const [a, b] = sample(random, people, 2);
  const slots = {
    a: a!.name,
    b: b!.name,
    place: random.pick(places).name,
    thing: withArticle(describedThing(random)),
    food: someFood(random),
    time: clockTime(random),
    day: random.pick(weekdays),
    friend: random.pick(people).name,
  };
  return [
    fill(
      random,
      "{b}, [shall we go to the {place} on {day}|do you have time on {day}? We could go to the {place}]{mark}",
      { ...slots, mark: "?" },
    ),
    fill(
      random,
      "[On {day}? Gladly, {a}.|To the {place}? Yes, {a}.] [When do we meet?|Who brings what?]",
      slots,
    ),
    fill(random, "[Let us meet at {time}.|At {time}.] I bring {food}, and you bring {thing}.", slots),
    fill(
      random,
      "[{time}, and {thing}.|So I bring {thing}.] [Does {friend} come, too?|May {friend} come along?]",
      slots,
    ),
    fill(
      random,
      "[Yes, I have asked {friend}.|{friend} would like to, but cannot.] [See you on {day}!|Until {day}.]",
      slots,
    ),
  ].map((turn) => turn.replace("??", "?"));
}

function care(random: SeededRandom): Turns {
  const pet = random.pick(animals).name;
  const name = madeUpWord(random, 2);
  const slots = {
    pet,
    name,
    often: frequency(random),
    food: amount(random, random.pick(["weight", "volume"])),
    long: duration(random),
    where: random.pick(places).there,
  };
  return [
    fill(
      random,
      "I am away for {long}. [Could you look after {name}, my {pet}?|Who could feed {name}, the {pet}?]",
      slots,
    ),
    fill(random, "[For {long}? Yes.|Of course I take {name}.] What does {name} need?", slots),
    fill(random, "[{name} gets {food} of food {often}.|Give {name} {food} {often}.]", slots),
    fill(random, "{food} {often}. [And at night?|And where does {name} sleep?]", slots),
    fill(random, "[At night {name} is {where}.|{name} sleeps {where}.]", slots),
  ].map(capitalized);
}

function work(random: SeededRandom): Turns {
  const job = random.pick(jobs);
  const { name } = random.pick(people);
  const slots = {
    one: withArticle(job.name),
    work: job.work,
    place: madeUpWord(random),
    name,
    long: duration(random),
    tool: withArticle(random.pick(madeThings).name),
  };
  return [
    fill(random, "What [do you do|is your work], {name}?", slots),
    fill(random, "I am {one}.", slots),
    fill(random, "[So you are somebody who {work}?|{one} is somebody who {work}, is that right?]", slots),
    fill(random, "[Yes.|That is right.] I have worked in {place} for {long}.", slots),
    fill(random, "[{long} in {place}! |For {long}! ]And what do you need for it?", slots),
    fill(random, "Most of all {tool}.", slots),
  ].map(capitalized);
}

/** A dialogue; speakers are named, or the lines begin with a dash. */
export function dialogue(random: SeededRandom): string {
  const turns = random.pick([shop, way, appointment, lost, plan, care, work])(random);
  const [first, second] = random.pick([
    () => sample(random, people, 2).map(({ name }) => `${name}: `),
    () => ["A: ", "B: "],
    () => ["– ", "– "],
    () => sample(random, jobs, 2).map(({ name }) => `${capitalized(name)}: `),
  ])();
  const lines = turns.map((turn, index) => `${(index % 2 === 0 ? first : second)!}${capitalized(turn)}`);
  return (chance(random, 0.85) ? lines : lines.slice(0, 3)).join("\n");
}
