/** Hypercalcemic crisis from primary hyperparathyroidism: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const primaryHyperparathyroidism: Condition = {
  name: "hypercalcemic crisis from primary hyperparathyroidism",
  short: "PHPT crisis",
  ages: [42, 82],
  onset: [1, 4, "weeks"],
  stay: [3, 7],
  symptoms: [
    "constipation",
    "excessive thirst",
    "bone pain",
    "fatigue",
    "confusion",
    "frequent urination",
    "loss of appetite",
  ],
  denies: ["fever", "weight loss", "night sweats", "chest pain", "hematuria"],
  risks: [
    "kidney stones for 10 years",
    "chlorthalidone started in spring",
    "calcium carbonate for heartburn",
    "a neck mass seen last year",
    "weeks in bed after a fall",
  ],
  exam: [
    "dry mucous membranes",
    "a 3 cm firm neck nodule",
    "proximal muscle weakness",
    "slow speech",
    "hypoactive bowel sounds",
    "spinal percussion tenderness",
  ],
  vitals: { SBP: [128, 168], DBP: [74, 94], HR: [78, 104] },
  labs: {
    calcium: [13.4, 16.8],
    PTH: [280, 1240],
    phosphate: [1.5, 2.4],
    creatinine: [1.3, 2.6],
    "vitamin D": [12, 34],
    albumin: [3.2, 4.2],
    ALP: [98, 264],
  },
  followed: ["calcium", 9.2, 10.6],
  studies: {
    "thyroid US": [
      "a 2.8 cm mass below the left lobe",
      "a hypoechoic right inferior nodule",
      "a cystic left parathyroid lesion",
    ],
    ECG: ["a short QT interval", "first-degree heart block"],
    "CT abdomen": ["bilateral kidney stones", "nephrocalcinosis"],
  },
  procedures: [
    "minimally invasive parathyroidectomy",
    "left inferior parathyroidectomy",
    "urgent hemodialysis",
  ],
  treatments: [
    [rx("sodium chloride 0.9%", "IV", "continuous", "150 mL/h", "200 mL/h", "250 mL/h")],
    [rx("calcitonin", "SC", "q12h", "280 units", "300 units", "320 units")],
    [
      rx("zoledronic acid", "IV", "once", "4 mg"),
      rx("pamidronate", "IV", "once", "60 mg", "90 mg"),
      rx("cinacalcet", "PO", "BID", "30 mg", "60 mg"),
    ],
  ],
  discharge: [
    [rx("calcium carbonate", "PO", "TID", "500 mg", "1000 mg"), rx("cinacalcet", "PO", "BID", "30 mg")],
    [
      rx("calcitriol", "PO", "BID", "0.25 mcg", "0.5 mcg"),
      rx("cholecalciferol", "PO", "daily", "1000 units", "2000 units"),
    ],
  ],
  milestones: [
    "was alert and oriented",
    "had a bowel movement",
    "had normal intraoperative hormone levels",
    "spoke with a clear voice",
    "walked without bone pain",
  ],
  complications: [
    ["hungry bone syndrome", "intravenous calcium"],
    ["transient hoarseness", "voice rest"],
    ["hypophosphatemia", "oral phosphate"],
  ],
  consults: ["endocrine surgery", "nephrology"],
  clinics: ["endocrine surgery clinic", "bone health clinic"],
  pending: ["parathyroid pathology", "calcium in 1 week", "bone density scan"],
  advice: [
    "take calcium between meals",
    "drink two liters a day",
    "keep the neck wound dry",
    "avoid thiazide tablets",
    "call for tingling lips",
  ],
  returnFor: ["tingling around the mouth", "muscle spasms", "neck swelling", "hoarseness", "confusion"],
  avoid: ["hydrochlorothiazide", "osteoporosis"],
};
