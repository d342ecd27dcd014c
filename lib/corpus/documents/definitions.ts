/** Definitions: what a thing is, what it is for, where it is found, and how one tells. */
import type { SeededRandom } from "../../random.ts";
import { chance, sample } from "../draw.ts";
import { capitalized, fill, plural, withArticle } from "../template.ts";
import {
  animals,
  colours,
  foods,
  jobs,
  madeThings,
  naturalThings,
  people,
  places,
  type Animal,
  type Food,
  type Job,
  type MadeThing,
  type NaturalThing,
  type Place,
} from "../vocabulary/index.ts";

const legs = { 0: "no legs", 2: "two legs", 4: "four legs", 6: "six legs" } as const;

function ofAnimal(random: SeededRandom, { name, group, lives, eats, does, legs: number }: Animal): string[] {
  const one = withArticle(name);
  const kind = withArticle(group);
  const slots = { one, kind, name, many: plural(name), lives, eats, does, legs: legs[number] };
  return [
    fill(random, "{one} is {kind} [that lives {lives}|that {does}].", slots),
    fill(random, "[It lives {lives}.|One finds it {lives}.|{many} live {lives}.]", slots),
    fill(random, "[It eats {eats}.|Its food is {eats}.|{many} eat {eats}.]", slots),
    fill(random, "[It {does}.|{one} {does}.]", slots),
    fill(random, "[It has {legs}.|{one} has {legs}.]", slots),
  ];
}

function ofFood(random: SeededRandom, { name, group, colour, taste, source, counted }: Food): string[] {
  const one = counted ? withArticle(name) : name;
  const isMany = /s$/.test(name) && !counted;
  const slots = {
    one,
    kind: withArticle(group),
    colour,
    taste,
    source,
    is: isMany ? "are" : "is",
    tastes: isMany ? "taste" : "tastes",
    it: isMany ? "They" : "It",
  };
  return [
    fill(random, "{one} {is} {kind}.", slots),
    fill(random, "[{it} {is} {colour}.|The colour of {one} is {colour}.]", slots),
    taste.startsWith("of ")
      ? fill(random, "{it} {tastes} {taste}.", slots)
      : fill(random, "[{it} {tastes} {taste}.|The taste is {taste}.]", slots),
    fill(random, "{it} {source}.", slots),
  ];
}

function ofMadeThing(random: SeededRandom, { name, group, use, material, place }: MadeThing): string[] {
  const slots = {
    one: withArticle(name),
    kind: withArticle(group),
    use,
    material,
    place,
    many: plural(name),
  };
  return [
    fill(random, "{one} is {kind} that {use}.", slots),
    fill(
      random,
      "[It is made of {material}.|Most {many} are made of {material}.|The material is {material}.]",
      slots,
    ),
    fill(random, "[It is found {place}.|One finds it {place}.|{many} are often {place}.]", slots),
  ];
}

function ofNaturalThing(random: SeededRandom, { name, is, more }: NaturalThing): string[] {
  const isMany = /(lungs|kidneys)$/.test(name);
  return [fill(random, "{name} {verb} {is}.", { name, verb: isMany ? "are" : "is", is }), more];
}

function ofPlace(random: SeededRandom, { name, there, purpose }: Place): string[] {
  const slots = { one: withArticle(name), purpose, there, who: random.pick(people).name };
  return [
    fill(random, "{one} is a place where {purpose}.", slots),
    fill(
      random,
      "[When {who} is {there}, {purpose}.|One can meet {who} {there}.|{who} likes to be {there}.]",
      slots,
    ),
  ];
}

function ofJob(random: SeededRandom, { name, work, place }: Job): string[] {
  const slots = { one: withArticle(name), work, place: withArticle(place), who: random.pick(people).name };
  return [
    fill(random, "{one} is somebody who {work}.", slots),
    fill(random, "[{one} often works in or near {place}.|{who} is {one} and {work}.]", slots),
  ];
}

function ofColour(random: SeededRandom): string[] {
  const [colour, example] = random.pick(colours);
  const slots = { colour, example };
  return [
    fill(random, "{colour} is [a colour|the colour of {example}].", slots),
    fill(random, "[{example} is {colour}.|One sees it in {example}.]", slots),
  ];
}

/** One definition, its sentences capitalised; the first says what the thing is, of the others some are left out. */
export function definition(random: SeededRandom): string {
  const sentences = random.pick([
    () => ofAnimal(random, random.pick(animals)),
    () => ofFood(random, random.pick(foods)),
    () => ofMadeThing(random, random.pick(madeThings)),
    () => ofMadeThing(random, random.pick(madeThings)),
    () => ofNaturalThing(random, random.pick(naturalThings)),
    () => ofNaturalThing(random, random.pick(naturalThings)),
    () => ofPlace(random, random.pick(places)),
    () => ofJob(random, random.pick(jobs)),
    () => ofColour(random),
  ])();
  const [first = "", ...rest] = sentences;
  const kept = sample(random, rest, rest.length).filter(() => chance(random, 0.75));
  return [first, ...kept].map(capitalized).join(" ");
}

/** Several definitions, as a page of a dictionary has them. */
export function definitions(random: SeededRandom): string {
  const separator = random.pick(["\n", " ", "\n\n"]);
  return Array.from({ length: 1 + random.int(5) }, () => definition(random)).join(separator);
}
