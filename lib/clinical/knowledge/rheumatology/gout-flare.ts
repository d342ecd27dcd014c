/** Polyarticular gout flare: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const goutFlare: Condition = {
  name: "polyarticular gout flare",
  short: "gout flare",
  ages: [44, 84],
  onset: [1, 5, "days"],
  stay: [2, 5],
  symptoms: [
    "right knee pain",
    "left ankle swelling",
    "big toe pain",
    "fever",
    "inability to walk",
    "wrist pain",
    "chills",
  ],
  denies: ["trauma", "rash", "dysuria", "back pain", "chest pain"],
  risks: [
    "a doubled dose of furosemide",
    "a feast with red meat",
    "stopping allopurinol last month",
    "surgery the week before",
    "six beers a day",
  ],
  exam: [
    "a warm right knee effusion",
    "tophi on both elbows",
    "a red first toe joint",
    "a swollen left ankle",
    "painful wrist extension",
    "no skin break",
  ],
  vitals: { temp: [37.4, 38.7], HR: [88, 110], SBP: [128, 162] },
  labs: {
    "uric acid": [8.2, 12.4],
    CRP: [82, 238],
    ESR: [48, 96],
    WBC: [11.2, 16.4],
    "synovial WBC": [14, 62],
    creatinine: [1, 2.1],
    glucose: [98, 168],
  },
  followed: ["CRP", 12, 58],
  studies: {
    "X-ray": [
      "erosions with overhanging edges",
      "soft tissue swelling of the ankle",
      "a joint effusion without fracture",
    ],
    "joint fluid": ["needle-shaped crystals without bacteria", "negative birefringent crystals"],
    "blood cultures": ["no growth", "no growth at 48 hours"],
  },
  procedures: [
    "arthrocentesis of the right knee",
    "steroid injection of the right knee",
    "arthrocentesis of the left ankle",
  ],
  treatments: [
    [
      rx("colchicine", "PO", "BID", "0.6 mg"),
      rx("methylprednisolone", "IV", "daily", "40 mg", "60 mg"),
      rx("anakinra", "SC", "daily", "100 mg"),
    ],
    [rx("acetaminophen", "PO", "q6h", "650 mg", "1 g"), rx("hydromorphone", "IV", "q4h", "0.2 mg", "0.5 mg")],
  ],
  discharge: [
    [rx("prednisone", "PO", "daily", "20 mg", "30 mg", "40 mg")],
    [
      rx("colchicine", "PO", "daily", "0.6 mg"),
      rx("allopurinol", "PO", "daily", "100 mg"),
      rx("febuxostat", "PO", "daily", "40 mg"),
    ],
  ],
  courseDays: [5, 10],
  milestones: [
    "walked with a cane",
    "bent the knee to 90 degrees",
    "was afebrile overnight",
    "put on both shoes",
    "slept without pain",
  ],
  complications: [
    ["steroid-induced hyperglycemia", "sliding-scale insulin"],
    ["diarrhea from colchicine", "a lower dose"],
    ["acute kidney injury", "intravenous fluids"],
  ],
  consults: ["orthopedic surgery", "physical therapy"],
  clinics: ["rheumatology clinic", "foot clinic"],
  pending: ["final joint fluid culture", "uric acid in 4 weeks", "HLA-B*5801 test"],
  advice: [
    "avoid beer and spirits",
    "keep taking allopurinol during flares",
    "drink two liters a day",
    "eat less red meat",
    "ice the joint for 20 minutes",
  ],
  returnFor: ["fever", "a hot joint that worsens", "a rash", "vomiting", "inability to walk"],
  avoid: ["hydrochlorothiazide", "gout", "seasonal allergic rhinitis"],
};
