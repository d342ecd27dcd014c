/** Food and drink: what it is, how it looks and tastes, where it comes from. */

/** A food; `source` continues "It …". */
export interface Food {
  name: string;
  group: "fruit" | "vegetable" | "grain" | "drink" | "dish" | "spice" | "dairy food" | "sweet";
  colour: string;
  taste: string;
  source: string;
  /** Whether it is counted ("two apples") or measured ("some rice"). */
  counted: boolean;
}

const table: readonly [string, Food["group"], string, string, string, boolean][] = [
  ["apple", "fruit", "red or green", "sweet", "grows on trees", true],
  ["pear", "fruit", "green or yellow", "sweet", "grows on trees", true],
  ["cherry", "fruit", "dark red", "sweet", "grows on trees in early summer", true],
  ["plum", "fruit", "blue or purple", "sweet and sour", "grows on trees", true],
  ["lemon", "fruit", "yellow", "sour", "grows in warm countries", true],
  ["orange", "fruit", "orange", "sweet and sour", "grows in warm countries", true],
  ["banana", "fruit", "yellow", "sweet", "grows in bunches on tall plants", true],
  ["grape", "fruit", "green or purple", "sweet", "grows on vines", true],
  ["strawberry", "fruit", "red", "sweet", "grows close to the ground", true],
  ["melon", "fruit", "green outside", "sweet and watery", "grows on the ground in warm places", true],
  ["tomato", "fruit", "red", "fresh", "grows on a vine in the sun", true],
  ["carrot", "vegetable", "orange", "a little sweet", "grows under the ground", true],
  ["potato", "vegetable", "brown outside and yellow inside", "mild", "grows under the ground", true],
  ["onion", "vegetable", "white or red", "sharp", "grows half in the ground", true],
  ["cucumber", "vegetable", "green", "fresh", "grows on a vine", true],
  ["pumpkin", "vegetable", "orange", "mild", "grows on the ground and is ripe in autumn", true],
  ["cabbage", "vegetable", "green", "mild", "grows in rows on a field", true],
  ["pea", "vegetable", "green", "sweet", "grows in pods", true],
  ["bean", "vegetable", "green or white", "mild", "grows in pods", true],
  ["garlic", "vegetable", "white", "strong", "grows under the ground", false],
  ["spinach", "vegetable", "dark green", "a little bitter", "grows as leaves", false],
  ["rice", "grain", "white or brown", "mild", "grows in wet fields", false],
  ["wheat", "grain", "gold", "mild", "grows on wide fields", false],
  ["oats", "grain", "pale", "mild", "grow in cool countries", false],
  ["bread", "dish", "brown", "fresh when it is warm", "is baked from flour and water", false],
  ["soup", "dish", "different each time", "salty", "is cooked from vegetables and water", false],
  ["noodles", "dish", "pale yellow", "mild", "are made of flour and eggs", false],
  ["pancake", "dish", "golden", "sweet or salty", "is fried in a flat pan", true],
  ["salad", "dish", "green", "fresh", "is made of raw leaves", false],
  ["omelette", "dish", "yellow", "salty", "is made of eggs", true],
  ["water", "drink", "clear", "of nothing", "comes from springs and wells", false],
  ["tea", "drink", "brown or green", "a little bitter", "is made of dried leaves", false],
  ["coffee", "drink", "black", "bitter", "is made of roasted beans", false],
  ["juice", "drink", "bright", "sweet", "is pressed from fruit", false],
  ["milk", "drink", "white", "mild", "comes from cows", false],
  ["cocoa", "drink", "brown", "sweet and warm", "is made of ground beans", false],
  ["cheese", "dairy food", "yellow", "salty", "is made of milk", false],
  ["butter", "dairy food", "pale yellow", "rich", "is made of cream", false],
  ["yoghurt", "dairy food", "white", "sour", "is made of milk", false],
  ["salt", "spice", "white", "salty", "comes from the sea and from mines", false],
  ["pepper", "spice", "black", "hot", "grows on a climbing plant", false],
  ["cinnamon", "spice", "brown", "warm and sweet", "is the bark of a tree", false],
  ["mint", "spice", "green", "cool", "grows in gardens", false],
  ["honey", "sweet", "gold", "very sweet", "is made by bees", false],
  ["sugar", "sweet", "white", "sweet", "comes from cane and from beets", false],
  ["chocolate", "sweet", "brown", "sweet and a little bitter", "is made of cocoa beans", false],
  ["cake", "sweet", "brown or white", "sweet", "is baked from flour, eggs and sugar", true],
  ["jam", "sweet", "red or purple", "sweet", "is cooked from fruit and sugar", false],
];

/** Every food. */
export const foods: readonly Food[] = table.map(([name, group, colour, taste, source, counted]) => ({
  name,
  group,
  colour,
  taste,
  source,
  counted,
}));
