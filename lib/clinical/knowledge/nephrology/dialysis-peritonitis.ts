/** Peritoneal dialysis-associated peritonitis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const dialysisPeritonitis: Condition = {
  name: "peritoneal dialysis-associated peritonitis",
  short: "PD peritonitis",
  ages: [28, 76],
  onset: [8, 48, "hours"],
  stay: [3, 7],
  symptoms: [
    "cloudy dialysate",
    "diffuse abdominal pain",
    "low-grade fever",
    "nausea",
    "slow drainage of dialysate",
    "loss of appetite",
    "loose stools",
  ],
  denies: ["hematemesis", "dysuria", "chest pain", "cough", "vaginal discharge"],
  risks: [
    "touching the catheter tip by mistake",
    "a cat that bit the tubing",
    "an exit-site infection last month",
    "exchanges done without a mask",
    "recent constipation",
  ],
  exam: [
    "diffuse tenderness with rebound",
    "a clean catheter exit site",
    "a red exit site with crusting",
    "hypoactive bowel sounds",
    "a distended abdomen",
    "no tunnel tenderness",
  ],
  vitals: { temp: [37.6, 38.9], HR: [88, 114], SBP: [98, 148] },
  labs: {
    WBC: [10.8, 18.6],
    creatinine: [6.2, 11.8],
    BUN: [44, 86],
    potassium: [3, 4.2],
    albumin: [2.4, 3.3],
    CRP: [68, 224],
    Hgb: [9, 11.6],
  },
  followed: ["CRP", 12, 48],
  studies: {
    "CT abdomen": [
      "free dialysate without abscess",
      "a well-placed catheter tip",
      "thickened small bowel loops",
    ],
    KUB: ["a catheter tip in the pelvis", "stool throughout the colon", "a catheter that migrated upward"],
    "blood cultures": ["no growth", "no growth at 48 hours"],
  },
  procedures: [
    "dialysate sampling and culture",
    "peritoneal catheter removal",
    "a rapid flush of three exchanges",
  ],
  treatments: [
    [rx("vancomycin", "IV", "once", "1 g", "1.5 g", "2 g"), rx("cefazolin", "IV", "daily", "1 g")],
    [
      rx("gentamicin", "IV", "daily", "40 mg"),
      rx("ceftazidime", "IV", "daily", "1 g"),
      rx("aztreonam", "IV", "daily", "1 g"),
    ],
    [rx("nystatin", "PO", "QID", "500,000 units"), rx("fluconazole", "PO", "daily", "100 mg")],
  ],
  discharge: [
    [
      rx("ciprofloxacin", "PO", "daily", "500 mg"),
      rx("linezolid", "PO", "BID", "600 mg"),
      rx("cephalexin", "PO", "BID", "500 mg"),
    ],
    [rx("polyethylene glycol", "PO", "daily", "17 g"), rx("senna", "PO", "qHS", "8.6 mg", "17.2 mg")],
  ],
  courseDays: [10, 18],
  milestones: [
    "had clear dialysate",
    "did an exchange without help",
    "was free of abdominal pain",
    "had a falling dialysate cell count",
    "ate a normal breakfast",
  ],
  complications: [
    ["a fibrin clot in the catheter", "heparin in the dialysate"],
    ["hypokalemia", "oral potassium"],
    ["an exit-site abscess", "incision and drainage"],
  ],
  consults: ["general surgery", "infectious disease"],
  clinics: ["home dialysis clinic", "kidney clinic"],
  pending: ["final dialysate culture", "repeat dialysate cell count", "a review of exchange technique"],
  advice: [
    "wash hands and wear a mask at exchanges",
    "keep pets out of the room",
    "look at each drained bag",
    "keep the bowels moving",
    "put mupirocin on the exit site daily",
  ],
  returnFor: [
    "a cloudy bag",
    "fever",
    "severe belly pain",
    "pus at the exit site",
    "a bag that does not drain",
  ],
  avoid: ["chronic kidney disease", "metformin"],
};
