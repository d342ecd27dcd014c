/** Diabetic ketoacidosis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const diabeticKetoacidosis: Condition = {
  name: "diabetic ketoacidosis",
  short: "DKA",
  ages: [18, 52],
  onset: [1, 4, "days"],
  stay: [2, 5],
  symptoms: [
    "vomiting",
    "excessive thirst",
    "frequent urination",
    "abdominal pain",
    "rapid breathing",
    "weight loss",
    "blurred vision",
  ],
  denies: ["chest pain", "dysuria", "cough", "diarrhea", "headache"],
  risks: [
    "a kinked insulin pump tube",
    "running out of insulin glargine",
    "a stomach flu in the family",
    "newly found type 1 diabetes",
    "skipping insulin during a sports camp",
  ],
  exam: [
    "Kussmaul breathing",
    "fruity breath",
    "dry mucous membranes",
    "diffuse abdominal tenderness without guarding",
    "delayed capillary refill",
    "drowsiness",
  ],
  vitals: { HR: [104, 134], RR: [22, 34], SBP: [94, 124], DBP: [54, 74] },
  labs: {
    glucose: [318, 624],
    BHB: [4.2, 9.6],
    pH: [6.98, 7.24],
    bicarbonate: [6, 14],
    potassium: [4.4, 6],
    sodium: [126, 136],
    HbA1c: [9.4, 14.2],
    creatinine: [1, 1.8],
  },
  followed: ["bicarbonate", 20, 25],
  studies: {
    UA: ["large ketones and glucose", "3+ ketones without nitrite"],
    ECG: ["sinus tachycardia", "mildly peaked T waves"],
    CXR: ["clear lungs", "no infiltrate"],
  },
  procedures: ["arterial line placement", "central line placement", "insulin pump site change"],
  treatments: [
    [rx("regular insulin", "IV", "continuous", "5 units/h", "6 units/h", "7 units/h", "8 units/h")],
    [
      rx("sodium chloride 0.9%", "IV", "continuous", "250 mL/h", "500 mL/h"),
      rx("lactated Ringer's", "IV", "continuous", "250 mL/h", "500 mL/h"),
    ],
    [rx("potassium chloride", "IV", "q4h", "20 mEq", "40 mEq"), rx("ondansetron", "IV", "q6h", "4 mg")],
  ],
  discharge: [
    [
      rx("insulin glargine", "SC", "qHS", "14 units", "18 units", "22 units", "26 units"),
      rx("insulin degludec", "SC", "daily", "16 units", "20 units", "24 units"),
    ],
    [
      rx("insulin lispro", "SC", "TID", "4 units", "6 units", "8 units"),
      rx("insulin aspart", "SC", "TID", "4 units", "5 units", "7 units"),
    ],
  ],
  milestones: [
    "closed the anion gap",
    "was moved to subcutaneous insulin",
    "ate a full meal without nausea",
    "gave the insulin without help",
    "was free of ketones",
  ],
  complications: [
    ["hypokalemia", "potassium replacement"],
    ["hypoglycemia", "oral glucose"],
    ["a headache with drowsiness", "slower fluids and a head scan"],
  ],
  consults: ["diabetes education", "nutrition"],
  clinics: ["diabetes clinic", "endocrinology clinic"],
  pending: ["islet autoantibodies", "celiac serology", "urine albumin"],
  advice: [
    "test ketones when glucose is above 250",
    "never stop basal insulin",
    "keep a spare pump set",
    "follow the sick day rules",
    "carry glucose tablets",
  ],
  returnFor: [
    "vomiting for 4 hours",
    "ketones above 1.5",
    "glucose above 400",
    "fast breathing",
    "confusion",
  ],
  avoid: ["type 2 diabetes mellitus", "chronic kidney disease"],
};
