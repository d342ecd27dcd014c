/** Allergies, habits, work and made-up names: what notes say of a person besides disease. */

/** An allergy; a patient who has it is given none of the drugs in `excludes`. */
export interface Allergy {
  substance: string;
  reaction: string;
  /** Beginnings or parts of drug names. */
  excludes: readonly string[];
}

const penicillins = ["cillin"];
const cephalosporins = ["cef", "ceph"];

/** Every allergy, one entry a reaction. */
export const allergies: readonly Allergy[] = [
  { substance: "penicillin", reaction: "hives", excludes: [...penicillins, ...cephalosporins] },
  { substance: "penicillin", reaction: "facial swelling", excludes: [...penicillins, ...cephalosporins] },
  { substance: "amoxicillin", reaction: "rash", excludes: [...penicillins, ...cephalosporins] },
  {
    substance: "sulfa drugs",
    reaction: "rash",
    excludes: ["sulfa", "trimethoprim", "furosemide", "torsemide"],
  },
  { substance: "codeine", reaction: "nausea", excludes: ["codone", "morph", "tramadol"] },
  { substance: "morphine", reaction: "itching", excludes: ["morph", "codone", "tramadol"] },
  { substance: "latex", reaction: "contact dermatitis", excludes: [] },
  { substance: "shellfish", reaction: "lip swelling", excludes: [] },
  { substance: "peanuts", reaction: "wheezing", excludes: [] },
  {
    substance: "ibuprofen",
    reaction: "stomach upset",
    excludes: ["ibuprofen", "ketorolac", "naproxen", "indomethacin"],
  },
  { substance: "erythromycin", reaction: "vomiting", excludes: ["mycin", "floxacin"] },
  { substance: "adhesive tape", reaction: "blistering", excludes: [] },
];

/** Habits with regard to tobacco. */
export const smoking = [
  "never smoker",
  "former smoker",
  "current smoker",
  "former smoker, quit 10 years ago",
  "smokes half a pack daily",
  "smokes one pack daily",
] as const;

/** Habits with regard to alcohol. */
export const alcohol = [
  "no alcohol",
  "rare alcohol",
  "social alcohol use",
  "one glass of wine nightly",
  "two beers on weekends",
  "sober for 6 years",
] as const;

/** Occupations of people under 65. */
export const occupations = [
  "teacher",
  "bus driver",
  "carpenter",
  "nurse",
  "farmer",
  "cook",
  "electrician",
  "librarian",
  "cashier",
  "mechanic",
  "accountant",
  "gardener",
  "software developer",
  "hairdresser",
  "postal worker",
  "painter",
  "warehouse worker",
  "musician",
  "welder",
  "tailor",
] as const;

/** With whom a patient lives. */
export const homes = [
  "lives alone",
  "lives with spouse",
  "lives with daughter",
  "lives with a roommate",
  "lives with parents",
  "lives in assisted living",
] as const;

const starts = [
  "Vel",
  "Tor",
  "Mar",
  "Kes",
  "Bran",
  "Ul",
  "Quen",
  "Sol",
  "Dre",
  "Hal",
  "Ost",
  "Pel",
  "Ryn",
  "Yar",
  "Zev",
];
const ends = [
  "mora",
  "wick",
  "thal",
  "dane",
  "vik",
  "lund",
  "essa",
  "ordan",
  "quist",
  "amor",
  "inth",
  "urst",
];

/** Surnames put together from syllables; they are nobody's. */
export const surnames: readonly string[] = starts.flatMap((start) => ends.map((end) => start + end));

/** Where a patient goes from the hospital, with the age from which it is drawn. */
export const dispositions: readonly (readonly [place: string, from: number])[] = [
  ["home", 0],
  ["home", 0],
  ["home", 0],
  ["home with home health services", 45],
  ["home with family", 16],
  ["a skilled nursing facility", 65],
  ["acute rehabilitation", 60],
];

/** How a patient is at discharge. */
export const states = [
  "stable",
  "good",
  "improved",
  "fair",
  "satisfactory",
  "alert and ambulatory",
  "hemodynamically stable",
] as const;
