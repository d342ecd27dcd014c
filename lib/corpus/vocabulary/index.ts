/** What the general texts speak of. */
export { animals, type Animal } from "./animals.ts";
export { foods, type Food } from "./food.ts";
export { naturalThings, type NaturalThing } from "./nature.ts";
export { madeThings, type MadeThing } from "./objects.ts";
export { adjectives, colours, months, people, weekdays, type Person } from "./people.ts";
export { jobs, places, type Job, type Place } from "./places.ts";
