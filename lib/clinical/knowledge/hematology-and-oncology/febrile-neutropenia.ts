/** Febrile neutropenia: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const febrileNeutropenia: Condition = {
  name: "febrile neutropenia",
  short: "FN",
  ages: [24, 76],
  onset: [4, 36, "hours"],
  stay: [3, 8],
  symptoms: [
    "fever",
    "shaking chills",
    "sore mouth",
    "malaise",
    "loss of appetite",
    "loose stools",
    "pain on swallowing",
  ],
  denies: ["cough", "dysuria", "rash", "headache", "pain at the port"],
  risks: [
    "the third cycle of chemotherapy for breast cancer",
    "treatment of diffuse large B-cell lymphoma",
    "adjuvant chemotherapy for colon cancer",
    "induction for acute myeloid leukemia",
    "docetaxel ten days earlier",
  ],
  exam: [
    "oral mucositis",
    "a clean port site",
    "pallor",
    "a warm flushed skin",
    "clear lungs",
    "no perianal tenderness",
  ],
  vitals: { temp: [38.4, 39.8], HR: [98, 128], SBP: [94, 128] },
  labs: {
    ANC: [0, 0.4],
    WBC: [0.3, 1.6],
    PLT: [22, 128],
    Hgb: [7.6, 10.4],
    lactate: [0.9, 2.8],
    creatinine: [0.6, 1.2],
    procalcitonin: [0.2, 4.8],
  },
  followed: ["ANC", 0.9, 3.2],
  studies: {
    "blood cultures": [
      "no growth",
      "Pseudomonas aeruginosa",
      "Escherichia coli in both bottles",
      "viridans streptococci",
    ],
    CXR: ["no infiltrate", "a well-placed port"],
    "CT chest": ["no nodules", "small patchy opacities on the right"],
    "urine culture": ["no growth", "mixed flora"],
  },
  procedures: ["transfusion of two units of red cells", "platelet transfusion", "port removal"],
  treatments: [
    [
      rx("cefepime", "IV", "q8h", "2 g"),
      rx("piperacillin-tazobactam", "IV", "q6h", "4.5 g"),
      rx("meropenem", "IV", "q8h", "1 g"),
    ],
    [
      rx("filgrastim", "SC", "daily", "300 mcg", "480 mcg"),
      rx("fluconazole", "PO", "daily", "200 mg", "400 mg"),
    ],
    [rx("vancomycin", "IV", "q12h", "1 g", "1.25 g"), rx("acyclovir", "PO", "BID", "400 mg")],
  ],
  discharge: [
    [
      rx("levofloxacin", "PO", "daily", "500 mg", "750 mg"),
      rx("amoxicillin-clavulanate", "PO", "BID", "875 mg"),
      rx("cefixime", "PO", "daily", "400 mg"),
    ],
    [rx("nystatin", "PO", "QID", "500,000 units"), rx("lidocaine mouthwash", "PO", "QID", "15 mL")],
  ],
  courseDays: [4, 7],
  milestones: [
    "was afebrile for 48 hours",
    "had recovering counts",
    "ate soft food without pain",
    "was switched to oral antibiotics",
    "walked laps of the ward",
  ],
  complications: [
    ["a central line infection", "port removal"],
    ["mucositis with dehydration", "intravenous fluids"],
    ["a drug rash", "a change of antibiotic"],
  ],
  consults: ["infectious disease", "nutrition"],
  clinics: ["oncology clinic", "infusion center"],
  pending: ["blood cultures at 5 days", "weekly blood count", "dose review of the next cycle"],
  advice: [
    "take your temperature twice a day",
    "avoid crowds and sick people",
    "rinse the mouth with salt water",
    "use a soft toothbrush",
    "wash raw fruit well",
  ],
  returnFor: [
    "a temperature of 38 or more",
    "shaking chills",
    "redness over the port",
    "bleeding",
    "inability to drink",
  ],
};
