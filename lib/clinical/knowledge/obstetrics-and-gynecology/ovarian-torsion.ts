/** Ovarian torsion: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const ovarianTorsion: Condition = {
  name: "ovarian torsion",
  short: "torsion",
  sex: "F",
  ages: [18, 46],
  onset: [3, 30, "hours"],
  stay: [2, 4],
  symptoms: [
    "sudden right pelvic pain",
    "vomiting",
    "waves of cramping",
    "flank pain",
    "nausea",
    "lightheadedness",
    "pain after exercise",
  ],
  denies: ["fever", "vaginal bleeding", "dysuria", "diarrhea", "vaginal discharge"],
  risks: [
    "a known dermoid cyst",
    "ovulation induction",
    "polycystic ovaries",
    "an earlier torsion on the left",
    "a hard spinning class",
  ],
  exam: [
    "a tender right adnexal mass",
    "voluntary guarding",
    "no cervical motion tenderness",
    "right lower quadrant tenderness",
    "a soft upper abdomen",
    "mild pallor",
  ],
  vitals: { HR: [88, 114], SBP: [108, 142] },
  labs: {
    WBC: [9.2, 15.6],
    hCG: [0, 4],
    Hgb: [11.4, 14.2],
    CRP: [3, 34],
    lactate: [0.8, 2.2],
    creatinine: [0.5, 0.9],
    PLT: [192, 344],
  },
  followed: ["WBC", 6.2, 9],
  studies: {
    "pelvic US": [
      "a 7 cm right ovary without flow",
      "a twisted pedicle",
      "a 6 cm dermoid with an enlarged ovary",
      "peripheral follicles and free fluid",
    ],
    "CT abdomen": ["a right adnexal mass with fat", "an enlarged midline ovary"],
  },
  procedures: ["laparoscopic detorsion", "laparoscopic detorsion with cystectomy", "right oophorectomy"],
  operated: true,
  treatments: [
    [rx("ketorolac", "IV", "q6h", "15 mg", "30 mg"), rx("morphine", "IV", "q4h", "2 mg", "4 mg")],
    [rx("ondansetron", "IV", "q6h", "4 mg"), rx("promethazine", "IV", "q6h", "12.5 mg")],
    [
      rx("lactated Ringer's", "IV", "continuous", "100 mL/h", "125 mL/h"),
      rx("acetaminophen", "IV", "q6h", "1 g"),
    ],
  ],
  discharge: [
    [
      rx("ibuprofen", "PO", "TID", "600 mg"),
      rx("naproxen", "PO", "BID", "500 mg"),
      rx("acetaminophen", "PO", "QID", "650 mg", "1 g"),
    ],
    [
      rx("oxycodone", "PO", "PRN", "5 mg"),
      rx("docusate", "PO", "BID", "100 mg"),
      rx("ondansetron", "PO", "PRN", "4 mg"),
    ],
  ],
  courseDays: [3, 6],
  milestones: [
    "was free of vomiting",
    "walked bent only slightly",
    "tolerated a regular diet",
    "voided after catheter removal",
    "had pain controlled by tablets",
  ],
  complications: [
    ["a fever after surgery", "incentive spirometry"],
    ["a port site hematoma", "compression"],
    ["urinary retention", "catheterization"],
  ],
  consults: ["anesthesiology", "fertility medicine"],
  clinics: ["gynecology clinic", "fertility clinic"],
  pending: ["cyst pathology", "pelvic ultrasound in 8 weeks", "tumor markers"],
  advice: [
    "rest for one week",
    "avoid hard exercise for 4 weeks",
    "shower after 24 hours",
    "take contraceptive tablets if prescribed",
    "lift nothing above 5 kg",
  ],
  returnFor: ["sudden pelvic pain", "vomiting", "fever", "a red wound", "heavy bleeding"],
};
