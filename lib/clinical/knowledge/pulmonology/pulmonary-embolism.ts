/** Pulmonary embolism: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const pulmonaryEmbolism: Condition = {
  name: "pulmonary embolism",
  short: "PE",
  ages: [26, 85],
  onset: [1, 7, "days"],
  stay: [3, 6],
  symptoms: [
    "sudden dyspnea",
    "pleuritic chest pain",
    "hemoptysis",
    "calf pain",
    "lightheadedness",
    "palpitations",
    "cough",
  ],
  denies: ["fever", "orthopnea", "wheezing", "previous clots", "melena"],
  risks: [
    "a 12-hour flight",
    "knee surgery last month",
    "oral contraceptive use",
    "immobility after a cast",
    "a brother with factor V Leiden",
  ],
  exam: [
    "a tender left calf",
    "a loud P2",
    "clear lungs",
    "unilateral leg swelling",
    "tachypnea at rest",
    "a pleural rub on the right",
  ],
  vitals: { HR: [98, 132], SBP: [98, 132], RR: [20, 30], SpO2: [86, 94] },
  labs: {
    "D-dimer": [1200, 8600],
    troponin: [0.01, 0.24],
    BNP: [60, 580],
    lactate: [0.9, 2.6],
    creatinine: [0.7, 1.2],
    PLT: [168, 342],
    Hgb: [11.6, 15.2],
  },
  followed: ["BNP", 30, 55],
  studies: {
    CTPA: [
      "bilateral segmental emboli",
      "a right lower lobe filling defect",
      "saddle embolism without infarct",
      "left lower lobe segmental embolism",
    ],
    TTE: ["right ventricular dilation", "normal right ventricular function", "mild septal flattening"],
    "venous duplex": ["left popliteal thrombosis", "right femoral thrombosis", "no residual leg clot"],
  },
  procedures: ["catheter-directed thrombolysis", "inferior vena cava filter placement"],
  treatments: [
    [
      rx("heparin", "IV", "continuous", "18 units/kg/h"),
      rx("enoxaparin", "SC", "q12h", "60 mg", "70 mg", "80 mg", "90 mg"),
    ],
    [rx("acetaminophen", "PO", "q6h", "650 mg"), rx("morphine", "IV", "q4h", "2 mg")],
  ],
  discharge: [
    [rx("apixaban", "PO", "BID", "5 mg"), rx("rivaroxaban", "PO", "daily", "20 mg")],
    [rx("acetaminophen", "PO", "PRN", "500 mg", "650 mg")],
  ],
  courseDays: [90, 90],
  milestones: [
    "was weaned to room air",
    "walked with a saturation of 95%",
    "was switched to oral anticoagulation",
    "had a normal heart rate",
    "had less pleuritic pain",
  ],
  complications: [
    ["gross hematuria", "a pause of heparin"],
    ["right ventricular strain", "monitoring in step-down"],
    ["a pulmonary infarct", "analgesia"],
  ],
  consults: ["hematology", "vascular medicine"],
  clinics: ["anticoagulation clinic", "hematology clinic"],
  pending: ["thrombophilia panel", "repeat echocardiogram", "age-appropriate cancer screening"],
  advice: [
    "take the blood thinner without gaps",
    "wear compression stockings",
    "stand up hourly on journeys",
    "avoid contact sports",
    "stop estrogen tablets",
  ],
  returnFor: ["new breathlessness", "bleeding gums", "a swollen leg", "fainting", "a blow to the head"],
  avoid: ["aspirin"],
};
