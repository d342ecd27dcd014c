/** Cellulitis of the lower leg: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const cellulitis: Condition = {
  name: "cellulitis of the lower leg",
  short: "leg cellulitis",
  ages: [34, 86],
  onset: [1, 6, "days"],
  stay: [2, 6],
  symptoms: [
    "leg redness",
    "leg swelling",
    "burning leg pain",
    "fever",
    "chills",
    "a weeping blister",
    "trouble bearing weight",
  ],
  denies: ["trauma", "chest pain", "dyspnea", "calf cramps", "insect bites"],
  risks: [
    "cracked skin between the toes",
    "chronic leg swelling",
    "a scratch from gardening",
    "obesity with venous stasis",
    "an earlier episode in the same leg",
  ],
  exam: [
    "warm erythema to the knee",
    "tender inguinal nodes",
    "pitting edema of the left leg",
    "macerated toe webs",
    "no crepitus",
    "a 4 cm bulla on the shin",
  ],
  vitals: { temp: [37.8, 39.2], HR: [88, 112], SBP: [108, 146] },
  labs: {
    WBC: [11.8, 19.4],
    CRP: [62, 218],
    lactate: [0.9, 2.3],
    creatinine: [0.7, 1.4],
    glucose: [94, 214],
    CK: [64, 230],
    procalcitonin: [0.2, 2.8],
  },
  followed: ["WBC", 6.8, 10.4],
  studies: {
    "venous duplex": ["no deep vein thrombosis", "subcutaneous edema without clot", "a reactive groin node"],
    "X-ray": ["soft tissue swelling without gas", "no bony change"],
    "blood cultures": ["no growth", "group A Streptococcus in one bottle"],
  },
  procedures: [
    "drainage of a blister",
    "incision and drainage of an abscess",
    "skin marking and compression bandaging",
  ],
  treatments: [
    [
      rx("cefazolin", "IV", "q8h", "1 g", "2 g"),
      rx("vancomycin", "IV", "q12h", "1 g", "1.25 g", "1.5 g"),
      rx("clindamycin", "IV", "q8h", "600 mg"),
    ],
    [rx("acetaminophen", "PO", "q6h", "650 mg", "1 g"), rx("ketorolac", "IV", "q8h", "15 mg")],
    [rx("terbinafine cream", "TOP", "BID", "1 g"), rx("clotrimazole cream", "TOP", "BID", "1 g")],
  ],
  discharge: [
    [
      rx("cephalexin", "PO", "QID", "500 mg"),
      rx("clindamycin", "PO", "TID", "300 mg", "450 mg"),
      rx("doxycycline", "PO", "BID", "100 mg"),
      rx("linezolid", "PO", "BID", "600 mg"),
    ],
    [
      rx("terbinafine cream", "TOP", "BID", "1 g"),
      rx("acetaminophen", "PO", "PRN", "500 mg", "650 mg"),
      rx("urea cream", "TOP", "daily", "5 g"),
    ],
  ],
  courseDays: [5, 10],
  milestones: [
    "had redness well inside the marked line",
    "bore full weight on the leg",
    "was switched to oral antibiotics",
    "was afebrile overnight",
    "had a dry flat blister",
  ],
  complications: [
    ["an abscess of the calf", "drainage"],
    ["an itching rash", "a change of antibiotic"],
    ["acute kidney injury from vancomycin", "intravenous fluids"],
  ],
  consults: ["wound care", "dermatology"],
  clinics: ["wound clinic", "vascular clinic"],
  pending: ["wound culture", "ankle-brachial index", "blood cultures at 5 days"],
  advice: [
    "raise the leg when sitting",
    "treat the toe webs for 4 weeks",
    "moisturize the skin daily",
    "wear compression stockings once healed",
    "finish the tablets",
  ],
  returnFor: ["redness past the line", "black skin", "severe pain", "fever", "a numb foot"],
};
