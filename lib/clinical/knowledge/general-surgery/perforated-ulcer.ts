/** Perforated peptic ulcer: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const perforatedUlcer: Condition = {
  name: "perforated peptic ulcer",
  short: "PPU",
  ages: [32, 80],
  onset: [3, 24, "hours"],
  stay: [5, 10],
  symptoms: [
    "sudden upper abdominal pain",
    "shoulder pain",
    "vomiting",
    "a rigid belly",
    "sweating",
    "lightheadedness",
    "pain on any movement",
  ],
  denies: ["diarrhea", "dysuria", "black stools", "cough", "fever"],
  risks: [
    "high-dose ibuprofen for weeks",
    "an ulcer 10 years ago",
    "smoking two packs a day",
    "untreated Helicobacter pylori",
    "prednisone without stomach protection",
  ],
  exam: [
    "board-like rigidity",
    "absent bowel sounds",
    "rebound in all quadrants",
    "loss of liver dullness",
    "cool hands",
    "shallow breathing",
  ],
  vitals: { HR: [104, 132], SBP: [92, 124], temp: [36.9, 38.6], RR: [20, 28] },
  labs: {
    WBC: [13.2, 22.4],
    lactate: [1.8, 4.6],
    creatinine: [0.9, 1.9],
    Hgb: [11.2, 15.4],
    lipase: [28, 142],
    CRP: [32, 246],
    albumin: [2.6, 3.6],
  },
  followed: ["lactate", 0.7, 1.5],
  studies: {
    CXR: ["free air under the right diaphragm", "bilateral subdiaphragmatic air"],
    "CT abdomen": [
      "free air and a duodenal wall defect",
      "a prepyloric perforation with free fluid",
      "pneumoperitoneum",
    ],
    ECG: ["sinus tachycardia", "no ischemia"],
  },
  procedures: [
    "laparoscopic omental patch repair",
    "open omental patch repair",
    "exploratory laparotomy with washout",
  ],
  operated: true,
  treatments: [
    [
      rx("piperacillin-tazobactam", "IV", "q6h", "3.375 g", "4.5 g"),
      rx("ertapenem", "IV", "daily", "1 g"),
      rx("levofloxacin", "IV", "daily", "750 mg"),
    ],
    [rx("pantoprazole", "IV", "BID", "40 mg"), rx("esomeprazole", "IV", "BID", "40 mg")],
    [rx("fluconazole", "IV", "daily", "400 mg"), rx("hydromorphone", "IV", "q4h", "0.5 mg")],
  ],
  discharge: [
    [rx("pantoprazole", "PO", "BID", "40 mg"), rx("omeprazole", "PO", "BID", "20 mg", "40 mg")],
    [
      rx("bismuth subsalicylate", "PO", "QID", "524 mg"),
      rx("acetaminophen", "PO", "QID", "500 mg", "650 mg"),
    ],
  ],
  courseDays: [28, 56],
  milestones: [
    "had no leak on contrast study",
    "ate soft food",
    "had the drain removed",
    "walked to the end of the hall",
    "was off intravenous opioids",
  ],
  complications: [
    ["a subphrenic abscess", "image-guided drainage"],
    ["a wound infection", "opening of the wound"],
    ["pneumonia of the left base", "antibiotics"],
  ],
  consults: ["critical care", "gastroenterology"],
  clinics: ["surgery clinic", "gastroenterology clinic"],
  pending: ["Helicobacter stool antigen", "endoscopy in 6 weeks", "ulcer biopsy"],
  advice: [
    "take no ibuprofen or aspirin",
    "stop smoking",
    "take the acid blocker before meals",
    "eat small meals",
    "lift nothing above 5 kg",
  ],
  returnFor: ["sudden belly pain", "vomiting blood", "black stools", "fever", "pus from the wound"],
  avoid: ["aspirin", "gastroesophageal reflux disease"],
};
