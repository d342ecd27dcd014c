/** Acute pyelonephritis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const pyelonephritis: Condition = {
  name: "acute pyelonephritis",
  short: "pyelo",
  ages: [19, 82],
  onset: [1, 5, "days"],
  stay: [2, 5],
  symptoms: ["fever", "right flank pain", "dysuria", "rigors", "urinary frequency", "nausea", "vomiting"],
  denies: ["vaginal discharge", "hematuria", "diarrhea", "cough", "chest pain"],
  risks: [
    "two bladder infections this year",
    "a kidney stone 5 years ago",
    "a new sexual partner",
    "holding urine through long shifts",
    "recent bladder catheterization",
  ],
  exam: [
    "right costovertebral angle tenderness",
    "suprapubic tenderness",
    "dry lips",
    "a flushed face",
    "no peritoneal signs",
    "warm extremities",
  ],
  vitals: { temp: [38.4, 40.1], HR: [96, 126], SBP: [94, 126], RR: [16, 24] },
  labs: {
    WBC: [12.8, 23.4],
    "urine WBC": [30, 180],
    creatinine: [0.8, 1.8],
    lactate: [1, 3.1],
    CRP: [84, 280],
    procalcitonin: [0.8, 12.4],
    sodium: [131, 139],
  },
  followed: ["WBC", 6.4, 10.4],
  studies: {
    UA: ["pyuria with positive nitrite", "large leukocyte esterase", "pyuria with white cell casts"],
    "urine culture": [
      "more than 100,000 Escherichia coli",
      "Klebsiella pneumoniae",
      "pansensitive Escherichia coli",
      "Proteus mirabilis",
    ],
    "renal US": ["no hydronephrosis", "a swollen right kidney", "mild pelvic dilation without stone"],
    "CT abdomen": ["right perinephric stranding", "a striated nephrogram without abscess"],
  },
  procedures: ["bladder catheterization", "ureteral stent placement"],
  treatments: [
    [
      rx("ceftriaxone", "IV", "daily", "1 g", "2 g"),
      rx("gentamicin", "IV", "daily", "240 mg", "320 mg"),
      rx("aztreonam", "IV", "q8h", "1 g"),
      rx("piperacillin-tazobactam", "IV", "q6h", "3.375 g"),
    ],
    [rx("acetaminophen", "PO", "q6h", "650 mg", "1 g"), rx("ketorolac", "IV", "q8h", "15 mg")],
    [rx("ondansetron", "IV", "q8h", "4 mg"), rx("prochlorperazine", "IV", "q6h", "5 mg", "10 mg")],
  ],
  discharge: [
    [
      rx("ciprofloxacin", "PO", "BID", "500 mg"),
      rx("trimethoprim-sulfamethoxazole", "PO", "BID", "800-160 mg"),
      rx("cefuroxime", "PO", "BID", "500 mg"),
    ],
    [
      rx("phenazopyridine", "PO", "TID", "100 mg", "200 mg"),
      rx("acetaminophen", "PO", "PRN", "500 mg", "650 mg"),
    ],
  ],
  courseDays: [7, 14],
  milestones: [
    "was afebrile for 24 hours",
    "kept down a full meal",
    "was switched to oral antibiotics",
    "had no more flank pain on percussion",
    "walked to the ward kitchen",
  ],
  complications: [
    ["sepsis with hypotension", "three liters of crystalloid"],
    ["a small renal abscess", "longer antibiotics"],
    ["Escherichia coli bacteremia", "repeat blood cultures"],
  ],
  consults: ["urology", "infectious disease"],
  clinics: ["urology clinic", "urgent care follow-up"],
  pending: ["urine culture sensitivities", "blood cultures at 5 days", "repeat urinalysis"],
  advice: [
    "finish every antibiotic tablet",
    "drink at least two liters a day",
    "empty the bladder every few hours",
    "keep out of the sun while on the antibiotic",
    "take acetaminophen for fever",
  ],
  returnFor: [
    "fever after 3 days of tablets",
    "shaking chills",
    "vomiting the tablets",
    "worsening flank pain",
    "a new rash",
  ],
};
