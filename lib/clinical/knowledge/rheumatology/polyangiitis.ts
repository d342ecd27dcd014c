/** Granulomatosis with polyangiitis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const polyangiitis: Condition = {
  name: "granulomatosis with polyangiitis",
  short: "GPA",
  ages: [30, 76],
  onset: [3, 9, "weeks"],
  stay: [6, 13],
  symptoms: [
    "bloody nasal crusts",
    "cough with blood",
    "joint pain",
    "weight loss",
    "ear fullness",
    "fatigue",
    "night sweats",
  ],
  denies: ["leg swelling", "chest pain", "headache", "diarrhea", "dysuria"],
  risks: [
    "sinusitis that resisted three antibiotics",
    "silica dust at work",
    "a relapse after stopping azathioprine",
    "Staphylococcus aureus in the nose",
    "asthma inhalers without benefit",
  ],
  exam: [
    "nasal crusting with a septal defect",
    "palpable purpura on the shins",
    "crackles in both lungs",
    "a red left eye",
    "a mild saddle nose",
    "tender ankles",
  ],
  vitals: { temp: [37.2, 38.4], HR: [86, 112], SBP: [126, 162], RR: [18, 26], SpO2: [90, 95] },
  labs: {
    creatinine: [1.6, 4.4],
    CRP: [74, 216],
    ESR: [62, 112],
    Hgb: [8.4, 11.2],
    WBC: [10.8, 17.4],
    PLT: [388, 586],
    "urine protein": [0.8, 2.8],
  },
  followed: ["CRP", 8, 42],
  studies: {
    "CT chest": [
      "multiple cavitary nodules",
      "diffuse ground-glass opacities",
      "a 4 cm cavity of the right upper lobe",
    ],
    autoantibodies: ["proteinase 3 antibodies above 200 units", "a cytoplasmic staining pattern"],
    UA: ["red cell casts", "dysmorphic red cells with 2+ protein"],
  },
  procedures: ["percutaneous kidney biopsy", "bronchoscopy with lavage", "nasal biopsy", "plasma exchange"],
  treatments: [
    [rx("methylprednisolone", "IV", "daily", "500 mg", "1 g")],
    [
      rx("rituximab", "IV", "weekly", "650 mg", "700 mg", "750 mg"),
      rx("cyclophosphamide", "IV", "once", "900 mg", "1 g"),
    ],
    [rx("pantoprazole", "PO", "daily", "40 mg")],
  ],
  discharge: [
    [rx("prednisone", "PO", "daily", "50 mg", "60 mg")],
    [
      rx("sulfamethoxazole-trimethoprim", "PO", "daily", "400-80 mg"),
      rx("atovaquone", "PO", "daily", "1500 mg"),
    ],
    [rx("avacopan", "PO", "BID", "30 mg"), rx("alendronate", "PO", "weekly", "70 mg")],
  ],
  courseDays: [7, 21],
  milestones: [
    "stopped coughing blood",
    "was weaned to room air",
    "had a falling creatinine",
    "breathed through the nose",
    "walked 200 m",
  ],
  complications: [
    ["diffuse alveolar hemorrhage", "plasma exchange"],
    ["a reaction to rituximab", "a slower infusion"],
    ["a hospital-acquired pneumonia", "cefepime"],
  ],
  consults: ["nephrology", "pulmonology", "otolaryngology"],
  clinics: ["vasculitis clinic", "kidney clinic"],
  pending: ["kidney pathology", "immunoglobulin levels", "second rituximab infusion"],
  advice: [
    "rinse the nose with saline",
    "get no live vaccines",
    "take the prevention tablet daily",
    "have blood drawn weekly",
    "avoid crowds for a month",
  ],
  returnFor: ["coughing blood", "less urine", "fever", "a red painful eye", "foot drop"],
  avoid: ["chronic kidney disease", "osteoporosis"],
};
