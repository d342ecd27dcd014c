/** Ulcerative colitis flare: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const ulcerativeColitis: Condition = {
  name: "ulcerative colitis flare",
  short: "UC flare",
  ages: [18, 64],
  onset: [2, 8, "weeks"],
  stay: [4, 9],
  symptoms: [
    "bloody diarrhea",
    "crampy abdominal pain",
    "tenesmus",
    "fecal urgency",
    "weight loss",
    "fatigue",
    "nocturnal stools",
  ],
  denies: ["recent travel", "antibiotic use", "vomiting", "joint pain", "oral ulcers"],
  risks: [
    "stopping mesalamine",
    "left-sided colitis for 6 years",
    "a course of NSAIDs",
    "a sister with Crohn disease",
    "quitting smoking last year",
  ],
  exam: [
    "left lower quadrant tenderness",
    "blood on the glove",
    "no perianal disease",
    "hyperactive bowel sounds",
    "pallor",
    "no peritoneal signs",
  ],
  vitals: { temp: [37, 38.3], HR: [88, 118], SBP: [98, 128] },
  labs: {
    CRP: [36, 164],
    Hgb: [8.4, 11.6],
    albumin: [2.4, 3.4],
    WBC: [9.8, 17.2],
    ESR: [34, 92],
    potassium: [2.9, 3.7],
    PLT: [340, 610],
  },
  followed: ["CRP", 8, 28],
  studies: {
    "CT abdomen": [
      "continuous wall thickening of the left colon",
      "pancolitis without megacolon",
      "no abscess",
    ],
    "stool test": [
      "Clostridioides difficile toxin negative",
      "fecal calprotectin 1850",
      "no enteric pathogens",
    ],
    KUB: ["no colonic dilation", "thumbprinting of the transverse colon"],
  },
  procedures: ["flexible sigmoidoscopy with biopsies", "colonoscopy showing Mayo 3 colitis"],
  treatments: [
    [rx("methylprednisolone", "IV", "daily", "60 mg"), rx("hydrocortisone", "IV", "q8h", "100 mg")],
    [
      rx("infliximab", "IV", "once", "300 mg", "350 mg", "400 mg"),
      rx("mesalamine enema", "PR", "qHS", "4 g"),
    ],
    [rx("enoxaparin", "SC", "daily", "40 mg"), rx("heparin", "SC", "q8h", "5000 units")],
  ],
  discharge: [
    [rx("prednisone", "PO", "daily", "40 mg", "60 mg"), rx("budesonide MMX", "PO", "daily", "9 mg")],
    [rx("mesalamine", "PO", "daily", "2.4 g", "4.8 g"), rx("azathioprine", "PO", "daily", "50 mg", "100 mg")],
  ],
  courseDays: [28, 56],
  milestones: [
    "was down to two stools daily",
    "passed formed stool without blood",
    "tolerated a low-residue diet",
    "slept through the night",
    "was switched to oral steroids",
  ],
  complications: [
    ["iron deficiency anemia", "iron sucrose"],
    ["hypokalemia", "potassium chloride"],
    ["steroid-induced insomnia", "morning dosing"],
  ],
  consults: ["gastroenterology", "colorectal surgery"],
  clinics: ["inflammatory bowel disease clinic", "gastroenterology clinic"],
  pending: ["colonic biopsies", "hepatitis B serology", "tuberculosis screening"],
  advice: [
    "taper steroids as written",
    "avoid NSAIDs",
    "keep a stool diary",
    "take calcium and vitamin D",
    "drink oral rehydration solution",
  ],
  returnFor: ["more than six bloody stools daily", "fever", "a swollen belly", "fainting", "severe pain"],
};
