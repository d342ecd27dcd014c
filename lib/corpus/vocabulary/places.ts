/** Places and what people do there; jobs and where they are done. */

/** A place; `purpose` continues "a place where …", `there` "Somebody is …". */
export interface Place {
  name: string;
  there: string;
  purpose: string;
}

/** A job; `work` continues "Somebody who …". */
export interface Job {
  name: string;
  work: string;
  place: string;
}

const placeTable: readonly [string, string, string][] = [
  ["library", "in the library", "people read and borrow books"],
  ["bakery", "in the bakery", "bread is baked and sold"],
  ["school", "at school", "children learn"],
  ["market", "at the market", "people buy fruit and vegetables"],
  ["station", "at the station", "trains stop"],
  ["harbour", "in the harbour", "ships are safe from the waves"],
  ["airport", "at the airport", "aeroplanes take off and land"],
  ["museum", "in the museum", "old and rare things are shown"],
  ["theatre", "in the theatre", "plays are performed"],
  ["park", "in the park", "people walk and children play"],
  ["farm", "on the farm", "grain is grown and animals are kept"],
  ["forest", "in the forest", "many trees grow"],
  ["beach", "on the beach", "the land meets the sea"],
  ["office", "in the office", "people work at desks"],
  ["kitchen", "in the kitchen", "meals are cooked"],
  ["garden", "in the garden", "flowers and vegetables grow"],
  ["workshop", "in the workshop", "things are made and mended"],
  ["laboratory", "in the laboratory", "scientists do experiments"],
  ["post office", "at the post office", "letters and parcels are sent"],
  ["bank", "at the bank", "money is kept"],
  ["hospital", "in the hospital", "sick people are cared for"],
  ["pharmacy", "at the pharmacy", "medicines are sold"],
  ["swimming pool", "at the swimming pool", "people swim"],
  ["stadium", "in the stadium", "teams play before a crowd"],
  ["factory", "in the factory", "goods are made in large numbers"],
  ["lighthouse", "at the lighthouse", "a strong light warns ships of rocks"],
  ["village", "in the village", "a few hundred people live"],
  ["city", "in the city", "very many people live and work"],
  ["mountain hut", "in the mountain hut", "hikers eat and sleep"],
  ["bridge", "on the bridge", "a road or a path crosses the water"],
];

const jobTable: readonly [string, string, string][] = [
  ["baker", "bakes bread and cakes", "bakery"],
  ["teacher", "teaches children or adults", "school"],
  ["farmer", "grows grain and keeps animals", "farm"],
  ["carpenter", "builds things of wood", "workshop"],
  ["plumber", "mends pipes and taps", "workshop"],
  ["electrician", "lays wires and mends lamps", "workshop"],
  ["librarian", "looks after books", "library"],
  ["postman", "brings letters and parcels", "post office"],
  ["cook", "prepares meals", "kitchen"],
  ["gardener", "plants flowers and cuts hedges", "garden"],
  ["sailor", "works on a ship", "harbour"],
  ["pilot", "flies an aeroplane", "airport"],
  ["nurse", "cares for the sick", "hospital"],
  ["doctor", "finds out what illness somebody has and treats it", "hospital"],
  ["pharmacist", "prepares and sells medicines", "pharmacy"],
  ["actor", "plays a part on the stage", "theatre"],
  ["painter", "paints pictures or walls", "workshop"],
  ["engineer", "designs machines and bridges", "office"],
  ["chemist", "studies what things are made of", "laboratory"],
  ["clerk", "writes letters and keeps records", "office"],
  ["tailor", "makes clothes", "workshop"],
  ["lifeguard", "watches over swimmers", "swimming pool"],
  ["ranger", "looks after the forest", "forest"],
  ["guide", "shows visitors around", "museum"],
  ["cashier", "takes the money in a shop", "market"],
  ["driver", "drives a bus or a lorry", "station"],
];

/** Every place. */
export const places: readonly Place[] = placeTable.map(([name, there, purpose]) => ({
  name,
  there,
  purpose,
}));

/** Every job. */
export const jobs: readonly Job[] = jobTable.map(([name, work, place]) => ({ name, work, place }));
