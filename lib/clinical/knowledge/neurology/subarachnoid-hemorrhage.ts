/** Aneurysmal subarachnoid hemorrhage: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const subarachnoidHemorrhage: Condition = {
  name: "aneurysmal subarachnoid hemorrhage",
  short: "aSAH",
  ages: [36, 74],
  onset: [1, 20, "hours"],
  stay: [9, 18],
  symptoms: [
    "sudden worst headache",
    "neck stiffness",
    "vomiting",
    "light sensitivity",
    "brief loss of consciousness",
    "double vision",
    "drowsiness",
  ],
  denies: ["head injury", "fever", "earlier headaches of this kind", "limb weakness", "cocaine use"],
  risks: [
    "a mother with a brain aneurysm",
    "smoking a pack a day for 30 years",
    "polycystic kidneys",
    "untreated high blood pressure",
    "heavy weight lifting before the onset",
  ],
  exam: [
    "neck rigidity",
    "a right third nerve palsy",
    "no focal weakness",
    "retinal hemorrhages",
    "a Glasgow coma score of 14",
    "photophobia",
  ],
  vitals: { SBP: [148, 198], DBP: [84, 108], HR: [58, 98] },
  labs: {
    sodium: [128, 137],
    troponin: [0.01, 0.32],
    glucose: [112, 188],
    WBC: [9.8, 16.8],
    INR: [0.9, 1.1],
    PLT: [174, 322],
    magnesium: [1.5, 2.1],
  },
  followed: ["sodium", 136, 142],
  studies: {
    "CT head": [
      "blood in the basal cisterns",
      "diffuse subarachnoid blood with early hydrocephalus",
      "blood in the right sylvian fissure",
    ],
    CTA: [
      "a 7 mm anterior communicating aneurysm",
      "a 5 mm right posterior communicating aneurysm",
      "a basilar tip aneurysm",
      "a 6 mm middle cerebral aneurysm",
    ],
    TTE: ["apical hypokinesis", "normal left ventricular function"],
  },
  procedures: [
    "coil embolization of the aneurysm",
    "surgical clipping of the aneurysm",
    "external ventricular drain placement",
  ],
  operated: true,
  treatments: [
    [rx("nimodipine", "PO", "q4h", "60 mg")],
    [
      rx("nicardipine", "IV", "continuous", "5 mg/h", "10 mg/h"),
      rx("clevidipine", "IV", "continuous", "2 mg/h", "4 mg/h"),
    ],
    [rx("levetiracetam", "IV", "q12h", "500 mg", "1000 mg"), rx("acetaminophen", "PO", "q6h", "650 mg")],
  ],
  discharge: [
    [rx("nimodipine", "PO", "q4h", "60 mg")],
    [
      rx("butalbital-acetaminophen", "PO", "PRN", "50-325 mg"),
      rx("acetaminophen", "PO", "QID", "500 mg", "650 mg"),
      rx("levetiracetam", "PO", "BID", "500 mg"),
    ],
  ],
  courseDays: [5, 12],
  milestones: [
    "had the drain removed",
    "was moved out of intensive care",
    "walked the corridor with therapy",
    "had normal flow velocities",
    "had little headache without opioids",
  ],
  complications: [
    ["symptomatic vasospasm", "induced hypertension"],
    ["hydrocephalus", "ventricular drainage"],
    ["cerebral salt wasting", "hypertonic saline"],
  ],
  consults: ["neurosurgery", "critical care"],
  clinics: ["neurosurgery clinic", "neurovascular clinic"],
  pending: ["follow-up angiogram", "family screening", "neuropsychological testing"],
  advice: [
    "lift nothing above 5 kg",
    "stop smoking",
    "take nimodipine around the clock",
    "rest in a quiet room",
    "avoid straining",
  ],
  returnFor: ["a sudden severe headache", "confusion", "new weakness", "fainting", "fluid from the wound"],
  avoid: ["aspirin", "sumatriptan", "migraine"],
};
