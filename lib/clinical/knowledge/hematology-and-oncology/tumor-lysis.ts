/** Tumor lysis syndrome: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const tumorLysis: Condition = {
  name: "tumor lysis syndrome",
  short: "TLS",
  ages: [28, 78],
  onset: [12, 60, "hours"],
  stay: [5, 10],
  symptoms: [
    "nausea",
    "muscle cramps",
    "reduced urine output",
    "lethargy",
    "tingling around the mouth",
    "palpitations",
    "vomiting",
  ],
  denies: ["fever", "cough", "hematuria", "seizure", "flank pain"],
  risks: [
    "a first dose of chemotherapy for Burkitt lymphoma",
    "venetoclax for chronic lymphocytic leukemia",
    "bulky diffuse large B-cell lymphoma",
    "steroids for acute lymphoblastic leukemia",
    "a white count above 100 at diagnosis",
  ],
  exam: [
    "bulky neck nodes",
    "a palpable spleen",
    "a positive Chvostek sign",
    "mild leg edema",
    "carpal spasm",
    "dry lips",
  ],
  vitals: { HR: [88, 116], SBP: [104, 142] },
  labs: {
    "uric acid": [10.8, 18.6],
    potassium: [5.8, 7.2],
    phosphate: [6.2, 10.4],
    calcium: [5.9, 7.4],
    creatinine: [1.8, 4.2],
    LDH: [980, 4600],
    WBC: [2.4, 48],
  },
  followed: ["uric acid", 0.6, 4.8],
  studies: {
    ECG: ["peaked T waves", "a prolonged QT interval", "sinus tachycardia"],
    "renal US": ["no hydronephrosis", "echogenic kidneys"],
    "CT abdomen": ["bulky retroperitoneal nodes", "a 17 cm spleen"],
  },
  procedures: ["urgent hemodialysis", "dialysis catheter placement", "lymph node excision"],
  treatments: [
    [rx("rasburicase", "IV", "once", "3 mg", "6 mg"), rx("allopurinol", "PO", "TID", "100 mg", "200 mg")],
    [rx("sodium chloride 0.9%", "IV", "continuous", "150 mL/h", "200 mL/h")],
    [rx("sevelamer", "PO", "TID", "800 mg", "1600 mg"), rx("calcium gluconate", "IV", "once", "1 g", "2 g")],
  ],
  discharge: [
    [
      rx("allopurinol", "PO", "daily", "100 mg", "200 mg", "300 mg"),
      rx("febuxostat", "PO", "daily", "40 mg"),
    ],
    [
      rx("ondansetron", "PO", "PRN", "4 mg", "8 mg"),
      rx("acyclovir", "PO", "BID", "400 mg"),
      rx("prochlorperazine", "PO", "PRN", "10 mg"),
    ],
  ],
  courseDays: [10, 21],
  milestones: [
    "made 2 L of urine",
    "came off dialysis",
    "had no more cramps",
    "had a normal heart rhythm",
    "ate without nausea",
  ],
  complications: [
    ["an atrial arrhythmia", "magnesium"],
    ["volume overload", "furosemide"],
    ["a symptomatic low calcium", "calcium gluconate"],
  ],
  consults: ["nephrology", "critical care"],
  clinics: ["oncology clinic", "kidney clinic"],
  pending: [
    "final lymph node pathology",
    "electrolytes in 2 days",
    "glucose-6-phosphate dehydrogenase level",
  ],
  advice: [
    "drink three liters a day",
    "avoid foods rich in phosphate",
    "take allopurinol daily",
    "measure the urine volume",
    "keep the next chemotherapy date",
  ],
  returnFor: ["muscle spasms", "little urine", "palpitations", "fever", "confusion"],
  avoid: ["gout", "chronic kidney disease"],
};
