/** Acute ischemic stroke: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const ischemicStroke: Condition = {
  name: "acute ischemic stroke",
  short: "AIS",
  ages: [48, 91],
  onset: [1, 12, "hours"],
  stay: [3, 8],
  symptoms: [
    "left arm weakness",
    "slurred speech",
    "facial droop",
    "gait imbalance",
    "left-sided numbness",
    "heaviness of the left leg",
    "loss of half of the visual field",
  ],
  denies: ["headache", "seizure", "neck pain", "head injury", "palpitations"],
  risks: [
    "untreated atrial fibrillation",
    "a transient ischemic attack last spring",
    "a 40 pack-year smoking history",
    "stopping the blood thinner for a tooth extraction",
    "blood pressure above 180 at home",
  ],
  exam: [
    "left pronator drift",
    "a left central facial palsy",
    "dysarthria",
    "neglect of the left side",
    "an extensor plantar response",
    "a left carotid bruit",
  ],
  vitals: { SBP: [152, 204], DBP: [82, 112], HR: [68, 104] },
  labs: {
    LDL: [98, 188],
    HbA1c: [5.4, 8.8],
    glucose: [102, 212],
    troponin: [0, 0.08],
    INR: [0.9, 1.2],
    PLT: [164, 332],
    creatinine: [0.7, 1.4],
  },
  followed: ["glucose", 92, 124],
  studies: {
    "MRI brain": [
      "restricted diffusion in the right middle cerebral artery territory",
      "an acute right pontine infarct",
      "scattered embolic infarcts",
      "a right thalamic lacunar infarct",
    ],
    CTA: [
      "a right middle cerebral artery occlusion",
      "no large vessel occlusion",
      "60% stenosis of the right carotid",
      "a fetal origin of the posterior cerebral artery",
    ],
    "CT head": ["no hemorrhage", "early loss of the insular ribbon", "a dense artery sign"],
    TTE: ["a dilated left atrium", "no thrombus", "a patent foramen ovale"],
  },
  procedures: [
    "mechanical thrombectomy",
    "carotid endarterectomy",
    "a formal swallow study",
    "loop recorder implantation",
  ],
  treatments: [
    [
      rx("alteplase", "IV", "once", "54 mg", "63 mg", "72 mg"),
      rx("tenecteplase", "IV", "once", "17.5 mg", "20 mg", "25 mg"),
      rx("aspirin", "PO", "once", "325 mg"),
    ],
    [
      rx("nicardipine", "IV", "continuous", "5 mg/h", "7.5 mg/h"),
      rx("labetalol", "IV", "PRN", "10 mg", "20 mg"),
    ],
    [rx("atorvastatin", "PO", "qHS", "80 mg")],
  ],
  discharge: [
    [
      rx("apixaban", "PO", "BID", "5 mg"),
      rx("clopidogrel", "PO", "daily", "75 mg"),
      rx("aspirin", "PO", "daily", "81 mg"),
    ],
    [rx("atorvastatin", "PO", "qHS", "40 mg", "80 mg"), rx("rosuvastatin", "PO", "qHS", "20 mg", "40 mg")],
  ],
  milestones: [
    "passed the swallow test",
    "lifted the left arm against gravity",
    "walked 50 m with a frame",
    "spoke in short sentences",
    "dressed with little help",
  ],
  complications: [
    ["hemorrhagic transformation", "blood pressure control"],
    ["aspiration pneumonia", "antibiotics"],
    ["new atrial fibrillation", "rate control"],
  ],
  consults: ["physical therapy", "speech therapy", "vascular surgery"],
  clinics: ["stroke clinic", "rehabilitation clinic"],
  pending: ["thirty-day heart monitor", "lipid panel in 6 weeks", "carotid ultrasound"],
  advice: [
    "do not drive until cleared",
    "exercise the weak hand daily",
    "check blood pressure twice a day",
    "use thickened liquids",
    "stop smoking",
  ],
  returnFor: [
    "new weakness",
    "a sudden severe headache",
    "trouble swallowing",
    "loss of vision",
    "heavy bleeding",
  ],
  avoid: ["sumatriptan", "hyperlipidemia"],
};
