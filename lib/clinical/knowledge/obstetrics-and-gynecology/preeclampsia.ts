/** Preeclampsia with severe features: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const preeclampsia: Condition = {
  name: "preeclampsia with severe features",
  short: "severe preeclampsia",
  sex: "F",
  ages: [19, 43],
  onset: [8, 72, "hours"],
  stay: [3, 7],
  symptoms: [
    "headache",
    "seeing spots",
    "upper abdominal pain",
    "swelling of the face",
    "swelling of the hands",
    "nausea",
    "shortness of breath",
  ],
  denies: ["vaginal bleeding", "leaking of fluid", "contractions", "fever", "chest pain"],
  risks: [
    "a first pregnancy at 34 weeks",
    "a twin pregnancy at 35 weeks",
    "preeclampsia in an earlier pregnancy",
    "pregnancy after embryo transfer",
    "a mother who had preeclampsia in pregnancy",
  ],
  exam: [
    "brisk reflexes with two beats of clonus",
    "facial edema",
    "right upper quadrant tenderness",
    "pitting edema to the knees",
    "a fundal height of 33 cm",
    "clear lungs",
  ],
  vitals: { SBP: [162, 188], DBP: [104, 118], HR: [78, 106] },
  labs: {
    PLT: [82, 188],
    AST: [42, 212],
    ALT: [38, 224],
    creatinine: [0.8, 1.4],
    "uric acid": [5.8, 8.4],
    LDH: [220, 560],
    "urine protein": [0.6, 4.2],
    Hgb: [10.2, 13],
  },
  followed: ["AST", 22, 40],
  studies: {
    "obstetric US": [
      "a fetus on the 12th percentile",
      "normal fluid and head-down position",
      "raised umbilical artery resistance",
    ],
    CTG: ["a reassuring tracing", "reduced variability", "late decelerations"],
    CXR: ["mild pulmonary edema", "clear lungs"],
  },
  procedures: [
    "low transverse cesarean section",
    "induction of labor with vaginal delivery",
    "spinal anesthesia",
  ],
  treatments: [
    [rx("magnesium sulfate", "IV", "continuous", "1 g/h", "2 g/h")],
    [
      rx("labetalol", "IV", "PRN", "20 mg", "40 mg"),
      rx("hydralazine", "IV", "PRN", "5 mg", "10 mg"),
      rx("nifedipine", "PO", "TID", "10 mg"),
    ],
    [rx("betamethasone", "IM", "daily", "12 mg"), rx("oxytocin", "IV", "continuous", "2 mU/min", "4 mU/min")],
  ],
  discharge: [
    [
      rx("nifedipine XL", "PO", "daily", "30 mg", "60 mg"),
      rx("labetalol", "PO", "BID", "100 mg", "200 mg"),
      rx("enalapril", "PO", "daily", "5 mg", "10 mg"),
    ],
    [
      rx("ibuprofen", "PO", "TID", "600 mg"),
      rx("acetaminophen", "PO", "QID", "650 mg"),
      rx("ferrous sulfate", "PO", "daily", "325 mg"),
    ],
  ],
  milestones: [
    "had pressures below 150 systolic",
    "was free of headache",
    "made 3 L of urine",
    "breastfed the newborn",
    "walked after the magnesium was stopped",
  ],
  complications: [
    ["an eclamptic seizure", "a magnesium bolus"],
    ["pulmonary edema", "furosemide"],
    ["a postpartum hemorrhage of 1.2 L", "oxytocin and massage"],
  ],
  consults: ["maternal-fetal medicine", "neonatology", "anesthesiology"],
  clinics: ["blood pressure clinic", "postpartum clinic"],
  pending: ["placental pathology", "platelets in 3 days", "a home pressure log"],
  advice: [
    "check blood pressure twice a day",
    "take low-dose aspirin in the next pregnancy",
    "rest on the left side",
    "ask about contraception",
    "feed the baby on demand",
  ],
  returnFor: [
    "a pressure above 160",
    "a severe headache",
    "seeing spots",
    "heavy bleeding",
    "trouble breathing",
  ],
  avoid: ["hypertension", "hyperlipidemia", "type 2 diabetes mellitus", "topiramate", "migraine", "alcohol"],
};
