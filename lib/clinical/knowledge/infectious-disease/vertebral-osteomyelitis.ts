/** Vertebral osteomyelitis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const vertebralOsteomyelitis: Condition = {
  name: "vertebral osteomyelitis",
  short: "spinal osteomyelitis",
  ages: [44, 82],
  onset: [3, 10, "weeks"],
  stay: [6, 12],
  symptoms: [
    "low back pain",
    "night pain",
    "low-grade fever",
    "pain on rolling in bed",
    "night sweats",
    "leg tingling",
    "weight loss",
  ],
  denies: ["leg weakness", "bladder incontinence", "trauma", "cough", "dysuria"],
  risks: [
    "a urinary tract infection 2 months ago",
    "a spinal injection in autumn",
    "hemodialysis through a catheter",
    "poorly controlled diabetes",
    "an infected toe last month",
  ],
  exam: [
    "midline tenderness at L3",
    "spasm of the back muscles",
    "full leg strength",
    "normal anal tone",
    "a painful straight leg raise",
    "a tender thoracolumbar junction",
  ],
  vitals: { temp: [37.3, 38.6], HR: [80, 104] },
  labs: {
    ESR: [72, 124],
    CRP: [68, 214],
    WBC: [9.2, 16.8],
    Hgb: [9.6, 12.4],
    ALP: [88, 184],
    creatinine: [0.7, 1.5],
    albumin: [2.7, 3.6],
  },
  followed: ["CRP", 14, 48],
  studies: {
    "MRI spine": [
      "L3-L4 disc infection with endplate edema",
      "T11-T12 osteomyelitis without epidural abscess",
      "an L2-L3 infection with a psoas collection",
    ],
    "blood cultures": [
      "methicillin-susceptible Staphylococcus aureus",
      "Escherichia coli",
      "no growth",
      "methicillin-resistant Staphylococcus aureus",
    ],
    TTE: ["no vegetation", "mild aortic sclerosis"],
  },
  procedures: [
    "image-guided disc biopsy",
    "drainage of a psoas abscess",
    "decompressive laminectomy",
    "peripherally inserted central line placement",
  ],
  treatments: [
    [
      rx("cefazolin", "IV", "q8h", "2 g"),
      rx("vancomycin", "IV", "q12h", "1 g", "1.25 g"),
      rx("ceftriaxone", "IV", "daily", "2 g"),
      rx("daptomycin", "IV", "daily", "500 mg", "600 mg"),
    ],
    [rx("gabapentin", "PO", "TID", "100 mg", "300 mg"), rx("methocarbamol", "PO", "TID", "500 mg", "750 mg")],
    [rx("oxycodone", "PO", "q6h", "5 mg", "10 mg"), rx("acetaminophen", "PO", "q8h", "1 g")],
  ],
  discharge: [
    [
      rx("cefazolin", "IV", "q8h", "2 g"),
      rx("daptomycin", "IV", "daily", "500 mg", "600 mg"),
      rx("levofloxacin", "PO", "daily", "750 mg"),
    ],
    [
      rx("gabapentin", "PO", "TID", "300 mg"),
      rx("celecoxib", "PO", "BID", "100 mg", "200 mg"),
      rx("lidocaine patch", "TOP", "daily", "5%"),
    ],
  ],
  courseDays: [30, 42],
  milestones: [
    "walked with a brace",
    "slept through the night",
    "needed half the opioids",
    "had sterile repeat cultures",
    "climbed a flight of stairs",
  ],
  complications: [
    ["an epidural abscess", "surgical drainage"],
    ["a line-related arm clot", "line removal"],
    ["constipation from opioids", "a bowel regimen"],
  ],
  consults: ["spine surgery", "interventional radiology"],
  clinics: ["infectious disease clinic", "spine clinic"],
  pending: ["final bone culture", "weekly inflammatory markers", "repeat spine imaging"],
  advice: [
    "wear the brace when upright",
    "keep the line dressing clean",
    "do not lift or twist",
    "walk a little every hour",
    "have blood drawn weekly",
  ],
  returnFor: [
    "leg weakness",
    "loss of bladder control",
    "fever",
    "numbness in the saddle area",
    "swelling of the arm with the line",
  ],
};
