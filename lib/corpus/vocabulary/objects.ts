/** Made things: tools, furniture, clothes, vehicles, instruments, with their use, material and place. */

/** A thing that people make; `use` continues "It …", `place` continues "It is found …". */
export interface MadeThing {
  name: string;
  group:
    | "tool"
    | "piece of furniture"
    | "piece of clothing"
    | "vehicle"
    | "instrument"
    | "kitchen tool"
    | "device"
    | "container"
    | "toy";
  use: string;
  material: string;
  place: string;
}

const table: readonly [string, MadeThing["group"], string, string, string][] = [
  ["hammer", "tool", "drives nails into wood", "steel and wood", "in a workshop"],
  ["saw", "tool", "cuts wood", "steel", "in a workshop"],
  ["screwdriver", "tool", "turns screws", "steel and plastic", "in a tool box"],
  ["drill", "tool", "makes round holes", "steel", "in a workshop"],
  ["spade", "tool", "digs the earth", "steel and wood", "in a garden shed"],
  ["rake", "tool", "gathers leaves", "wood and steel", "in a garden shed"],
  ["ladder", "tool", "helps people to reach high places", "wood or aluminium", "in a shed"],
  ["ruler", "tool", "measures length", "wood or plastic", "on a desk"],
  ["scale", "tool", "measures weight", "metal", "in a shop"],
  ["compass", "tool", "shows where north is", "brass and glass", "in a rucksack"],
  ["thermometer", "tool", "measures temperature", "glass", "on a wall"],
  ["barometer", "tool", "measures the pressure of the air", "brass and glass", "on a wall"],
  ["broom", "tool", "sweeps the floor", "wood and straw", "in a cupboard"],
  ["bucket", "container", "carries water", "plastic or tin", "in a shed"],
  ["basket", "container", "holds fruit and bread", "willow", "on a market"],
  ["bottle", "container", "holds drinks", "glass", "in a kitchen"],
  ["suitcase", "container", "holds clothes on a journey", "leather or plastic", "at a station"],
  ["box", "container", "keeps things together", "cardboard", "on a shelf"],
  ["envelope", "container", "holds a letter", "paper", "on a desk"],
  ["knife", "kitchen tool", "cuts bread and vegetables", "steel", "in a kitchen drawer"],
  ["spoon", "kitchen tool", "stirs soup", "steel or wood", "in a kitchen drawer"],
  ["fork", "kitchen tool", "lifts food to the mouth", "steel", "in a kitchen drawer"],
  ["pan", "kitchen tool", "fries eggs", "iron", "on a stove"],
  ["pot", "kitchen tool", "cooks soup", "steel", "on a stove"],
  ["kettle", "kitchen tool", "boils water", "steel", "on a stove"],
  ["oven", "kitchen tool", "bakes bread", "steel", "in a bakery"],
  ["sieve", "kitchen tool", "parts flour from lumps", "steel wire", "in a kitchen"],
  ["table", "piece of furniture", "holds plates and books", "wood", "in a kitchen"],
  ["chair", "piece of furniture", "gives one person a seat", "wood", "at a table"],
  ["bed", "piece of furniture", "is slept in", "wood", "in a bedroom"],
  ["shelf", "piece of furniture", "holds books", "wood", "in a living room"],
  ["wardrobe", "piece of furniture", "keeps clothes", "wood", "in a bedroom"],
  ["sofa", "piece of furniture", "gives several people a seat", "wood and cloth", "in a living room"],
  ["desk", "piece of furniture", "is written at", "wood", "in an office"],
  ["coat", "piece of clothing", "keeps the body warm", "wool", "on a hook"],
  ["scarf", "piece of clothing", "keeps the neck warm", "wool", "on a hook"],
  ["glove", "piece of clothing", "keeps a hand warm", "wool or leather", "in a pocket"],
  ["hat", "piece of clothing", "shades the face", "felt or straw", "on a hook"],
  ["boot", "piece of clothing", "keeps a foot dry", "leather or rubber", "at the door"],
  ["apron", "piece of clothing", "keeps clothes clean", "cotton", "in a kitchen"],
  ["umbrella", "device", "keeps off the rain", "cloth and wire", "at the door"],
  ["lamp", "device", "gives light", "glass and metal", "on a table"],
  ["clock", "device", "shows the time", "metal and glass", "on a wall"],
  ["telephone", "device", "carries voices over long distances", "plastic", "in an office"],
  ["camera", "device", "takes pictures", "metal and glass", "in a bag"],
  ["microscope", "device", "makes small things look large", "metal and glass", "in a laboratory"],
  ["telescope", "device", "makes far things look near", "metal and glass", "in an observatory"],
  ["refrigerator", "device", "keeps food cold", "metal", "in a kitchen"],
  ["radio", "device", "plays music and news", "plastic", "on a shelf"],
  ["key", "device", "opens a lock", "metal", "in a pocket"],
  ["bell", "device", "rings", "bronze", "in a tower"],
  ["mirror", "device", "shows what stands before it", "glass", "in a bathroom"],
  ["candle", "device", "burns with a small flame", "wax", "on a table"],
  ["bicycle", "vehicle", "is moved by the legs", "steel", "in the street"],
  ["car", "vehicle", "carries a family", "steel", "on a road"],
  ["bus", "vehicle", "carries many people through a town", "steel", "at a bus stop"],
  ["train", "vehicle", "runs on rails", "steel", "at a station"],
  ["tram", "vehicle", "runs on rails in the street", "steel", "in a city"],
  ["ship", "vehicle", "carries goods over the sea", "steel", "in a harbour"],
  ["ferry", "vehicle", "carries people and cars over the water", "steel", "in a harbour"],
  ["canoe", "vehicle", "is moved by a paddle", "wood", "on a lake"],
  ["aeroplane", "vehicle", "flies", "aluminium", "at an airport"],
  ["lorry", "vehicle", "carries heavy goods", "steel", "on a road"],
  ["tractor", "vehicle", "pulls a plough", "steel", "on a farm"],
  ["piano", "instrument", "is played with all ten fingers", "wood and wire", "in a concert hall"],
  ["violin", "instrument", "is played with a bow", "wood", "in an orchestra"],
  ["flute", "instrument", "is blown from the side", "silver or wood", "in an orchestra"],
  ["drum", "instrument", "is beaten with sticks", "wood and skin", "in a band"],
  ["guitar", "instrument", "is played on six strings", "wood", "in a band"],
  ["trumpet", "instrument", "is blown and sounds bright", "brass", "in a band"],
  ["kite", "toy", "flies on a string", "paper and wood", "in a field"],
  ["ball", "toy", "bounces", "rubber", "in a garden"],
  ["doll", "toy", "looks like a small person", "cloth", "in a child's room"],
  ["puzzle", "toy", "is put together piece by piece", "cardboard", "on a table"],
];

/** Every made thing. */
export const madeThings: readonly MadeThing[] = table.map(([name, group, use, material, place]) => ({
  name,
  group,
  use,
  material,
  place,
}));
