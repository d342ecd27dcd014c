/** Acute appendicitis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const appendicitis: Condition = {
  name: "acute appendicitis",
  short: "appendicitis",
  ages: [18, 62],
  onset: [8, 60, "hours"],
  stay: [2, 5],
  symptoms: [
    "right lower abdominal pain",
    "nausea",
    "loss of appetite",
    "vomiting",
    "low-grade fever",
    "pain that moved from the navel",
    "pain on walking",
  ],
  denies: ["diarrhea", "dysuria", "vaginal discharge", "chest pain", "earlier surgery"],
  risks: [
    "a similar attack that settled last year",
    "a brother with the same operation",
    "a meal of popcorn the day before",
    "recent constipation",
    "laxatives taken for the pain",
  ],
  exam: [
    "tenderness at McBurney point",
    "rebound tenderness",
    "a positive Rovsing sign",
    "guarding of the right lower quadrant",
    "a positive psoas sign",
    "quiet bowel sounds",
  ],
  vitals: { temp: [37.5, 38.8], HR: [86, 114] },
  labs: {
    WBC: [11.8, 19.6],
    CRP: [22, 148],
    lactate: [0.8, 2.1],
    creatinine: [0.6, 1.1],
    bilirubin: [0.5, 1.7],
    sodium: [134, 141],
    Hgb: [12.2, 16],
  },
  followed: ["WBC", 6.6, 10.4],
  studies: {
    "CT abdomen": [
      "a 12 mm appendix with fat stranding",
      "an appendicolith with wall thickening",
      "a dilated appendix without abscess",
      "a contained perforation",
    ],
    "abdominal US": ["a noncompressible 9 mm appendix", "free fluid in the right lower quadrant"],
    UA: ["no infection", "a few white cells"],
  },
  procedures: ["laparoscopic appendectomy", "open appendectomy", "laparoscopic appendectomy with washout"],
  treatments: [
    [
      rx("cefoxitin", "IV", "q6h", "2 g"),
      rx("piperacillin-tazobactam", "IV", "q6h", "3.375 g"),
      rx("ciprofloxacin", "IV", "q12h", "400 mg"),
    ],
    [rx("metronidazole", "IV", "q8h", "500 mg"), rx("acetaminophen", "IV", "q6h", "1 g")],
    [rx("hydromorphone", "IV", "q4h", "0.2 mg", "0.5 mg"), rx("ketorolac", "IV", "q6h", "15 mg", "30 mg")],
  ],
  discharge: [
    [
      rx("amoxicillin-clavulanate", "PO", "BID", "875 mg"),
      rx("cefuroxime", "PO", "BID", "500 mg"),
      rx("ciprofloxacin", "PO", "BID", "500 mg"),
    ],
    [
      rx("oxycodone", "PO", "PRN", "5 mg"),
      rx("ibuprofen", "PO", "TID", "400 mg", "600 mg"),
      rx("acetaminophen", "PO", "QID", "650 mg", "1 g"),
    ],
  ],
  courseDays: [3, 7],
  milestones: [
    "tolerated a regular diet",
    "passed flatus",
    "walked the stairs",
    "had pain controlled by tablets",
    "was afebrile after surgery",
  ],
  complications: [
    ["a pelvic abscess", "image-guided drainage"],
    ["a postoperative ileus", "bowel rest"],
    ["urinary retention", "catheterization"],
  ],
  consults: ["anesthesiology", "infectious disease"],
  clinics: ["surgery clinic", "wound clinic"],
  pending: ["appendix pathology", "intraoperative culture", "a wound check"],
  advice: [
    "lift nothing above 5 kg for 2 weeks",
    "shower but do not bathe",
    "walk several times a day",
    "eat fiber and drink water",
    "leave the strips on",
  ],
  returnFor: [
    "fever",
    "spreading redness of the wound",
    "vomiting",
    "worsening belly pain",
    "pus from a wound",
  ],
};
