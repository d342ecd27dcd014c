/** First names with their pronouns, colours, adjectives, days and months. */

/** A person as a text speaks of them. */
export interface Person {
  name: string;
  he: "he" | "she";
  him: "him" | "her";
  his: "his" | "her";
}

const women =
  "Ada Agnes Alma Amina Anna Bea Carla Clara Dana Edith Elena Ella Emma Esther Eva Fatima Flora Grace Greta Hana Helen Ida Ines Ingrid Iris Jana Joan Julia Kaya Lara Lea Lena Lina Lucia Maria Marta Maya Mina Nadia Nina Nora Olga Paula Petra Rosa Ruth Salma Sara Sofia Tara Vera Yasmin Yuna Zoe";
const men =
  "Adam Ali Anton Ben Bruno Carl David Dario Elias Emil Erik Felix Finn Frank George Hugo Ibrahim Ivan Jakob Jan Joel Jonas Jun Karim Kofi Leo Levi Liam Luca Marek Mark Martin Milo Musa Nils Noah Omar Oscar Otto Pablo Paul Peter Ravi Robin Samuel Simon Stefan Theo Thomas Tom Victor Walter Yusuf";

/** Everybody by first name. */
export const people: readonly Person[] = [
  ...women.split(" ").map((name): Person => ({ name, he: "she", him: "her", his: "her" })),
  ...men.split(" ").map((name): Person => ({ name, he: "he", him: "him", his: "his" })),
];

/** Colours, with something that has each. */
export const colours: readonly (readonly [colour: string, example: string])[] = [
  ["blue", "the sky on a clear day"],
  ["green", "fresh grass"],
  ["red", "a ripe strawberry"],
  ["yellow", "a lemon"],
  ["white", "new snow"],
  ["black", "coal"],
  ["grey", "a rain cloud"],
  ["brown", "the bark of an oak"],
  ["orange", "a carrot"],
  ["pink", "the inside of a shell"],
  ["purple", "a ripe plum"],
  ["silver", "the moon"],
  ["gold", "honey in the sun"],
];

/** Adjectives that fit most things. */
export const adjectives: readonly string[] =
  "small large old new heavy light clean dirty long short broken empty full round flat soft hard warm cold dry wet strange plain fine cheap rare quiet bright dark smooth rough narrow wide".split(
    " ",
  );

/** The days of the week. */
export const weekdays = [
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
] as const;

/** The months, with the days that each has at least. */
export const months: readonly (readonly [month: string, days: number])[] = [
  ["January", 31],
  ["February", 28],
  ["March", 31],
  ["April", 30],
  ["May", 31],
  ["June", 30],
  ["July", 31],
  ["August", 31],
  ["September", 30],
  ["October", 31],
  ["November", 30],
  ["December", 31],
];
