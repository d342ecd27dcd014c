/** Complete heart block: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const heartBlock: Condition = {
  name: "complete heart block",
  short: "CHB",
  ages: [62, 94],
  onset: [1, 6, "days"],
  stay: [3, 6],
  symptoms: [
    "near-syncope",
    "dizziness",
    "exertional fatigue",
    "dyspnea",
    "a witnessed faint",
    "confusion",
    "low energy",
  ],
  denies: ["chest pain", "seizure activity", "fever", "tick bites", "tongue biting"],
  risks: [
    "a known right bundle branch block",
    "aortic valve calcification",
    "prior inferior infarct",
    "age-related conduction disease",
    "a fall in the kitchen",
  ],
  exam: [
    "cannon a waves",
    "a slow regular pulse",
    "a variable first heart sound",
    "a systolic ejection murmur",
    "a forehead abrasion",
    "cool hands",
  ],
  vitals: { HR: [28, 42], SBP: [92, 158], RR: [14, 20] },
  labs: {
    potassium: [3.8, 5.2],
    troponin: [0.01, 0.07],
    TSH: [0.9, 4.2],
    magnesium: [1.7, 2.3],
    creatinine: [0.9, 1.7],
    BNP: [140, 690],
    Hgb: [11.2, 14.8],
  },
  followed: ["creatinine", 0.8, 1.1],
  studies: {
    ECG: [
      "AV dissociation with a ventricular rate of 34",
      "third-degree AV block",
      "a wide escape rhythm at 32",
    ],
    TTE: ["LVEF 55%", "moderate aortic stenosis", "LVEF 60% with septal dyssynchrony"],
    CXR: ["leads in good position", "no pneumothorax", "mild cardiomegaly"],
  },
  procedures: [
    "dual-chamber pacemaker implantation",
    "leadless pacemaker implantation",
    "temporary transvenous pacing",
  ],
  treatments: [
    [
      rx("atropine", "IV", "once", "0.5 mg", "1 mg"),
      rx("dopamine", "IV", "continuous", "5 mcg/kg/min"),
      rx("isoproterenol", "IV", "continuous", "2 mcg/min"),
    ],
    [rx("cefazolin", "IV", "q8h", "1 g", "2 g"), rx("vancomycin", "IV", "once", "1 g")],
  ],
  discharge: [
    [rx("acetaminophen", "PO", "TID", "500 mg", "650 mg"), rx("oxycodone", "PO", "PRN", "5 mg")],
    [rx("cephalexin", "PO", "QID", "500 mg"), rx("doxycycline", "PO", "BID", "100 mg")],
  ],
  courseDays: [3, 5],
  milestones: [
    "had no further pauses",
    "walked without dizziness",
    "had good pacing thresholds",
    "kept a dry pocket dressing",
    "was paced at 60 without symptoms",
  ],
  complications: [
    ["a small pocket hematoma", "a pressure dressing"],
    ["delirium overnight", "reorientation"],
    ["a small apical pneumothorax", "watchful imaging"],
  ],
  consults: ["electrophysiology", "physical therapy"],
  clinics: ["device clinic", "cardiology clinic"],
  pending: ["device interrogation", "wound check", "Lyme serology"],
  advice: [
    "keep the left arm below the shoulder for 6 weeks",
    "keep the wound dry for 7 days",
    "carry the device card",
    "drive only after clearance",
    "avoid heavy lifting",
  ],
  returnFor: ["fainting", "redness of the pocket", "hiccups that persist", "fever", "pus from the wound"],
  avoid: ["metoprolol succinate", "coronary artery disease", "chronic kidney disease"],
};
