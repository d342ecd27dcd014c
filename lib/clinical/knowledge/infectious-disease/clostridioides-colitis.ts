/** Clostridioides difficile colitis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const clostridioidesColitis: Condition = {
  name: "Clostridioides difficile colitis",
  short: "CDI",
  ages: [38, 90],
  onset: [2, 8, "days"],
  stay: [3, 8],
  symptoms: [
    "watery diarrhea",
    "cramping abdominal pain",
    "fever",
    "loss of appetite",
    "nausea",
    "bloating",
    "urgency at night",
  ],
  denies: ["bloody stools", "vomiting", "recent travel", "dysuria", "cough"],
  risks: [
    "clindamycin for a tooth infection",
    "a nursing home stay",
    "ciprofloxacin 3 weeks ago",
    "chemotherapy last month",
    "a first episode in spring",
  ],
  exam: [
    "lower abdominal tenderness",
    "abdominal distension",
    "dry mucous membranes",
    "hyperactive bowel sounds",
    "no rebound",
    "perianal redness",
  ],
  vitals: { temp: [37.7, 39.1], HR: [92, 118], SBP: [96, 128] },
  labs: {
    WBC: [15.4, 32.8],
    creatinine: [1, 2.4],
    albumin: [2.2, 3.2],
    lactate: [1.1, 3.2],
    potassium: [2.9, 3.7],
    CRP: [74, 246],
    bicarbonate: [16, 22],
  },
  followed: ["WBC", 7.6, 11.8],
  studies: {
    "stool test": ["positive toxin gene and toxin", "positive antigen and toxin"],
    "CT abdomen": [
      "pancolonic wall thickening",
      "an accordion sign without perforation",
      "mild ascites and colonic edema",
    ],
    KUB: ["no megacolon", "a transverse colon of 5 cm"],
  },
  procedures: ["flexible sigmoidoscopy", "fecal microbiota transplantation", "rectal tube placement"],
  treatments: [
    [rx("vancomycin", "PO", "QID", "125 mg", "500 mg"), rx("fidaxomicin", "PO", "BID", "200 mg")],
    [rx("metronidazole", "IV", "q8h", "500 mg"), rx("bezlotoxumab", "IV", "once", "650 mg", "750 mg")],
    [
      rx("potassium chloride", "PO", "BID", "20 mEq", "40 mEq"),
      rx("lactated Ringer's", "IV", "continuous", "100 mL/h", "125 mL/h"),
    ],
  ],
  discharge: [
    [rx("vancomycin", "PO", "QID", "125 mg"), rx("fidaxomicin", "PO", "BID", "200 mg")],
    [rx("zinc oxide paste", "TOP", "BID", "5 g"), rx("oral rehydration salts", "PO", "BID", "500 mL")],
  ],
  courseDays: [7, 12],
  milestones: [
    "had two formed stools",
    "ate without cramps",
    "was afebrile for 36 hours",
    "came off intravenous fluids",
    "slept without getting up",
  ],
  complications: [
    ["an ileus", "rectal vancomycin"],
    ["hypokalemia", "potassium replacement"],
    ["acute kidney injury", "volume resuscitation"],
  ],
  consults: ["gastroenterology", "infection control"],
  clinics: ["infectious disease clinic", "gastroenterology clinic"],
  pending: ["repeat electrolytes", "a review of the acid blocker", "stool transplant referral"],
  advice: [
    "wash hands with soap and water",
    "clean the toilet with bleach",
    "avoid antibiotics that are not needed",
    "take no loperamide",
    "drink oral rehydration",
  ],
  returnFor: ["diarrhea that comes back", "a swollen hard belly", "bloody stools", "fainting", "fever"],
  avoid: ["gastroesophageal reflux disease"],
};
