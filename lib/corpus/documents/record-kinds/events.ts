/** Records of days: the weather, meetings. */
import { between, clockTime, code, date, describedThing, duration } from "../../draw.ts";
import { naturalThings } from "../../vocabulary/index.ts";
import { field, somebody, town, type RecordKind } from "../field.ts";

/** Records of days: the weather, meetings. */
export const events: readonly RecordKind[] = [
  {
    title: "[Weather log|Station report|Weather]",
    fields: [
      field(
        "[Station|Place]",
        town,
        "Which station is it?",
        "[This is the report of {value}.|The station is {value}.]",
        "It is {value}.",
      ),
      field(
        "[Date|Day]",
        date,
        "[From which day is the report?|When was it written?]",
        "[It was written on {value}.|The day is {value}.]",
        "It is from {value}.",
      ),
      field(
        "[Temperature|At noon]",
        (random) => `${between(random, -18, 38)} degrees`,
        "How warm was it?",
        "[At noon it had {value}.|The thermometer showed {value}.]",
        "It had {value}.",
      ),
      field(
        "[Rain|Rainfall]",
        (random) => `${between(random, 1, 70)} mm`,
        "How much rain fell?",
        "[{value} of rain fell.|The rain came to {value}.]",
        "{value} of rain fell.",
      ),
      field(
        "Wind",
        (random) =>
          `${between(random, 4, 120)} km per hour from the ${random.pick(["north", "south", "east", "west"])}`,
        "How was the wind?",
        "[The wind blew with {value}.|There was a wind of {value}.]",
        "It blew with {value}.",
      ),
      field(
        "Sky",
        (random) =>
          random.pick([
            "clear and blue",
            "grey",
            "half covered",
            "full of small clouds",
            "dark",
            "misty",
            "bright",
          ]),
        "How was the sky?",
        "[The sky was {value}.|Above, it was {value}.]",
        "It was {value}.",
      ),
      field(
        "[Also seen|Remarks]",
        (random) => random.pick(naturalThings.filter((thing) => thing.group === "weather")).name,
        "What else was seen?",
        "[In the evening there was {value}.|{who} also saw {value}.]",
        "There was {value}.",
      ),
      field(
        "[Observer|Written by]",
        somebody,
        "Who wrote the report?",
        "[It was written by {value}.|The observer is {value}.]",
        "{value} wrote it.",
      ),
    ],
  },
  {
    title: "[Meeting|Appointment|Invitation]",
    fields: [
      field(
        "[Topic|About]",
        (random) => `the ${describedThing(random)}`,
        "What is the meeting about?",
        "[They will talk about {value}.|The topic is {value}.]",
        "It is about {value}.",
      ),
      field(
        "[Room|Where]",
        code,
        "Where is the meeting?",
        "[It is in room {value}.|They meet in {value}.]",
        "It is in room {value}.",
      ),
      field(
        "[Day|Date]",
        date,
        "On which day is the meeting?",
        "[It takes place on {value}.|The day is {value}.]",
        "It is on {value}.",
      ),
      field(
        "[Begins|Start]",
        clockTime,
        "When does the meeting begin?",
        "[It begins at {value}.|{who} opens it at {value}.]",
        "It begins at {value}.",
      ),
      field(
        "[Length|Takes]",
        duration,
        "How long does the meeting take?",
        "[It will take {value}.|{value} are planned.]",
        "It takes {value}.",
      ),
      field(
        "[Chair|Led by]",
        somebody,
        "Who leads the meeting?",
        "[It is led by {value}.|{value} is in the chair.]",
        "{value} leads it.",
      ),
      field(
        "[Guests|Coming]",
        (random) => `${between(random, 3, 60)} people`,
        "How many people come?",
        "[{value} are expected.|{value} have said that they come.]",
        "{value} come.",
      ),
      field(
        "[Next|Next time]",
        (random) => `in ${duration(random)}`,
        "When is the next meeting?",
        "[They meet again {value}.|The next one is {value}.]",
        "It is {value}.",
      ),
    ],
  },
];
