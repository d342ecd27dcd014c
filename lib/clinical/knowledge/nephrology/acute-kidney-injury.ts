/** Prerenal acute kidney injury: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const acuteKidneyInjury: Condition = {
  name: "prerenal acute kidney injury",
  short: "AKI",
  ages: [46, 90],
  onset: [2, 7, "days"],
  stay: [3, 7],
  symptoms: [
    "reduced urine output",
    "lightheadedness",
    "poor oral intake",
    "nausea",
    "thirst",
    "generalized weakness",
    "watery diarrhea",
  ],
  denies: ["flank pain", "hematuria", "dysuria", "chest pain", "dyspnea"],
  risks: [
    "a week of gastroenteritis",
    "daily ibuprofen for back pain",
    "a doubled diuretic dose",
    "working outdoors in the heat",
    "bowel preparation for a colonoscopy",
  ],
  exam: [
    "dry mucous membranes",
    "reduced skin turgor",
    "flat neck veins",
    "orthostatic hypotension",
    "a soft nontender abdomen",
    "no pedal edema",
  ],
  vitals: { HR: [92, 116], SBP: [88, 112], DBP: [50, 66] },
  labs: {
    creatinine: [2.2, 5.4],
    BUN: [48, 112],
    potassium: [4.6, 5.9],
    bicarbonate: [15, 21],
    sodium: [130, 148],
    phosphate: [4.6, 6.8],
    lactate: [1.2, 2.8],
  },
  followed: ["creatinine", 1, 1.6],
  studies: {
    "renal US": [
      "normal-sized kidneys without hydronephrosis",
      "mildly echogenic kidneys",
      "no hydronephrosis and an empty bladder",
    ],
    UA: ["hyaline casts", "a specific gravity of 1.030 without protein", "no red cell casts"],
    ECG: ["sinus tachycardia", "normal T waves"],
  },
  procedures: ["bladder catheterization", "bedside bladder ultrasound", "central line placement"],
  treatments: [
    [
      rx("lactated Ringer's", "IV", "continuous", "100 mL/h", "125 mL/h", "150 mL/h"),
      rx("sodium chloride 0.9%", "IV", "continuous", "100 mL/h", "150 mL/h"),
    ],
    [rx("sodium bicarbonate", "PO", "TID", "650 mg", "1300 mg"), rx("sevelamer", "PO", "TID", "800 mg")],
    [rx("ondansetron", "IV", "q8h", "4 mg"), rx("metoclopramide", "IV", "q8h", "5 mg")],
  ],
  discharge: [
    [
      rx("sodium bicarbonate", "PO", "BID", "650 mg", "1300 mg"),
      rx("oral rehydration salts", "PO", "BID", "500 mL"),
    ],
    [rx("acetaminophen", "PO", "PRN", "500 mg", "650 mg"), rx("loperamide", "PO", "PRN", "2 mg")],
  ],
  courseDays: [5, 14],
  milestones: [
    "made 1.5 L of urine",
    "drank freely without nausea",
    "was no longer orthostatic",
    "came off intravenous fluids",
    "had a falling creatinine twice in a row",
  ],
  complications: [
    ["hyperkalemia", "insulin with dextrose"],
    ["volume overload", "one dose of furosemide"],
    ["metabolic acidosis", "a bicarbonate infusion"],
  ],
  consults: ["renal dietetics", "urology"],
  clinics: ["kidney clinic", "laboratory clinic"],
  pending: ["creatinine in 1 week", "urine protein quantification", "repeat renal ultrasound"],
  advice: [
    "drink two liters a day",
    "take no ibuprofen or naproxen",
    "hold the diuretic on sick days",
    "check blood pressure each morning",
    "avoid salt substitutes",
  ],
  returnFor: [
    "little or no urine",
    "vomiting that does not stop",
    "fainting",
    "swollen legs",
    "muscle weakness",
  ],
  avoid: ["lisinopril", "losartan", "hydrochlorothiazide", "metformin", "chronic kidney disease"],
};
