/** Atrial fibrillation with rapid ventricular response: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const atrialFibrillation: Condition = {
  name: "atrial fibrillation with rapid ventricular response",
  short: "AF with RVR",
  ages: [46, 89],
  onset: [3, 24, "hours"],
  stay: [3, 6],
  symptoms: [
    "palpitations",
    "lightheadedness",
    "dyspnea",
    "chest fluttering",
    "fatigue",
    "exercise intolerance",
    "anxiety",
  ],
  denies: ["syncope", "chest pain", "focal weakness", "fever", "heat intolerance"],
  risks: [
    "heavy alcohol use at a wedding",
    "untreated sleep apnea",
    "a recent chest infection",
    "two strong coffees daily",
    "mitral valve disease",
  ],
  exam: [
    "an irregularly irregular rhythm",
    "a variable S1",
    "no murmurs",
    "clear lungs",
    "trace ankle edema",
    "warm extremities",
  ],
  vitals: { HR: [122, 168], SBP: [98, 138], RR: [16, 24] },
  labs: {
    TSH: [0.6, 3.8],
    potassium: [3.2, 4.4],
    magnesium: [1.4, 1.9],
    troponin: [0.01, 0.09],
    BNP: [120, 480],
    Hgb: [11.8, 15.4],
    creatinine: [0.8, 1.4],
  },
  followed: ["magnesium", 2, 2.3],
  studies: {
    ECG: [
      "atrial fibrillation without ST changes",
      "atrial fibrillation with a rate of 150",
      "rate-related ST depression",
    ],
    TTE: [
      "a dilated left atrium",
      "LVEF 55%",
      "mild mitral regurgitation",
      "LVEF 50% with biatrial enlargement",
    ],
    CXR: ["no acute process", "mild vascular congestion", "clear lung fields"],
  },
  procedures: ["TEE-guided electrical cardioversion", "synchronized cardioversion at 200 J"],
  treatments: [
    [
      rx("diltiazem", "IV", "once", "15 mg", "20 mg", "25 mg"),
      rx("metoprolol tartrate", "IV", "once", "5 mg"),
      rx("amiodarone", "IV", "once", "150 mg"),
    ],
    [
      rx("heparin", "IV", "continuous", "18 units/kg/h"),
      rx("enoxaparin", "SC", "q12h", "70 mg", "80 mg", "90 mg"),
    ],
  ],
  discharge: [
    [
      rx("apixaban", "PO", "BID", "5 mg"),
      rx("rivaroxaban", "PO", "daily", "20 mg"),
      rx("dabigatran", "PO", "BID", "150 mg"),
    ],
    [
      rx("metoprolol tartrate", "PO", "BID", "25 mg", "50 mg"),
      rx("diltiazem ER", "PO", "daily", "120 mg", "180 mg", "240 mg"),
    ],
  ],
  milestones: [
    "converted to sinus rhythm",
    "was rate controlled below 100",
    "felt no more palpitations",
    "walked without dizziness",
    "was switched to oral rate control",
  ],
  complications: [
    ["hypotension", "a 500 mL crystalloid bolus"],
    ["a 4-second pause after conversion", "a lower rate control dose"],
    ["epistaxis", "nasal packing"],
  ],
  consults: ["cardiology", "electrophysiology"],
  clinics: ["electrophysiology clinic", "cardiology clinic"],
  pending: ["a 14-day event monitor", "sleep study", "thyroid panel"],
  advice: [
    "take the blood thinner without gaps",
    "avoid alcohol",
    "check your pulse daily",
    "ask before taking pain killers",
    "cut down on caffeine",
  ],
  returnFor: [
    "racing heartbeat",
    "bleeding that does not stop",
    "fainting",
    "slurred speech",
    "black stools",
  ],
  avoid: ["metoprolol succinate", "amlodipine", "aspirin", "coronary artery disease", "simvastatin"],
};
