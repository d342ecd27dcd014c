/** Bimalleolar ankle fracture: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const ankleFracture: Condition = {
  name: "bimalleolar ankle fracture",
  short: "ankle fracture",
  ages: [20, 76],
  onset: [1, 10, "hours"],
  stay: [2, 5],
  symptoms: [
    "left ankle pain",
    "ankle swelling",
    "inability to walk",
    "a deformed ankle",
    "bruising of the foot",
    "a cracking sound at the fall",
  ],
  denies: ["knee pain", "numb toes", "head injury", "hip pain", "loss of consciousness"],
  risks: [
    "a misstep on stairs",
    "a twist on an icy path",
    "a landing from a volleyball jump",
    "a slip from a curb",
    "running on a forest trail",
  ],
  exam: [
    "a laterally shifted left ankle",
    "tenderness of both malleoli",
    "a medial skin blister",
    "palpable foot pulses",
    "normal toe sensation",
    "no open wound",
  ],
  vitals: { HR: [78, 102], SBP: [122, 156] },
  labs: {
    Hgb: [12, 15.8],
    WBC: [7.8, 12.8],
    CRP: [4, 42],
    creatinine: [0.6, 1.1],
    INR: [0.9, 1.1],
    glucose: [88, 146],
    "vitamin D": [14, 38],
  },
  followed: ["WBC", 5.8, 7.6],
  studies: {
    "X-ray": [
      "a displaced bimalleolar fracture",
      "lateral talar shift with a medial fracture",
      "a Weber B fracture with medial injury",
    ],
    "CT ankle": ["a small posterior fragment", "no joint impaction", "syndesmotic widening of 5 mm"],
  },
  procedures: [
    "closed reduction and splinting",
    "open reduction with plate and screws",
    "plate fixation with a syndesmotic screw",
  ],
  operated: true,
  treatments: [
    [rx("cefazolin", "IV", "q8h", "1 g", "2 g"), rx("vancomycin", "IV", "once", "1 g")],
    [rx("hydromorphone", "IV", "q4h", "0.2 mg", "0.5 mg"), rx("oxycodone", "PO", "q6h", "5 mg")],
    [rx("acetaminophen", "PO", "q6h", "650 mg", "1 g"), rx("enoxaparin", "SC", "daily", "40 mg")],
  ],
  discharge: [
    [
      rx("oxycodone", "PO", "q6h", "5 mg"),
      rx("tramadol", "PO", "q6h", "50 mg"),
      rx("ibuprofen", "PO", "TID", "600 mg"),
    ],
    [
      rx("aspirin", "PO", "BID", "81 mg"),
      rx("enoxaparin", "SC", "daily", "40 mg"),
      rx("rivaroxaban", "PO", "daily", "10 mg"),
    ],
  ],
  courseDays: [3, 7],
  milestones: [
    "used crutches safely",
    "wiggled the toes without pain",
    "climbed stairs on one leg",
    "had pain controlled by tablets",
    "sat with the foot down",
  ],
  complications: [
    ["skin blisters around the wound", "dry dressings"],
    ["nausea from opioids", "ondansetron"],
    ["superficial nerve numbness", "observation"],
  ],
  consults: ["physical therapy", "anesthesiology"],
  clinics: ["fracture clinic", "physical therapy clinic"],
  pending: ["radiographs in 2 weeks", "suture removal at 2 weeks", "screw removal in 3 months"],
  advice: [
    "put no weight on the left foot",
    "keep the splint dry",
    "raise the foot above the heart",
    "wiggle the toes every hour",
    "stop smoking",
  ],
  returnFor: ["numb blue toes", "a tight splint", "calf pain", "fever", "a wet splint"],
};
