/** Animals: what they are, where they live, what they eat, what they are known for. */

/** An animal; phrases continue "It …" or "It lives …". */
export interface Animal {
  name: string;
  group: "mammal" | "bird" | "fish" | "insect" | "reptile" | "amphibian";
  lives: string;
  eats: string;
  does: string;
  legs: 0 | 2 | 4 | 6;
}

const table: readonly [string, Animal["group"], string, string, string, Animal["legs"]][] = [
  ["dog", "mammal", "with people", "meat", "barks and guards the house", 4],
  ["cat", "mammal", "with people", "mice and fish", "purrs when it is content", 4],
  ["horse", "mammal", "on farms", "grass and hay", "carries riders", 4],
  ["cow", "mammal", "on farms", "grass", "gives milk", 4],
  ["sheep", "mammal", "on farms and in the hills", "grass", "gives wool", 4],
  ["goat", "mammal", "in the mountains and on farms", "leaves and grass", "climbs steep rocks", 4],
  ["pig", "mammal", "on farms", "roots and grain", "digs in the mud", 4],
  ["rabbit", "mammal", "in fields", "grass and carrots", "digs tunnels", 4],
  ["mouse", "mammal", "in fields and in old houses", "seeds", "hides in small holes", 4],
  ["squirrel", "mammal", "in trees", "nuts", "hides nuts for the winter", 4],
  ["fox", "mammal", "in the forest", "mice and rabbits", "hunts at night", 4],
  ["wolf", "mammal", "in the forest", "deer", "hunts in a pack", 4],
  ["bear", "mammal", "in the forest", "berries and fish", "sleeps through the winter", 4],
  ["deer", "mammal", "in the forest", "leaves and bark", "runs fast and jumps high", 4],
  ["hedgehog", "mammal", "in gardens", "beetles and worms", "rolls up into a ball", 4],
  ["bat", "mammal", "in caves", "insects", "flies at night and hears where it goes", 2],
  ["elephant", "mammal", "on grassland", "leaves and grass", "lifts branches with its trunk", 4],
  ["lion", "mammal", "on grassland", "antelopes", "roars loudly", 4],
  ["giraffe", "mammal", "on grassland", "leaves of tall trees", "has a very long neck", 4],
  ["monkey", "mammal", "in the jungle", "fruit", "swings from branch to branch", 4],
  ["tiger", "mammal", "in the jungle", "deer and pigs", "swims well and hunts alone", 4],
  ["camel", "mammal", "in the desert", "thorny plants", "walks for days without water", 4],
  ["kangaroo", "mammal", "on dry plains", "grass", "jumps on its strong hind legs", 4],
  ["whale", "mammal", "in the ocean", "small shrimps", "sings under water", 0],
  ["dolphin", "mammal", "in the sea", "fish", "leaps out of the waves", 0],
  ["seal", "mammal", "on cold coasts", "fish", "rests on the ice", 0],
  ["sea otter", "mammal", "along the coast", "mussels and crabs", "opens shells with a stone", 4],
  ["beaver", "mammal", "along rivers", "bark and twigs", "builds dams", 4],
  ["owl", "bird", "in old trees", "mice", "sees well in the dark", 2],
  ["sparrow", "bird", "in towns", "seeds and crumbs", "chirps in a flock", 2],
  ["eagle", "bird", "in the mountains", "rabbits and fish", "sees a mouse from far away", 2],
  ["duck", "bird", "on ponds", "water plants", "swims and quacks", 2],
  ["goose", "bird", "on lakes and in meadows", "grass", "flies south in the autumn", 2],
  ["swan", "bird", "on lakes", "water plants", "holds its long neck high", 2],
  ["hen", "bird", "on farms", "grain", "lays eggs", 2],
  ["penguin", "bird", "on icy coasts", "fish", "swims but cannot fly", 2],
  ["parrot", "bird", "in the jungle", "fruit and nuts", "copies words", 2],
  ["stork", "bird", "in wet meadows", "frogs", "builds its nest on roofs", 2],
  ["woodpecker", "bird", "in the forest", "insects under the bark", "drums on trees", 2],
  ["robin", "bird", "in gardens", "worms and berries", "sings early in the morning", 2],
  ["salmon", "fish", "in rivers and in the sea", "small fish", "swims up the river to lay its eggs", 0],
  ["shark", "fish", "in the ocean", "other fish", "smells blood from far away", 0],
  ["trout", "fish", "in cold streams", "insects", "hides behind stones", 0],
  ["goldfish", "fish", "in ponds and glass tanks", "flakes and small plants", "shines like gold", 0],
  ["bee", "insect", "in a hive", "nectar", "makes honey", 6],
  ["ant", "insect", "in a nest under the ground", "seeds and sugar", "carries more than its own weight", 6],
  ["butterfly", "insect", "in meadows", "nectar", "was a caterpillar once", 6],
  ["grasshopper", "insect", "in dry meadows", "grass", "makes music with its legs", 6],
  ["ladybird", "insect", "on leaves", "greenfly", "has black dots on its red back", 6],
  ["dragonfly", "insect", "beside ponds", "mosquitoes", "stands still in the air", 6],
  ["snake", "reptile", "under stones", "mice and frogs", "moves without legs", 0],
  ["turtle", "reptile", "in warm seas and on land", "plants", "carries its house on its back", 4],
  ["lizard", "reptile", "on sunny walls", "insects", "can lose its tail", 4],
  ["crocodile", "reptile", "in slow rivers", "fish and birds", "lies still like a log", 4],
  ["frog", "amphibian", "in ponds", "flies", "croaks in the evening", 4],
  ["toad", "amphibian", "in damp gardens", "snails and insects", "hides under leaves by day", 4],
  ["newt", "amphibian", "in clean ponds", "small water animals", "grows back a lost leg", 4],
];

/** Every animal. */
export const animals: readonly Animal[] = table.map(([name, group, lives, eats, does, legs]) => ({
  name,
  group,
  lives,
  eats,
  does,
  legs,
}));
