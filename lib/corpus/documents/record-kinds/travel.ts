/** Records of journeys: tickets, rooms, outings. */
import { between, clockTime, code, date, describedThing, madeUpWord, price } from "../../draw.ts";
import { places, weekdays } from "../../vocabulary/index.ts";
import { field, somebody, town, type RecordKind } from "../field.ts";

/** Records of journeys: tickets, rooms, outings. */
export const travel: readonly RecordKind[] = [
  {
    title: "[Ticket|Journey|Travel plan]",
    fields: [
      field(
        "[Passenger|Traveller]",
        somebody,
        "Who is travelling?",
        "[The ticket is for {value}.|{value} is going on a journey.]",
        "{value} is travelling.",
      ),
      field(
        "From",
        town,
        "[Where does the journey begin?|From where does the train leave?]",
        "[The journey begins in {value}.|{who} gets on in {value}.]",
        "It begins in {value}.",
      ),
      field(
        "To",
        town,
        "[Where does the journey end?|Where is {who} going?]",
        "[It ends in {value}.|{he} is going to {value}.]",
        "[It ends in {value}.|{he} is going to {value}.]",
      ),
      field(
        "[Train|Number]",
        code,
        "Which train is it?",
        "[The train is {value}.|{who} takes train {value}.]",
        "It is train {value}.",
      ),
      field(
        "[Departure|Leaves]",
        clockTime,
        "When does the train leave?",
        "[It leaves at {value}.|The departure is at {value}.]",
        "It leaves at {value}.",
      ),
      field(
        "[Arrival|Arrives]",
        clockTime,
        "When does the train arrive?",
        "[It arrives at {value}.|The arrival is at {value}.]",
        "It arrives at {value}.",
      ),
      field(
        "[Seat|Place]",
        code,
        "[Which seat does {who} have?|What is the number of the seat?]",
        "[The seat is {value}.|{he} sits in seat {value}.]",
        "The seat is {value}.",
      ),
      field(
        "[Price|Fare]",
        price,
        "[What does the ticket cost?|How much was the fare?]",
        "[The ticket costs {value}.|{who} paid {value}.]",
        "It costs {value}.",
      ),
      field(
        "[Day|Date]",
        date,
        "On which day is the journey?",
        "[The day of the journey is {value}.|The ticket is valid on {value}.]",
        "It is on {value}.",
      ),
    ],
  },
  {
    title: "[Booking|Hotel|Room card]",
    fields: [
      field(
        "Guest",
        somebody,
        "Who is the guest?",
        "[The room is booked for {value}.|The guest is {value}.]",
        "The guest is {value}.",
      ),
      field(
        "Room",
        (random) => String(between(random, 1, 640)),
        "Which room [is it|does the guest have]?",
        "[It is room {value}.|{who} has room {value}.]",
        "It is room {value}.",
      ),
      field(
        "[Nights|Stays]",
        (random) => `${between(random, 1, 21)} nights`,
        "[How long does the guest stay?|How many nights are booked?]",
        "[{he} stays for {value}.|{value} are booked.]",
        "[{value} are booked.|The stay is {value}.]",
      ),
      field(
        "Arrives",
        date,
        "When does the guest arrive?",
        "[{he} comes on {value}.|The guest arrives on {value}.]",
        "On {value}.",
      ),
      field(
        "Leaves",
        date,
        "When does the guest leave?",
        "[{he} leaves on {value}.|The room is free again on {value}.]",
        "On {value}.",
      ),
      field(
        "[Price|A night]",
        price,
        "What does the room cost?",
        "[A night costs {value}.|The price is {value} a night.]",
        "It costs {value}.",
      ),
      field(
        "Breakfast",
        clockTime,
        "When is breakfast?",
        "[Breakfast is at {value}.|{who} wants breakfast at {value}.]",
        "Breakfast is at {value}.",
      ),
      field(
        "[Wishes|Please note]",
        (random) =>
          random.pick([
            "a quiet room",
            "a second pillow",
            "a view of the sea",
            "no feathers",
            "a bed for a child",
            "a room on the ground floor",
            "a late breakfast",
          ]),
        "What does the guest wish?",
        "[{he} asks for {value}.|The guest wishes {value}.]",
        "The guest wishes {value}.",
      ),
    ],
  },
  {
    title: "[School trip|Outing|Plan for the day]",
    fields: [
      field(
        "Class",
        (random) => `${between(random, 1, 10)}${random.pick(["a", "b", "c", "d"])}`,
        "Which class goes?",
        "[Class {value} is going on a trip.|The trip is for class {value}.]",
        "Class {value} goes.",
      ),
      field(
        "[To|Place]",
        (random) => `the ${random.pick(places).name} of ${madeUpWord(random)}`,
        "Where does the class go?",
        "[They go to {value}.|The trip leads to {value}.]",
        "They go to {value}.",
      ),
      field(
        "[Led by|Teacher]",
        somebody,
        "Who leads the trip?",
        "[{value} leads the group.|The teacher is {value}.]",
        "{value} leads it.",
      ),
      field(
        "[Children|Number]",
        (random) => String(between(random, 7, 34)),
        "How many children go along?",
        "[{value} children go along.|There are {value} children.]",
        "[{value} children go along.|There are {value}.]",
      ),
      field(
        "[Meet at|Start]",
        clockTime,
        "When do they meet?",
        "[They meet at {value}.|{who} waits for them at {value}.]",
        "They meet at {value}.",
      ),
      field(
        "[Day|On]",
        (random) => random.pick(weekdays),
        "On which day is it?",
        "[It is on {value}.|The day is {value}.]",
        "It is on {value}.",
      ),
      field(
        "[Cost|Each pays]",
        price,
        "What does it cost?",
        "[Each child pays {value}.|The cost is {value}.]",
        "It costs {value}.",
      ),
      field(
        "[Bring|Take along]",
        (random) => `a ${describedThing(random)}`,
        "What should they bring?",
        "[Everybody brings {value}.|{who} asks them to bring {value}.]",
        "They should bring {value}.",
      ),
    ],
  },
];
