/** Severe hyperkalemia in chronic kidney disease: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const hyperkalemia: Condition = {
  name: "severe hyperkalemia in chronic kidney disease",
  short: "hyperK",
  ages: [52, 88],
  onset: [1, 4, "days"],
  stay: [2, 5],
  symptoms: [
    "muscle weakness",
    "palpitations",
    "tingling of the hands",
    "fatigue",
    "nausea",
    "heaviness of the legs",
    "lightheadedness",
  ],
  denies: ["chest pain", "syncope", "diarrhea", "dyspnea", "fever"],
  risks: [
    "a salt substitute used for a month",
    "newly started spironolactone",
    "a missed dialysis session",
    "trimethoprim for a bladder infection",
    "many bananas and tomatoes daily",
  ],
  exam: [
    "symmetric proximal weakness",
    "depressed reflexes",
    "an irregular slow pulse",
    "mild ankle edema",
    "clear lungs",
    "a working fistula on the left",
  ],
  vitals: { HR: [42, 64], SBP: [126, 172] },
  labs: {
    potassium: [6.6, 8.1],
    creatinine: [3.2, 7.4],
    BUN: [52, 104],
    bicarbonate: [13, 19],
    glucose: [88, 164],
    phosphate: [4.8, 7.6],
    Hgb: [8.6, 11.4],
  },
  followed: ["potassium", 4.3, 5.2],
  studies: {
    ECG: [
      "peaked T waves",
      "a widened QRS complex",
      "a prolonged PR interval with peaked T waves",
      "loss of P waves",
    ],
    "renal US": ["small echogenic kidneys", "bilateral cortical thinning"],
    CXR: ["mild vascular congestion", "no edema"],
  },
  procedures: ["urgent hemodialysis", "dialysis catheter placement"],
  treatments: [
    [rx("calcium gluconate", "IV", "once", "1 g", "2 g", "3 g"), rx("calcium chloride", "IV", "once", "1 g")],
    [rx("regular insulin", "IV", "once", "5 units", "10 units")],
    [
      rx("albuterol", "INH", "once", "10 mg", "20 mg"),
      rx("sodium zirconium cyclosilicate", "PO", "TID", "10 g"),
    ],
  ],
  discharge: [
    [
      rx("patiromer", "PO", "daily", "8.4 g", "16.8 g"),
      rx("sodium zirconium cyclosilicate", "PO", "daily", "5 g", "10 g"),
    ],
    [
      rx("furosemide", "PO", "BID", "40 mg", "80 mg"),
      rx("chlorthalidone", "PO", "daily", "12.5 mg", "25 mg"),
      rx("calcitriol", "PO", "daily", "0.25 mcg", "0.5 mcg"),
    ],
  ],
  milestones: [
    "had a normal rhythm on the monitor",
    "climbed stairs again",
    "had normal T waves",
    "was moved off telemetry",
    "had a safe potassium without rescue drugs",
  ],
  complications: [
    ["hypoglycemia after insulin", "dextrose"],
    ["bradycardia", "atropine"],
    ["flash pulmonary edema", "urgent ultrafiltration"],
  ],
  consults: ["cardiology", "renal dietetics"],
  clinics: ["kidney clinic", "dialysis access clinic"],
  pending: ["potassium in 3 days", "vein mapping for a fistula", "hepatitis B surface antibody"],
  advice: [
    "avoid bananas, tomatoes and potatoes",
    "use no salt substitute",
    "stop spironolactone",
    "keep every dialysis session",
    "meet the dietitian",
  ],
  returnFor: [
    "new weakness",
    "palpitations",
    "fainting",
    "a missed dialysis session",
    "nausea with little urine",
  ],
  avoid: ["lisinopril", "losartan", "chronic kidney disease", "metformin"],
};
