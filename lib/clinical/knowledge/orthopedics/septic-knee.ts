/** Septic arthritis of the right knee: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const septicKnee: Condition = {
  name: "septic arthritis of the right knee",
  short: "septic knee",
  ages: [30, 84],
  onset: [1, 6, "days"],
  stay: [5, 10],
  symptoms: [
    "right knee pain",
    "knee swelling",
    "fever",
    "chills",
    "inability to bend the knee",
    "a limp",
    "night sweats",
  ],
  denies: ["trauma", "rash", "dysuria", "back pain", "cough"],
  risks: [
    "a steroid injection 10 days earlier",
    "rheumatoid arthritis on adalimumab",
    "a skin abscess last month",
    "poorly controlled diabetes",
    "a thorn prick while gardening",
  ],
  exam: [
    "a hot tense right knee",
    "pain on the smallest movement",
    "a large effusion",
    "overlying redness",
    "a healing skin abscess on the shin",
    "no crepitus",
  ],
  vitals: { temp: [38.1, 39.6], HR: [92, 118], SBP: [106, 142] },
  labs: {
    "synovial WBC": [52, 148],
    CRP: [124, 298],
    ESR: [58, 112],
    WBC: [12.6, 20.4],
    creatinine: [0.7, 1.4],
    procalcitonin: [0.5, 6.8],
    "uric acid": [4.2, 6.8],
  },
  followed: ["CRP", 22, 86],
  studies: {
    "joint fluid": [
      "Gram-positive cocci in clusters",
      "no crystals and many neutrophils",
      "methicillin-susceptible Staphylococcus aureus",
    ],
    "X-ray": ["an effusion without erosion", "mild joint space narrowing"],
    "blood cultures": ["no growth", "methicillin-susceptible Staphylococcus aureus", "group B Streptococcus"],
    MRI: ["synovitis without osteomyelitis", "marrow edema of the tibia"],
  },
  procedures: ["arthroscopic washout", "open washout of the knee", "repeat arthroscopic washout"],
  treatments: [
    [
      rx("cefazolin", "IV", "q8h", "2 g"),
      rx("vancomycin", "IV", "q12h", "1 g", "1.25 g", "1.5 g"),
      rx("daptomycin", "IV", "daily", "500 mg"),
    ],
    [rx("ceftriaxone", "IV", "daily", "2 g"), rx("acetaminophen", "PO", "q8h", "1 g")],
    [rx("oxycodone", "PO", "q6h", "5 mg", "10 mg"), rx("ketorolac", "IV", "q8h", "15 mg")],
  ],
  discharge: [
    [
      rx("cefazolin", "IV", "q8h", "2 g"),
      rx("cephalexin", "PO", "QID", "1 g"),
      rx("linezolid", "PO", "BID", "600 mg"),
      rx("daptomycin", "IV", "daily", "500 mg", "600 mg"),
    ],
    [
      rx("ibuprofen", "PO", "TID", "400 mg"),
      rx("acetaminophen", "PO", "QID", "650 mg", "1 g"),
      rx("aspirin", "PO", "daily", "81 mg"),
    ],
  ],
  courseDays: [18, 28],
  milestones: [
    "bent the knee to 80 degrees",
    "was afebrile for 2 days",
    "walked with crutches",
    "had sterile repeat fluid",
    "had the drain removed",
  ],
  complications: [
    ["a persistent effusion", "a second washout"],
    ["acute kidney injury from vancomycin", "a change of antibiotic"],
    ["a deep vein thrombosis of the calf", "anticoagulation"],
  ],
  consults: ["infectious disease", "physical therapy"],
  clinics: ["orthopedic clinic", "infectious disease clinic"],
  pending: ["final joint fluid culture", "weekly inflammatory markers", "suture removal at 2 weeks"],
  advice: [
    "bend the knee every hour",
    "finish the antibiotic",
    "use crutches for 2 weeks",
    "keep the wound dry",
    "have blood drawn weekly",
  ],
  returnFor: ["fever", "a hotter knee", "wound discharge", "a swollen calf", "a rash"],
};
