/** Tibial plateau fracture: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const tibialPlateauFracture: Condition = {
  name: "tibial plateau fracture",
  short: "TPF",
  ages: [22, 68],
  onset: [1, 12, "hours"],
  stay: [3, 7],
  symptoms: [
    "severe left knee pain",
    "knee swelling",
    "inability to bear weight",
    "a feeling of instability",
    "shin pain",
    "tightness of the calf",
  ],
  denies: ["numbness of the foot", "hip pain", "head injury", "loss of consciousness", "chest pain"],
  risks: [
    "a ski fall",
    "a motorcycle crash at low speed",
    "a fall from a ladder of 3 m",
    "being hit by a car bumper",
    "a soccer tackle",
  ],
  exam: [
    "a tense left knee effusion",
    "tenderness of the lateral plateau",
    "soft leg compartments",
    "palpable foot pulses",
    "normal toe sensation",
    "bruising below the knee",
  ],
  vitals: { HR: [82, 108], SBP: [122, 158] },
  labs: {
    Hgb: [11.4, 15.6],
    WBC: [8.6, 14.4],
    CK: [210, 980],
    creatinine: [0.6, 1.1],
    lactate: [0.9, 2.2],
    INR: [0.9, 1.1],
    PLT: [182, 342],
  },
  followed: ["CK", 90, 205],
  studies: {
    "X-ray": [
      "a split depression of the lateral plateau",
      "a lateral plateau fracture with 6 mm depression",
      "a bicondylar fracture",
    ],
    "CT knee": [
      "a Schatzker II fracture",
      "comminution with 8 mm of depression",
      "a Schatzker V fracture with an intact shaft",
    ],
    MRI: ["a torn lateral meniscus", "intact cruciate ligaments"],
  },
  procedures: [
    "open reduction and internal fixation with a lateral plate",
    "spanning external fixation",
    "plate fixation with bone graft",
  ],
  operated: true,
  treatments: [
    [rx("cefazolin", "IV", "q8h", "2 g"), rx("clindamycin", "IV", "q8h", "900 mg")],
    [rx("hydromorphone", "IV", "q4h", "0.5 mg", "1 mg"), rx("ketamine", "IV", "continuous", "0.1 mg/kg/h")],
    [rx("enoxaparin", "SC", "q12h", "30 mg"), rx("enoxaparin", "SC", "daily", "40 mg")],
  ],
  discharge: [
    [
      rx("enoxaparin", "SC", "daily", "40 mg"),
      rx("apixaban", "PO", "BID", "2.5 mg"),
      rx("aspirin", "PO", "BID", "81 mg"),
    ],
    [rx("oxycodone", "PO", "q6h", "5 mg"), rx("tramadol", "PO", "q6h", "50 mg")],
    [rx("acetaminophen", "PO", "QID", "650 mg", "1 g"), rx("docusate", "PO", "BID", "100 mg")],
  ],
  courseDays: [21, 42],
  milestones: [
    "used crutches on stairs",
    "bent the knee to 60 degrees",
    "had soft compartments for 2 days",
    "was off intravenous opioids",
    "raised the leg straight",
  ],
  complications: [
    ["a threatened compartment syndrome", "close pressure checks"],
    ["skin blisters around the wound", "dry dressings"],
    ["a transient foot drop", "an ankle splint"],
  ],
  consults: ["physical therapy", "plastic surgery"],
  clinics: ["fracture clinic", "physical therapy clinic"],
  pending: ["radiographs in 2 weeks", "suture removal at 2 weeks", "vitamin D level"],
  advice: [
    "put no weight on the left leg for 8 weeks",
    "keep the brace on",
    "raise the leg when resting",
    "move the ankle hourly",
    "stop smoking",
  ],
  returnFor: [
    "pain that tablets do not control",
    "a pale cold foot",
    "numb toes",
    "wound discharge",
    "calf swelling",
  ],
};
