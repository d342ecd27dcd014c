/** Hyperemesis gravidarum: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const hyperemesis: Condition = {
  name: "hyperemesis gravidarum",
  short: "hyperemesis",
  sex: "F",
  ages: [18, 40],
  onset: [1, 4, "weeks"],
  stay: [2, 5],
  symptoms: [
    "constant nausea",
    "vomiting ten times a day",
    "weight loss",
    "lightheadedness",
    "heartburn",
    "excess saliva",
    "dark urine",
  ],
  denies: ["abdominal pain", "vaginal bleeding", "fever", "diarrhea", "headache"],
  risks: [
    "a twin pregnancy of 9 weeks",
    "the same in an earlier pregnancy",
    "motion sickness before pregnancy",
    "a molar pregnancy in the past",
    "a sister with hard pregnancies",
  ],
  exam: [
    "dry mucous membranes",
    "orthostatic hypotension",
    "a soft nontender abdomen",
    "ketotic breath",
    "reduced skin turgor",
    "no nystagmus",
  ],
  vitals: { HR: [98, 122], SBP: [92, 112], DBP: [52, 68] },
  labs: {
    potassium: [2.7, 3.3],
    sodium: [129, 136],
    bicarbonate: [27, 34],
    TSH: [0.02, 0.6],
    ALT: [28, 126],
    BHB: [1.2, 3.8],
    hCG: [98000, 214000],
    creatinine: [0.5, 1],
  },
  followed: ["potassium", 3.6, 4.2],
  studies: {
    "obstetric US": [
      "a live twin pregnancy",
      "a single embryo with cardiac activity",
      "a viable pregnancy of 10 weeks",
    ],
    UA: ["4+ ketones", "large ketones without nitrite"],
    ECG: ["a prolonged QT interval", "sinus tachycardia"],
  },
  procedures: ["nasojejunal feeding tube placement", "midline catheter placement"],
  treatments: [
    [
      rx("ondansetron", "IV", "q8h", "4 mg", "8 mg"),
      rx("metoclopramide", "IV", "q8h", "10 mg"),
      rx("promethazine", "IV", "q6h", "12.5 mg", "25 mg"),
    ],
    [rx("thiamine", "IV", "daily", "100 mg", "200 mg")],
    [
      rx("potassium chloride", "IV", "q6h", "20 mEq"),
      rx("lactated Ringer's", "IV", "continuous", "125 mL/h", "150 mL/h"),
    ],
  ],
  discharge: [
    [
      rx("doxylamine-pyridoxine", "PO", "qHS", "20-20 mg"),
      rx("metoclopramide", "PO", "TID", "10 mg"),
      rx("ondansetron", "PO", "TID", "4 mg"),
    ],
    [rx("famotidine", "PO", "BID", "20 mg"), rx("prenatal vitamin", "PO", "daily", "1 tablet")],
  ],
  milestones: [
    "kept down crackers and tea",
    "gained 0.5 kg",
    "had ketone-free urine",
    "stood without dizziness",
    "took tablets without vomiting",
  ],
  complications: [
    ["restlessness from metoclopramide", "diphenhydramine"],
    ["refeeding with low phosphate", "phosphate replacement"],
    ["a vein inflammation at the catheter", "catheter removal"],
  ],
  consults: ["nutrition", "maternal-fetal medicine"],
  clinics: ["antenatal clinic", "nutrition clinic"],
  pending: ["free thyroid hormone in 4 weeks", "electrolytes in 1 week", "nuchal scan"],
  advice: [
    "eat small dry meals",
    "sip fluids between meals",
    "take the tablets before rising",
    "avoid strong smells",
    "try ginger tea",
  ],
  returnFor: ["no urine for 8 hours", "vomiting blood", "belly pain", "vaginal bleeding", "palpitations"],
  avoid: ["hypertension", "hyperlipidemia", "alcohol", "topiramate", "type 2 diabetes mellitus", "migraine"],
};
