/** Primary spontaneous pneumothorax: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const pneumothorax: Condition = {
  name: "primary spontaneous pneumothorax",
  short: "PSP",
  ages: [18, 40],
  onset: [2, 24, "hours"],
  stay: [3, 7],
  symptoms: [
    "sudden right chest pain",
    "shortness of breath",
    "pain on deep breathing",
    "shoulder tip pain",
    "dry cough",
    "chest tightness",
  ],
  denies: ["trauma", "fever", "hemoptysis", "palpitations", "leg pain"],
  risks: [
    "a tall thin habitus",
    "daily cannabis smoking",
    "a previous episode on the left",
    "a scuba course last week",
    "an uncle with the same",
  ],
  exam: [
    "absent breath sounds at the right apex",
    "hyperresonance on percussion",
    "a midline trachea",
    "reduced chest movement",
    "no subcutaneous emphysema",
    "no JVD",
  ],
  vitals: { HR: [84, 118], RR: [18, 28], SpO2: [90, 96] },
  labs: {
    WBC: [6.2, 11.8],
    Hgb: [13.4, 16.4],
    "D-dimer": [150, 460],
    troponin: [0, 0.03],
    pO2: [62, 84],
    creatinine: [0.7, 1.1],
    CRP: [2, 18],
  },
  followed: ["pO2", 86, 98],
  studies: {
    CXR: ["a 3 cm apical pneumothorax", "a large right pneumothorax", "a 25% pneumothorax without shift"],
    "CT chest": ["apical blebs", "bilateral subpleural bullae", "a residual apical air pocket"],
  },
  procedures: [
    "chest tube placement",
    "small-bore pigtail drainage",
    "thoracoscopic pleurodesis",
    "needle aspiration",
  ],
  operated: true,
  treatments: [
    [
      rx("ketorolac", "IV", "q6h", "15 mg", "30 mg"),
      rx("hydromorphone", "IV", "q4h", "0.2 mg", "0.5 mg"),
      rx("morphine", "IV", "q4h", "2 mg", "4 mg"),
    ],
    [rx("cefazolin", "IV", "q8h", "1 g"), rx("acetaminophen", "IV", "q6h", "1 g")],
  ],
  discharge: [
    [rx("naproxen", "PO", "BID", "250 mg", "500 mg"), rx("ibuprofen", "PO", "TID", "400 mg", "600 mg")],
    [rx("acetaminophen", "PO", "QID", "500 mg", "650 mg"), rx("tramadol", "PO", "PRN", "50 mg")],
  ],
  courseDays: [3, 7],
  milestones: [
    "had full lung expansion on film",
    "had no air leak on water seal",
    "had the tube removed without recurrence",
    "breathed deeply without pain",
    "walked the ward on room air",
  ],
  complications: [
    ["a persistent air leak", "suction at 20 cm of water"],
    ["reexpansion pulmonary edema", "supplemental oxygen"],
    ["subcutaneous emphysema", "tube repositioning"],
  ],
  consults: ["thoracic surgery", "pulmonology"],
  clinics: ["thoracic surgery clinic", "pulmonary clinic"],
  pending: ["repeat chest X-ray", "pathology of the blebs", "alpha-1 antitrypsin level"],
  advice: [
    "do not fly for 2 weeks",
    "never scuba dive",
    "stop smoking",
    "avoid heavy lifting",
    "keep the dressing dry",
  ],
  returnFor: ["sudden chest pain", "rapid breathing", "wound discharge", "fever", "crackling skin"],
};
