/** Incarcerated inguinal hernia: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const incarceratedHernia: Condition = {
  name: "incarcerated inguinal hernia",
  short: "incarcerated hernia",
  ages: [34, 86],
  onset: [4, 48, "hours"],
  stay: [2, 5],
  symptoms: [
    "a painful groin lump",
    "nausea",
    "vomiting",
    "cramping abdominal pain",
    "bloating",
    "no passage of gas",
    "groin pressure",
  ],
  denies: ["fever", "dysuria", "hematuria", "chest pain", "diarrhea"],
  risks: [
    "moving furniture the day before",
    "a hernia known for 8 years",
    "chronic cough",
    "straining from constipation",
    "an earlier repair on the other side",
  ],
  exam: [
    "a firm tender right groin mass",
    "an irreducible left groin mass",
    "no overlying redness",
    "mild distension",
    "no bowel sounds over the lump",
    "tenderness along the cord",
  ],
  vitals: { HR: [86, 112] },
  labs: {
    lactate: [0.9, 2.6],
    WBC: [8.8, 15.4],
    creatinine: [0.8, 1.4],
    potassium: [3.4, 4.4],
    Hgb: [12.4, 16],
    CRP: [4, 58],
    INR: [0.9, 1.2],
  },
  followed: ["WBC", 6.4, 8.7],
  studies: {
    "CT abdomen": [
      "a small bowel loop in the right inguinal canal",
      "a fat-containing left hernia with stranding",
      "a loop without wall ischemia",
    ],
    "abdominal US": ["a nonreducible bowel loop", "free fluid in the hernia sac"],
    ECG: ["normal sinus rhythm", "a left bundle branch block"],
  },
  procedures: ["open mesh repair", "laparoscopic hernia repair", "open repair with bowel resection"],
  operated: true,
  treatments: [
    [rx("cefazolin", "IV", "once", "2 g"), rx("clindamycin", "IV", "once", "600 mg", "900 mg")],
    [rx("hydromorphone", "IV", "q4h", "0.2 mg", "0.5 mg"), rx("fentanyl", "IV", "PRN", "25 mcg", "50 mcg")],
    [
      rx("lactated Ringer's", "IV", "continuous", "75 mL/h", "100 mL/h"),
      rx("ondansetron", "IV", "q8h", "4 mg"),
    ],
  ],
  discharge: [
    [
      rx("oxycodone", "PO", "q6h", "5 mg"),
      rx("tramadol", "PO", "q6h", "50 mg"),
      rx("ibuprofen", "PO", "TID", "400 mg", "600 mg"),
    ],
    [rx("docusate", "PO", "BID", "100 mg"), rx("senna", "PO", "qHS", "8.6 mg", "17.2 mg")],
  ],
  courseDays: [3, 5],
  milestones: [
    "voided without help",
    "ate a regular meal",
    "walked with a supported groin",
    "passed flatus",
    "had a dry wound",
  ],
  complications: [
    ["a scrotal hematoma", "elevation and ice"],
    ["urinary retention", "catheterization"],
    ["a wound seroma", "observation"],
  ],
  consults: ["anesthesiology", "cardiology"],
  clinics: ["surgery clinic", "wound clinic"],
  pending: ["a wound check", "bowel pathology", "repair of the other side"],
  advice: [
    "lift nothing above 5 kg for 6 weeks",
    "ice the groin for 2 days",
    "wear tight underwear",
    "avoid straining",
    "shower after 48 hours",
  ],
  returnFor: ["a new lump", "fever", "vomiting", "redness of the wound", "inability to urinate"],
};
