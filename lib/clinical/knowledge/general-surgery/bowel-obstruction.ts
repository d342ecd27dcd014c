/** Small bowel obstruction: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const bowelObstruction: Condition = {
  name: "small bowel obstruction",
  short: "SBO",
  ages: [36, 88],
  onset: [10, 72, "hours"],
  stay: [4, 9],
  symptoms: [
    "cramping abdominal pain",
    "vomiting",
    "abdominal distension",
    "no passage of stool",
    "no passage of gas",
    "bilious vomit",
    "bloating",
  ],
  denies: ["fever", "bloody stools", "dysuria", "chest pain", "weight loss"],
  risks: [
    "an open hysterectomy 12 years ago",
    "an appendectomy in youth",
    "colon surgery 3 years ago",
    "two earlier obstructions",
    "a ventral hernia",
  ],
  exam: [
    "a distended tympanic abdomen",
    "high-pitched bowel sounds",
    "a midline scar",
    "diffuse tenderness without rebound",
    "an empty rectum",
    "dry mucous membranes",
  ],
  vitals: { HR: [90, 118], SBP: [102, 138] },
  labs: {
    WBC: [9.6, 15.8],
    lactate: [1, 2.8],
    potassium: [3, 3.8],
    creatinine: [0.9, 1.8],
    BUN: [20, 48],
    bicarbonate: [26, 34],
    sodium: [132, 143],
  },
  followed: ["potassium", 3.9, 4.5],
  studies: {
    "CT abdomen": [
      "a transition point in the right lower quadrant",
      "dilated small bowel to 4 cm",
      "a closed loop without ischemia",
      "an adhesive band in the pelvis",
    ],
    KUB: ["multiple air-fluid levels", "contrast in the colon at 8 hours", "dilated central loops"],
    "X-ray": ["no free air", "a well-placed nasogastric tube"],
  },
  procedures: [
    "nasogastric decompression",
    "laparoscopic lysis of adhesions",
    "open lysis of adhesions",
    "segmental small bowel resection",
  ],
  treatments: [
    [rx("lactated Ringer's", "IV", "continuous", "100 mL/h", "125 mL/h")],
    [rx("diatrizoate", "PO", "once", "100 mL"), rx("potassium chloride", "IV", "q4h", "10 mEq", "20 mEq")],
    [
      rx("hydromorphone", "IV", "q4h", "0.2 mg", "0.5 mg"),
      rx("ondansetron", "IV", "q6h", "4 mg"),
      rx("acetaminophen", "IV", "q6h", "1 g"),
    ],
  ],
  discharge: [
    [rx("polyethylene glycol", "PO", "daily", "17 g"), rx("docusate", "PO", "BID", "100 mg")],
    [rx("acetaminophen", "PO", "QID", "500 mg", "650 mg"), rx("simethicone", "PO", "QID", "80 mg")],
  ],
  milestones: [
    "passed flatus and stool",
    "had the nasogastric tube removed",
    "tolerated a low-residue diet",
    "had a soft abdomen",
    "walked the ward four times",
  ],
  complications: [
    ["aspiration pneumonitis", "chest physiotherapy"],
    ["a wound infection", "opening of the wound"],
    ["a prolonged ileus", "parenteral nutrition"],
  ],
  consults: ["nutrition", "anesthesiology"],
  clinics: ["surgery clinic", "nutrition clinic"],
  pending: ["small bowel pathology", "electrolytes in 1 week", "a wound check"],
  advice: [
    "chew food well",
    "eat small low-fiber meals",
    "walk every day",
    "drink two liters a day",
    "lift nothing heavy for 6 weeks",
  ],
  returnFor: ["vomiting", "a swollen belly", "no gas for a day", "fever", "severe pain"],
};
