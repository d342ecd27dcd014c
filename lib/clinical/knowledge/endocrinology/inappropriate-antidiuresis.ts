/** Syndrome of inappropriate antidiuresis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const inappropriateAntidiuresis: Condition = {
  name: "syndrome of inappropriate antidiuresis",
  short: "SIAD",
  ages: [55, 89],
  onset: [3, 12, "days"],
  stay: [3, 7],
  symptoms: [
    "confusion",
    "unsteady gait",
    "nausea",
    "headache",
    "a fall at home",
    "lethargy",
    "muscle cramps",
  ],
  denies: ["diarrhea", "vomiting", "fever", "chest pain", "leg swelling"],
  risks: [
    "newly started sertraline",
    "small cell lung cancer",
    "carbamazepine for facial pain",
    "pneumonia last month",
    "drinking 5 liters of water a day",
  ],
  exam: [
    "moist mucous membranes",
    "no edema",
    "slow answers",
    "disorientation to date",
    "a wide-based gait",
    "a bruise over the left hip",
  ],
  vitals: { SBP: [118, 148] },
  labs: {
    sodium: [112, 124],
    osmolality: [236, 258],
    potassium: [3.6, 4.6],
    "uric acid": [1.8, 3.4],
    TSH: [0.9, 3.6],
    cortisol: [11, 19],
    creatinine: [0.5, 0.9],
  },
  followed: ["sodium", 130, 135],
  studies: {
    "CT head": ["no bleed", "mild small vessel disease"],
    CXR: ["a right hilar mass", "clear lungs", "a resolving left infiltrate"],
    "CT chest": ["a 4 cm right hilar mass with nodes", "no mass"],
  },
  procedures: ["bronchoscopy with biopsy", "peripherally inserted central line placement"],
  treatments: [
    [
      rx("hypertonic saline 3%", "IV", "once", "100 mL", "150 mL"),
      rx("tolvaptan", "PO", "daily", "7.5 mg", "15 mg"),
    ],
    [rx("urea", "PO", "BID", "15 g"), rx("sodium chloride tablets", "PO", "TID", "1 g", "2 g")],
  ],
  discharge: [
    [rx("sodium chloride tablets", "PO", "BID", "1 g", "2 g"), rx("urea", "PO", "daily", "15 g", "30 g")],
    [rx("furosemide", "PO", "daily", "20 mg"), rx("mirtazapine", "PO", "qHS", "7.5 mg", "15 mg")],
  ],
  milestones: [
    "was clear and oriented",
    "walked without support",
    "kept to the fluid limit",
    "had no more nausea",
    "named the months backward",
  ],
  complications: [
    ["overcorrection of sodium", "desmopressin with dextrose"],
    ["a generalized seizure", "a bolus of hypertonic saline"],
    ["delirium at night", "reorientation"],
  ],
  consults: ["nephrology", "physical therapy"],
  clinics: ["endocrinology clinic", "pulmonary nodule clinic"],
  pending: ["sodium in 3 days", "biopsy result", "sodium weekly for a month"],
  advice: [
    "drink no more than 1.2 liters a day",
    "keep a fluid diary",
    "stop sertraline",
    "eat enough protein and salt",
    "use a walking stick",
  ],
  returnFor: ["confusion", "a seizure", "another fall", "vomiting", "severe headache"],
  avoid: ["major depressive disorder", "hydrochlorothiazide", "venlafaxine", "generalized anxiety disorder"],
};
