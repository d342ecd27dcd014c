/** Weather, sky, earth and body: what is not made, with a sentence that says what it is and one that says more. */

/** Something natural; `is` continues "X is …", `more` is a sentence about "it". */
export interface NaturalThing {
  /** With its article where it takes one. */
  name: string;
  group: "weather" | "sky" | "earth" | "body" | "plant" | "material";
  is: string;
  more: string;
}

const table: readonly [NaturalThing["group"], string, string, string][] = [
  ["weather", "rain", "water that falls from clouds in drops", "It fills rivers and waters the fields."],
  ["weather", "snow", "frozen water that falls in white flakes", "It lies on the ground when it is cold."],
  [
    "weather",
    "hail",
    "ice that falls from thunderclouds in hard grains",
    "It can break glass and ruin crops.",
  ],
  ["weather", "fog", "a cloud that lies on the ground", "In it one cannot see far."],
  ["weather", "wind", "air that moves", "It turns windmills and fills sails."],
  ["weather", "a storm", "very strong wind, often with rain", "It can break branches and lift roofs."],
  ["weather", "lightning", "a bright spark between clouds and the ground", "Thunder follows it."],
  [
    "weather",
    "thunder",
    "the loud sound that follows lightning",
    "The farther away the lightning, the later it is heard.",
  ],
  ["weather", "frost", "a thin layer of ice on cold mornings", "It makes leaves look white."],
  [
    "weather",
    "a rainbow",
    "a bow of colours that is seen when the sun shines on rain",
    "It has red on the outside and violet on the inside.",
  ],
  ["sky", "the sun", "the star that gives us light and warmth", "It rises in the east and sets in the west."],
  ["sky", "the moon", "a ball of rock that goes around the Earth", "It takes about a month for one round."],
  [
    "sky",
    "a star",
    "a hot ball of gas far away that shines by itself",
    "At night it looks like a small point of light.",
  ],
  ["sky", "a planet", "a large ball that goes around a star", "The Earth is one."],
  ["sky", "the sky", "what is seen above when one looks up", "On a clear day the sky is blue."],
  ["sky", "a cloud", "very many tiny drops of water in the air", "It can be white or grey."],
  [
    "earth",
    "a mountain",
    "land that rises high above the land around it",
    "Its top is often covered with snow.",
  ],
  ["earth", "a valley", "low land between hills or mountains", "Often a river runs through it."],
  ["earth", "a river", "water that flows over the land to the sea", "It begins at a spring."],
  ["earth", "a lake", "a large water with land all around it", "Many lakes are fed by rivers."],
  [
    "earth",
    "the sea",
    "the salt water that covers most of the Earth",
    "Its water rises and falls twice a day.",
  ],
  ["earth", "an island", "land with water all around it", "One reaches it by boat or over a bridge."],
  ["earth", "a desert", "land where it almost never rains", "Few plants grow there."],
  ["earth", "a volcano", "a mountain from which hot rock comes out", "When it is quiet, people climb it."],
  ["earth", "a glacier", "a slow river of ice", "It moves a few metres each month."],
  ["earth", "sand", "very small grains of stone", "It covers beaches and deserts."],
  [
    "body",
    "the heart",
    "a muscle that pumps blood through the body",
    "It beats about seventy times a minute.",
  ],
  ["body", "the lungs", "the two organs with which we breathe", "They take oxygen from the air."],
  ["body", "the brain", "the organ with which we think", "It lies inside the skull."],
  [
    "body",
    "the stomach",
    "the organ in which food is broken down",
    "From there food goes on into the bowel.",
  ],
  ["body", "the liver", "a large organ that cleans the blood", "It lies on the right, under the ribs."],
  [
    "body",
    "the kidneys",
    "the two organs that make urine",
    "They take out of the blood what the body does not need.",
  ],
  ["body", "the skin", "what covers the body on the outside", "It feels heat, cold and touch."],
  ["body", "a bone", "a hard part of the body that holds it up", "An adult has about two hundred of them."],
  ["body", "a muscle", "a part of the body that pulls and so moves it", "It grows when it is used."],
  ["body", "the eye", "the organ with which we see", "It lets in more light when it is dark."],
  ["body", "the ear", "the organ with which we hear", "It helps us to keep our balance, too."],
  ["body", "the nose", "the organ with which we smell", "It warms the air that we breathe."],
  [
    "body",
    "the tongue",
    "the muscle in the mouth with which we taste and speak",
    "It is wet and very quick.",
  ],
  ["body", "the hand", "the part of the arm with which we hold things", "It has five fingers."],
  ["body", "the foot", "the part of the leg on which we stand", "It has five toes."],
  ["body", "the knee", "the joint in the middle of the leg", "It bends when we sit."],
  ["body", "blood", "the red liquid that flows through the body", "It carries oxygen and sugar."],
  ["body", "a fever", "a body temperature that is too high", "It is measured with a thermometer."],
  ["body", "a cough", "air that is pushed out of the lungs suddenly", "It clears the throat."],
  ["plant", "an oak", "a tree with hard wood and acorns", "It can grow older than five hundred years."],
  ["plant", "a birch", "a tree with white bark", "It is one of the first trees on open land."],
  ["plant", "a pine", "a tree with needles that stay green in winter", "Its seeds lie in cones."],
  ["plant", "a rose", "a flower with thorns on its stem", "It can be red, white, yellow or pink."],
  ["plant", "a tulip", "a flower that grows from a bulb in spring", "It closes at night."],
  ["plant", "moss", "a small soft plant that likes damp places", "It grows on stones and bark."],
  ["plant", "grass", "the plant that covers meadows", "Cows and horses eat it."],
  ["plant", "a seed", "what a new plant grows from", "It needs water and warmth."],
  ["material", "wood", "what trees are made of", "It floats and it burns."],
  ["material", "iron", "a heavy grey metal", "It rusts when it gets wet."],
  ["material", "gold", "a yellow metal that does not rust", "It is rare, and so it is dear."],
  ["material", "glass", "a hard material that one can see through", "It is made of hot sand."],
  ["material", "paper", "a thin material made of wood", "We write and print on it."],
  ["material", "wool", "the hair of sheep", "It is spun and knitted."],
  ["material", "cotton", "the white hair around the seeds of a plant", "Shirts are woven from it."],
  ["material", "ice", "frozen water", "It melts at zero degrees."],
  ["material", "steam", "water that has become a gas", "It rises from a kettle when the water boils."],
];

/** Every natural thing. */
export const naturalThings: readonly NaturalThing[] = table.map(([group, name, is, more]) => ({
  name,
  group,
  is,
  more,
}));
