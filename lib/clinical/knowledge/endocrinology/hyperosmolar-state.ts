/** Hyperosmolar hyperglycemic state: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const hyperosmolarState: Condition = {
  name: "hyperosmolar hyperglycemic state",
  short: "HHS",
  ages: [54, 90],
  onset: [4, 14, "days"],
  stay: [4, 8],
  symptoms: [
    "confusion",
    "excessive thirst",
    "frequent urination",
    "generalized weakness",
    "lethargy",
    "leg cramps",
    "poor appetite",
  ],
  denies: ["vomiting", "abdominal pain", "chest pain", "dyspnea", "headache"],
  risks: [
    "a urinary tract infection",
    "prednisone for a rash",
    "diabetes untreated for a year",
    "little access to water",
    "pneumonia treated at home",
  ],
  exam: [
    "very dry mucous membranes",
    "sunken eyes",
    "disorientation to date",
    "tented skin",
    "tachycardia on standing",
    "no fruity breath",
  ],
  vitals: { HR: [98, 124], SBP: [90, 116], DBP: [50, 66], temp: [36.8, 38.1] },
  labs: {
    glucose: [684, 1180],
    osmolality: [324, 372],
    sodium: [136, 154],
    creatinine: [1.5, 3.1],
    BUN: [38, 88],
    bicarbonate: [19, 25],
    HbA1c: [9.8, 14.6],
  },
  followed: ["osmolality", 284, 302],
  studies: {
    "CT head": ["no acute bleed", "mild atrophy"],
    UA: ["4+ glucose with trace ketones", "glucose and pyuria"],
    "urine culture": ["Escherichia coli", "no growth"],
    CXR: ["no infiltrate", "a left basal infiltrate"],
  },
  procedures: ["bladder catheterization", "central line placement"],
  treatments: [
    [rx("regular insulin", "IV", "continuous", "3 units/h", "4 units/h", "6 units/h")],
    [
      rx("sodium chloride 0.9%", "IV", "continuous", "250 mL/h", "500 mL/h"),
      rx("sodium chloride 0.45%", "IV", "continuous", "150 mL/h", "250 mL/h"),
    ],
    [rx("ceftriaxone", "IV", "daily", "1 g"), rx("heparin", "SC", "q8h", "5000 units")],
  ],
  discharge: [
    [
      rx("insulin glargine", "SC", "qHS", "12 units", "16 units", "20 units"),
      rx("insulin detemir", "SC", "qHS", "12 units", "18 units"),
    ],
    [
      rx("metformin", "PO", "BID", "500 mg", "850 mg"),
      rx("linagliptin", "PO", "daily", "5 mg"),
      rx("empagliflozin", "PO", "daily", "10 mg"),
    ],
  ],
  milestones: [
    "was fully oriented",
    "drank well without prompting",
    "was moved to subcutaneous insulin",
    "walked to the nurses' station",
    "drew up insulin without help",
  ],
  complications: [
    ["hypokalemia", "potassium replacement"],
    ["a deep vein thrombosis of the calf", "anticoagulation"],
    ["hypernatremia", "free water by mouth"],
  ],
  consults: ["diabetes education", "social work"],
  clinics: ["diabetes clinic", "eye screening clinic"],
  pending: ["urine albumin", "lipid panel", "dilated eye examination"],
  advice: [
    "check glucose before each meal",
    "drink water through the day",
    "look at the feet every evening",
    "avoid sugared drinks",
    "bring the glucose log to each visit",
  ],
  returnFor: ["glucose above 350", "confusion", "no urine for 12 hours", "fever", "a foot sore"],
  avoid: ["type 2 diabetes mellitus", "hydrochlorothiazide", "chronic kidney disease"],
};
