/** Records of what is cooked, planted and kept: recipes, plants, animals. */
import { amount, between, date, duration, frequency, madeUpWord, someFood } from "../../draw.ts";
import { animals, colours } from "../../vocabulary/index.ts";
import { field, somebody, type RecordKind } from "../field.ts";

/** Records of what is cooked, planted and kept: recipes, plants, animals. */
export const living: readonly RecordKind[] = [
  {
    title: "[Recipe|From the kitchen|How to cook it]",
    fields: [
      field(
        "[Dish|Name]",
        (random) => `${someFood(random)} with ${someFood(random)}`,
        "[What is cooked?|Which dish is it?]",
        "[Today there is {value}.|The dish is {value}.]",
        "It is {value}.",
      ),
      field(
        "Flour",
        (random) => amount(random, "weight"),
        "How much flour is needed?",
        "[Take {value} of flour.|{who} weighs out {value} of flour.]",
        "[{value} of flour are needed.|One takes {value} of flour.]",
      ),
      field(
        "[Sugar|Amount of sugar]",
        (random) => amount(random, "weight"),
        "How much sugar is [needed|used]?",
        "[Add {value} of sugar.|{he} puts in {value} of sugar.]",
        "[{value} of sugar are used.|One adds {value}.]",
      ),
      field(
        "[Liquid|Milk]",
        (random) => amount(random, "volume"),
        "How much milk [is poured in|does one need]?",
        "[Pour in {value} of milk.|Then {value} of milk are stirred in.]",
        "One needs {value} of milk.",
      ),
      field(
        "[Oven|Temperature]",
        (random) => `${10 * between(random, 12, 25)} degrees`,
        "How hot is the oven?",
        "[The oven is heated to {value}.|Bake it at {value}.]",
        "The oven has {value}.",
      ),
      field(
        "[Time|Baking time]",
        duration,
        "How long does it [bake|take]?",
        "[It stays in the oven for {value}.|After {value} it is done.]",
        "It takes {value}.",
      ),
      field(
        "[Serves|For]",
        (random) => `${between(random, 2, 14)} people`,
        "For how many people is it?",
        "[It is enough for {value}.|{who} cooks for {value}.]",
        "It is for {value}.",
      ),
      field(
        "[Cook|By]",
        somebody,
        "Who [cooks|made it]?",
        "[The recipe is by {value}.|{value} has cooked it often.]",
        "{value} made it.",
      ),
    ],
  },
  {
    title: "[Plant card|Garden notes|Care of a plant]",
    fields: [
      field(
        "[Plant|Name]",
        madeUpWord,
        "[Which plant is it?|What is the plant called?]",
        "[The plant is called {value}.|In the pot grows a {value}.]",
        "It is called {value}.",
      ),
      field(
        "[Gardener|Kept by]",
        somebody,
        "Who looks after the plant?",
        "[{value} looks after it.|Its gardener is {value}.]",
        "{value} looks after it.",
      ),
      field(
        "[Water|Amount of water]",
        (random) => amount(random, "volume"),
        "How much water does it get?",
        "[It is given {value} of water.|{who} pours {value} of water on it.]",
        "It gets {value} of water.",
      ),
      field(
        "[Watered|How often]",
        frequency,
        "How often is it watered?",
        "[It is watered {value}.|Water is given {value}.]",
        "It is watered {value}.",
      ),
      field(
        "[Planted on|Planted]",
        date,
        "When was it planted?",
        "[It was planted on {value}.|{he} planted it on {value}.]",
        "It was planted on {value}.",
      ),
      field(
        "[Height|Size]",
        (random) => `${between(random, 4, 240)} cm`,
        "How high is it?",
        "[It is {value} high.|By now it has grown to {value}.]",
        "It is {value} high.",
      ),
      field(
        "[Flowers|Colour]",
        (random) => random.pick(colours)[0],
        "What colour are its flowers?",
        "[Its flowers are {value}.|It has {value} flowers.]",
        "They are {value}.",
      ),
      field(
        "[Found wrong|Problem]",
        (random) =>
          random.pick([
            "yellow leaves",
            "dry tips",
            "small holes in the leaves",
            "brown spots",
            "greenfly",
            "mould on the earth",
            "a broken stem",
            "no buds",
          ]),
        "What is wrong with the plant?",
        "[{who} found {value}.|The plant has {value}.]",
        "It has {value}.",
      ),
    ],
  },
  {
    title: "[Keeper's log|Animal card|Zoo notes]",
    fields: [
      field(
        "[Name|Called]",
        madeUpWord,
        "What is the animal called?",
        "[The animal is called {value}.|Its name is {value}.]",
        "It is called {value}.",
      ),
      field(
        "[Animal|Kind]",
        (random) => random.pick(animals).name,
        "[What kind of animal is it?|Which animal is it?]",
        "[It is a {value}.|In the pen lives a {value}.]",
        "It is a {value}.",
      ),
      field(
        "[Keeper|Fed by]",
        somebody,
        "Who feeds it?",
        "[It is fed by {value}.|Its keeper is {value}.]",
        "{value} feeds it.",
      ),
      field(
        "Food",
        (random) =>
          `${amount(random, "weight")} of ${random.pick(["hay", "fish", "grain", "fruit", "meat", "seeds", "leaves", "carrots"])}`,
        "[What does it get to eat?|How much food does it get?]",
        "[It is given {value}.|{he} brings it {value}.]",
        "It gets {value}.",
      ),
      field(
        "[Fed|How often]",
        frequency,
        "How often is it fed?",
        "[It is fed {value}.|Food is brought {value}.]",
        "It is fed {value}.",
      ),
      field(
        "[Weight|Weighed]",
        (random) => `${between(random, 2, 900)} kg`,
        "How much does the animal weigh?",
        "[It weighs {value}.|Last time it weighed {value}.]",
        "It weighs {value}.",
      ),
      field(
        "[Born on|Born]",
        date,
        "When was it born?",
        "[It was born on {value}.|Its birthday is {value}.]",
        "It was born on {value}.",
      ),
      field(
        "[Came on|Here since]",
        date,
        "[Since when is it here?|When did it come?]",
        "[It came on {value}.|It has been here since {value}.]",
        "It came on {value}.",
      ),
      field(
        "[Seen today|Remarks]",
        (random) =>
          random.pick([
            "slept most of the day",
            "ate well",
            "left half of the food",
            "played in the water",
            "had a small cut on one leg",
            "did not come out",
            "was loud at night",
            "dug a hole",
          ]),
        "What [was seen|did the keeper see]?",
        "[Today it {value}.|{who} wrote that it {value}.]",
        "It {value}.",
      ),
    ],
  },
];
