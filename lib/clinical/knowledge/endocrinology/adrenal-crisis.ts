/** Adrenal crisis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const adrenalCrisis: Condition = {
  name: "adrenal crisis",
  short: "adrenal crisis",
  ages: [20, 76],
  onset: [1, 4, "days"],
  stay: [2, 6],
  symptoms: [
    "vomiting",
    "severe weakness",
    "dizziness on standing",
    "abdominal pain",
    "salt craving",
    "fever",
    "weight loss",
  ],
  denies: ["dysuria", "chest pain", "headache", "neck stiffness", "hematemesis"],
  risks: [
    "missed hydrocortisone during a stomach flu",
    "stopping long-term prednisone at once",
    "Addison disease for 9 years",
    "a tooth extraction without a stress dose",
    "pembrolizumab for melanoma",
  ],
  exam: [
    "hyperpigmented palmar creases",
    "orthostatic hypotension",
    "cool extremities",
    "a soft abdomen with diffuse tenderness",
    "vitiligo of the hands",
    "drowsiness",
  ],
  vitals: { SBP: [74, 94], DBP: [42, 58], HR: [108, 132], temp: [36.1, 38.6] },
  labs: {
    sodium: [118, 130],
    potassium: [5.1, 6.4],
    cortisol: [0.4, 3.2],
    glucose: [48, 78],
    creatinine: [1.1, 2],
    eosinophils: [0.5, 1.2],
    calcium: [9.4, 11],
  },
  followed: ["sodium", 134, 139],
  studies: {
    "CT abdomen": ["small adrenal glands", "bilateral adrenal calcification", "normal adrenals"],
    ECG: ["sinus tachycardia with low voltage", "peaked T waves"],
    CXR: ["a small heart", "clear lungs"],
  },
  procedures: ["central line placement", "a cosyntropin test"],
  treatments: [
    [rx("hydrocortisone", "IV", "q6h", "50 mg"), rx("hydrocortisone", "IV", "q8h", "100 mg")],
    [
      rx("dextrose 5% in saline", "IV", "continuous", "150 mL/h", "250 mL/h"),
      rx("sodium chloride 0.9%", "IV", "continuous", "250 mL/h", "500 mL/h"),
    ],
    [
      rx("norepinephrine", "IV", "continuous", "4 mcg/min", "6 mcg/min"),
      rx("ondansetron", "IV", "q8h", "4 mg"),
    ],
  ],
  discharge: [
    [
      rx("hydrocortisone", "PO", "BID", "10 mg", "15 mg"),
      rx("prednisolone", "PO", "daily", "5 mg", "7.5 mg"),
    ],
    [rx("fludrocortisone", "PO", "daily", "0.05 mg", "0.1 mg", "0.2 mg")],
  ],
  milestones: [
    "came off vasopressors",
    "stood without dizziness",
    "was switched to oral steroids",
    "kept down three meals",
    "showed how to inject hydrocortisone",
  ],
  complications: [
    ["hypoglycemia", "dextrose"],
    ["rapid sodium correction", "desmopressin"],
    ["a urinary tract infection", "antibiotics"],
  ],
  consults: ["critical care", "clinical pharmacy"],
  clinics: ["endocrinology clinic", "adrenal nurse clinic"],
  pending: ["21-hydroxylase antibodies", "renin level", "thyroid function tests"],
  advice: [
    "double the steroid on days with fever",
    "wear the alert bracelet",
    "carry the emergency injection",
    "never skip a dose",
    "add salt in hot weather",
  ],
  returnFor: ["vomiting a steroid dose", "fainting", "fever above 38.5", "severe weakness", "confusion"],
  avoid: ["hypertension"],
};
