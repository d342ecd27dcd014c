/** Community-acquired pneumonia: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const pneumonia: Condition = {
  name: "community-acquired pneumonia",
  short: "CAP",
  ages: [24, 91],
  onset: [2, 9, "days"],
  stay: [3, 8],
  symptoms: [
    "fever",
    "productive cough",
    "pleuritic chest pain",
    "dyspnea",
    "chills",
    "malaise",
    "rusty sputum",
  ],
  denies: ["hemoptysis", "leg swelling", "recent travel", "night sweats", "sick contacts"],
  risks: [
    "a 30 pack-year smoking history",
    "a recent influenza-like illness",
    "a sick grandchild at home",
    "poor dentition",
    "no pneumococcal vaccination",
  ],
  exam: [
    "crackles at the right base",
    "dullness over the left lower lobe",
    "bronchial breath sounds",
    "egophony on the right",
    "use of accessory muscles",
    "dry mucous membranes",
  ],
  vitals: { temp: [38.1, 39.8], HR: [92, 124], SBP: [96, 138], RR: [20, 32], SpO2: [86, 93] },
  labs: {
    WBC: [12.4, 22.8],
    lactate: [1.1, 3.4],
    procalcitonin: [0.6, 9.2],
    sodium: [128, 137],
    BUN: [14, 38],
    CRP: [64, 292],
    creatinine: [0.7, 1.5],
  },
  followed: ["WBC", 6.8, 10.6],
  studies: {
    CXR: [
      "right lower lobe consolidation",
      "a left lower lobe infiltrate",
      "right middle lobe opacity",
      "multifocal opacities",
    ],
    "CT chest": [
      "dense consolidation with air bronchograms",
      "a small parapneumonic effusion",
      "tree-in-bud nodules",
    ],
    "sputum culture": ["Streptococcus pneumoniae", "Haemophilus influenzae", "normal oral flora"],
  },
  procedures: ["diagnostic thoracentesis", "bronchoscopy with lavage"],
  treatments: [
    [
      rx("ceftriaxone", "IV", "daily", "1 g", "2 g"),
      rx("ampicillin-sulbactam", "IV", "q6h", "3 g"),
      rx("levofloxacin", "IV", "daily", "750 mg"),
    ],
    [rx("azithromycin", "IV", "daily", "500 mg"), rx("doxycycline", "IV", "q12h", "100 mg")],
  ],
  discharge: [
    [
      rx("amoxicillin-clavulanate", "PO", "BID", "875 mg"),
      rx("cefpodoxime", "PO", "BID", "200 mg"),
      rx("moxifloxacin", "PO", "daily", "400 mg"),
    ],
    [rx("guaifenesin", "PO", "BID", "600 mg"), rx("benzonatate", "PO", "TID", "100 mg", "200 mg")],
  ],
  courseDays: [3, 7],
  milestones: [
    "was weaned to room air",
    "was afebrile for 48 hours",
    "walked without desaturation",
    "was switched to oral antibiotics",
    "brought up less sputum",
  ],
  complications: [
    ["acute hypoxic respiratory failure", "high-flow nasal oxygen"],
    ["a parapneumonic effusion", "drainage"],
    ["hyponatremia", "fluid restriction"],
  ],
  consults: ["pulmonology", "respiratory therapy"],
  clinics: ["pulmonary clinic", "primary care clinic"],
  pending: ["repeat chest X-ray", "Legionella antigen", "final blood cultures"],
  advice: [
    "finish all antibiotics",
    "use the incentive spirometer hourly",
    "rest between activities",
    "get the pneumococcal vaccine",
    "drink plenty of fluids",
  ],
  returnFor: [
    "fever above 38.5",
    "worsening breathlessness",
    "coughing blood",
    "confusion",
    "chest pain on breathing",
  ],
};
