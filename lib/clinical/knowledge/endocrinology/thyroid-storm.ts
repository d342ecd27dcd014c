/** Thyroid storm: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const thyroidStorm: Condition = {
  name: "thyroid storm",
  short: "thyroid storm",
  ages: [22, 66],
  onset: [2, 7, "days"],
  stay: [4, 9],
  symptoms: ["palpitations", "high fever", "agitation", "sweating", "diarrhea", "tremor", "weight loss"],
  denies: ["neck pain", "cough", "dysuria", "headache", "chest pain"],
  risks: [
    "stopping methimazole 6 weeks earlier",
    "a contrast scan last week",
    "untreated Graves disease",
    "a dental abscess",
    "amiodarone for a year",
  ],
  exam: [
    "a diffuse goiter with a bruit",
    "lid lag",
    "a fine tremor of the hands",
    "warm moist skin",
    "brisk reflexes",
    "exophthalmos",
  ],
  vitals: { temp: [38.6, 40.3], HR: [128, 162], SBP: [128, 172], RR: [20, 28] },
  labs: {
    "free T4": [4.2, 7.7],
    TSH: [0, 0.02],
    ALT: [48, 142],
    calcium: [9.8, 11.2],
    glucose: [112, 182],
    WBC: [5.2, 12.4],
    bilirubin: [0.8, 2.6],
  },
  followed: ["free T4", 1.6, 2.9],
  studies: {
    ECG: ["atrial fibrillation at 150", "sinus tachycardia at 140"],
    "thyroid US": ["a diffusely enlarged vascular gland", "a 3 cm nodule with increased flow"],
    TTE: ["high output with normal function", "a mildly reduced ejection fraction"],
    autoantibodies: ["positive thyrotropin receptor antibodies", "negative thyrotropin receptor antibodies"],
  },
  procedures: ["plasma exchange", "arterial line placement", "cooling blanket therapy"],
  treatments: [
    [rx("propylthiouracil", "PO", "q4h", "200 mg", "250 mg"), rx("methimazole", "PO", "q6h", "20 mg")],
    [
      rx("propranolol", "PO", "q4h", "60 mg", "80 mg"),
      rx("esmolol", "IV", "continuous", "50 mcg/kg/min", "100 mcg/kg/min"),
    ],
    [rx("hydrocortisone", "IV", "q8h", "100 mg")],
    [rx("potassium iodide", "PO", "q6h", "250 mg"), rx("cholestyramine", "PO", "QID", "4 g")],
  ],
  discharge: [
    [rx("methimazole", "PO", "BID", "10 mg", "15 mg", "20 mg")],
    [rx("propranolol", "PO", "TID", "20 mg", "40 mg"), rx("atenolol", "PO", "daily", "25 mg", "50 mg")],
  ],
  milestones: [
    "had a heart rate below 100",
    "was calm and oriented",
    "was afebrile without cooling",
    "ate and slept normally",
    "was moved out of intensive care",
  ],
  complications: [
    ["high-output heart failure", "diuretics"],
    ["a rise of liver enzymes", "a change to methimazole"],
    ["atrial fibrillation with rapid rates", "a beta blocker infusion"],
  ],
  consults: ["critical care", "endocrine surgery"],
  clinics: ["endocrinology clinic", "thyroid eye clinic"],
  pending: ["thyroid receptor antibodies", "thyroid function in 2 weeks", "radioiodine planning"],
  advice: [
    "take methimazole every day",
    "stop it and call for a sore throat",
    "avoid iodine supplements",
    "limit caffeine",
    "stop smoking",
  ],
  returnFor: ["fever", "a sore throat", "palpitations", "yellow eyes", "confusion"],
  avoid: ["hypothyroidism"],
};
