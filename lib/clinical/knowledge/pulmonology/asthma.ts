/** Asthma exacerbation: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const asthma: Condition = {
  name: "asthma exacerbation",
  short: "asthma flare",
  ages: [18, 58],
  onset: [1, 5, "days"],
  stay: [3, 4],
  symptoms: [
    "wheezing",
    "chest tightness",
    "nocturnal cough",
    "shortness of breath",
    "difficulty speaking",
    "rhinorrhea",
    "poor sleep",
  ],
  denies: ["fever", "chest pain", "hemoptysis", "leg swelling", "heartburn"],
  risks: [
    "a new cat at home",
    "a cold from the children",
    "one intubation 4 years ago",
    "a moldy bedroom",
    "stopping the controller inhaler",
  ],
  exam: [
    "diffuse wheezes",
    "a peak flow of 40% predicted",
    "accessory muscle use",
    "a silent left base",
    "nasal polyps",
    "pulsus paradoxus of 14 mmHg",
  ],
  vitals: { HR: [102, 134], RR: [24, 34], SpO2: [88, 94] },
  labs: {
    eosinophils: [0.4, 1.6],
    pCO2: [30, 42],
    WBC: [7.8, 13.6],
    lactate: [1.2, 3.6],
    pH: [7.38, 7.48],
    potassium: [3.1, 3.9],
    glucose: [98, 168],
  },
  followed: ["lactate", 0.8, 1.4],
  studies: {
    CXR: ["hyperinflation without infiltrate", "peribronchial cuffing", "no pneumothorax"],
    spirometry: ["FEV1 48% predicted", "FEV1 55% with reversibility", "an obstructive pattern"],
  },
  procedures: ["continuous nebulization", "noninvasive ventilation"],
  treatments: [
    [
      rx("methylprednisolone", "IV", "q6h", "40 mg", "60 mg", "80 mg"),
      rx("prednisone", "PO", "daily", "50 mg", "60 mg"),
    ],
    [rx("albuterol", "INH", "q1h", "2.5 mg", "5 mg"), rx("ipratropium", "INH", "q6h", "0.5 mg")],
    [rx("magnesium sulfate", "IV", "once", "2 g"), rx("montelukast", "PO", "daily", "10 mg")],
  ],
  discharge: [
    [rx("prednisone", "PO", "daily", "40 mg", "50 mg")],
    [
      rx("fluticasone-salmeterol", "INH", "BID", "250-50 mcg", "500-50 mcg"),
      rx("budesonide-formoterol", "INH", "BID", "160-4.5 mcg"),
      rx("mometasone", "INH", "daily", "220 mcg"),
    ],
  ],
  courseDays: [4, 7],
  milestones: [
    "reached a peak flow of 75%",
    "needed albuterol only every 6 hours",
    "slept through the night",
    "walked on room air",
    "showed correct inhaler technique",
  ],
  complications: [
    ["lactic acidosis from albuterol", "spaced nebulizers"],
    ["hypokalemia", "oral potassium"],
    ["fatigue with rising pCO2", "BiPAP"],
  ],
  consults: ["pulmonology", "allergy"],
  clinics: ["asthma clinic", "allergy clinic"],
  pending: ["aeroallergen panel", "outpatient spirometry", "IgE level"],
  advice: [
    "follow the written action plan",
    "keep the cat out of the bedroom",
    "use a spacer",
    "measure peak flow daily",
    "rinse your mouth after the inhaler",
  ],
  returnFor: [
    "peak flow below 50%",
    "no relief from the inhaler",
    "blue lips",
    "trouble speaking",
    "exhaustion",
  ],
  avoid: ["metoprolol succinate", "aspirin"],
};
