/** Convulsive status epilepticus: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const statusEpilepticus: Condition = {
  name: "convulsive status epilepticus",
  short: "CSE",
  ages: [19, 74],
  onset: [1, 6, "hours"],
  stay: [3, 7],
  symptoms: [
    "repeated generalized convulsions",
    "confusion between seizures",
    "tongue biting",
    "loss of bladder control",
    "staring spells",
    "right arm jerking",
    "drowsiness",
  ],
  denies: ["fever", "neck stiffness", "head injury", "chest pain", "new drugs"],
  risks: [
    "running out of levetiracetam",
    "two nights without sleep",
    "stopping alcohol 2 days earlier",
    "a stroke 3 years ago",
    "a new course of bupropion",
  ],
  exam: [
    "a lateral tongue laceration",
    "postictal drowsiness",
    "right gaze deviation",
    "transient right arm weakness",
    "reactive pupils",
    "no neck rigidity",
  ],
  vitals: { temp: [36.8, 38.2], HR: [98, 134], SBP: [124, 172], SpO2: [89, 95] },
  labs: {
    lactate: [3.2, 9.8],
    CK: [420, 3800],
    glucose: [94, 168],
    sodium: [129, 141],
    pH: [7.18, 7.33],
    WBC: [9.6, 17.2],
    magnesium: [1.4, 2],
  },
  followed: ["lactate", 0.8, 1.8],
  studies: {
    EEG: [
      "left temporal sharp waves",
      "diffuse slowing without seizures",
      "periodic discharges on the left",
      "nonconvulsive seizures that stopped with treatment",
    ],
    "MRI brain": ["left mesial temporal sclerosis", "an old right parietal infarct", "no acute lesion"],
    "CT head": ["no bleed or mass", "mild diffuse atrophy"],
  },
  procedures: ["endotracheal intubation", "lumbar puncture", "continuous video monitoring"],
  treatments: [
    [
      rx("lorazepam", "IV", "once", "4 mg"),
      rx("midazolam", "IM", "once", "10 mg"),
      rx("diazepam", "IV", "once", "10 mg"),
    ],
    [
      rx("levetiracetam", "IV", "once", "3 g", "4.5 g"),
      rx("fosphenytoin", "IV", "once", "1400 mg", "1500 mg"),
      rx("valproate", "IV", "once", "2 g", "3 g"),
    ],
    [
      rx("propofol", "IV", "continuous", "20 mcg/kg/min", "40 mcg/kg/min"),
      rx("thiamine", "IV", "daily", "100 mg", "200 mg"),
    ],
  ],
  discharge: [
    [
      rx("levetiracetam", "PO", "BID", "750 mg", "1000 mg", "1500 mg"),
      rx("lacosamide", "PO", "BID", "100 mg", "150 mg"),
      rx("divalproex", "PO", "BID", "500 mg", "750 mg"),
    ],
    [rx("folic acid", "PO", "daily", "1 mg"), rx("midazolam nasal spray", "INH", "PRN", "5 mg")],
  ],
  milestones: [
    "was extubated",
    "was seizure free for 24 hours",
    "was oriented to place and time",
    "walked with a steady gait",
    "took all tablets by mouth",
  ],
  complications: [
    ["aspiration pneumonitis", "chest physiotherapy"],
    ["rhabdomyolysis", "intravenous fluids"],
    ["a posterior shoulder dislocation", "closed reduction"],
  ],
  consults: ["epileptology", "critical care"],
  clinics: ["epilepsy clinic", "neurology clinic"],
  pending: ["antiseizure drug level", "outpatient EEG", "genetic epilepsy panel"],
  advice: [
    "never skip the seizure tablets",
    "do not drive for 6 months",
    "sleep at least 7 hours",
    "take showers instead of baths",
    "avoid alcohol",
  ],
  returnFor: [
    "a seizure over 5 minutes",
    "two seizures in a day",
    "a new rash",
    "unusual sleepiness",
    "thoughts of self-harm",
  ],
  avoid: ["bupropion"],
};
