/** Guillain-Barre syndrome: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const guillainBarreSyndrome: Condition = {
  name: "Guillain-Barre syndrome",
  short: "GBS",
  ages: [22, 72],
  onset: [3, 14, "days"],
  stay: [6, 14],
  symptoms: [
    "ascending leg weakness",
    "tingling of the feet",
    "unsteady walking",
    "back pain",
    "trouble climbing stairs",
    "facial weakness",
    "tingling of the fingers",
  ],
  denies: ["bladder incontinence", "double vision", "fever", "tick bites", "neck pain"],
  risks: [
    "diarrhea from undercooked chicken 2 weeks earlier",
    "an influenza-like illness last month",
    "a recent Campylobacter infection",
    "minor surgery 3 weeks ago",
    "a cold treated at home",
  ],
  exam: [
    "absent ankle reflexes",
    "4/5 strength of hip flexion",
    "bilateral facial weakness",
    "reduced vibration sense at the toes",
    "no sensory level",
    "a neck flexion strength of 4/5",
  ],
  vitals: { HR: [82, 118], SBP: [118, 168], RR: [16, 24] },
  labs: {
    "CSF protein": [68, 214],
    "CSF WBC": [0, 6],
    CK: [64, 340],
    sodium: [130, 140],
    WBC: [5.8, 10.6],
    glucose: [86, 122],
    pCO2: [34, 46],
  },
  followed: ["sodium", 136, 141],
  studies: {
    EMG: [
      "a demyelinating polyneuropathy",
      "prolonged F waves",
      "conduction block in both tibial nerves",
      "reduced motor amplitudes",
    ],
    "MRI spine": ["enhancement of the cauda equina roots", "no cord compression", "mild lumbar disc bulging"],
    CXR: ["clear lungs", "basal atelectasis"],
  },
  procedures: ["lumbar puncture", "plasma exchange catheter placement", "a first session of plasma exchange"],
  treatments: [
    [rx("immune globulin", "IV", "daily", "25 g", "30 g", "35 g")],
    [rx("gabapentin", "PO", "TID", "100 mg", "300 mg"), rx("carbamazepine", "PO", "BID", "100 mg", "200 mg")],
    [rx("enoxaparin", "SC", "daily", "40 mg"), rx("heparin", "SC", "q8h", "5000 units")],
  ],
  discharge: [
    [
      rx("gabapentin", "PO", "TID", "300 mg", "400 mg", "600 mg"),
      rx("duloxetine", "PO", "daily", "30 mg", "60 mg"),
    ],
    [rx("senna", "PO", "qHS", "8.6 mg", "17.2 mg"), rx("docusate", "PO", "BID", "100 mg")],
  ],
  milestones: [
    "had a stable vital capacity",
    "stood with one helper",
    "walked 20 m with a walker",
    "finished the fifth infusion",
    "could climb one step",
  ],
  complications: [
    ["labile blood pressure", "short-acting drugs"],
    ["a headache after immune globulin", "a slower infusion"],
    ["urinary retention", "intermittent catheterization"],
  ],
  consults: ["physical therapy", "respiratory therapy", "rehabilitation medicine"],
  clinics: ["neuromuscular clinic", "rehabilitation clinic"],
  pending: ["ganglioside antibodies", "repeat nerve conduction study", "stool culture for Campylobacter"],
  advice: [
    "do the home exercises twice a day",
    "use the walker at all times",
    "wear ankle splints at night",
    "rest when the legs tire",
    "check the feet for sores",
  ],
  returnFor: ["trouble breathing", "choking on food", "weaker arms", "a racing heart", "calf pain"],
  avoid: ["venlafaxine"],
};
