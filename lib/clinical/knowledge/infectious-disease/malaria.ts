/** Severe falciparum malaria: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const malaria: Condition = {
  name: "severe falciparum malaria",
  short: "malaria",
  ages: [19, 66],
  onset: [2, 8, "days"],
  stay: [3, 7],
  symptoms: [
    "high fever",
    "shaking chills",
    "headache",
    "muscle aches",
    "dark urine",
    "vomiting",
    "drowsiness",
  ],
  denies: ["cough", "rash", "neck stiffness", "dysuria", "bleeding gums"],
  risks: [
    "a month in Uganda without prophylaxis",
    "a visit to relatives in Ghana",
    "stopping atovaquone early",
    "field work in Mozambique",
    "a mission trip to Malawi",
  ],
  exam: [
    "scleral icterus",
    "a palpable spleen",
    "conjunctival pallor",
    "drowsiness without focal signs",
    "dry mucous membranes",
    "a tender liver edge",
  ],
  vitals: { temp: [39, 40.6], HR: [106, 132], SBP: [92, 122], RR: [18, 28] },
  labs: {
    PLT: [24, 88],
    Hgb: [7.8, 11.2],
    bilirubin: [2.6, 6.8],
    LDH: [380, 980],
    creatinine: [1.1, 2.6],
    lactate: [2.1, 4.8],
    glucose: [58, 96],
  },
  followed: ["PLT", 112, 186],
  studies: {
    "peripheral smear": [
      "6% Plasmodium falciparum parasitemia",
      "ring forms in 9% of red cells",
      "12% parasitemia with multiple rings",
    ],
    CXR: ["clear lungs", "mild interstitial edema"],
    "CT head": ["no edema", "no bleed"],
  },
  procedures: ["lumbar puncture", "exchange transfusion", "transfusion of two units of red cells"],
  treatments: [
    [rx("artesunate", "IV", "q12h", "120 mg", "144 mg", "168 mg", "180 mg")],
    [rx("acetaminophen", "PO", "q6h", "650 mg", "1 g")],
    [
      rx("dextrose 5% in saline", "IV", "continuous", "75 mL/h", "100 mL/h"),
      rx("ondansetron", "IV", "q8h", "4 mg"),
    ],
  ],
  discharge: [
    [
      rx("artemether-lumefantrine", "PO", "BID", "80-480 mg"),
      rx("atovaquone-proguanil", "PO", "daily", "1000-400 mg"),
    ],
    [rx("folic acid", "PO", "daily", "1 mg"), rx("acetaminophen", "PO", "PRN", "500 mg", "650 mg")],
  ],
  courseDays: [3, 3],
  milestones: [
    "had a negative smear",
    "was afebrile for 24 hours",
    "was switched to tablets",
    "ate and walked unaided",
    "made clear urine",
  ],
  complications: [
    ["hypoglycemia", "dextrose"],
    ["acute kidney injury", "careful fluids"],
    ["delayed hemolysis", "a red cell transfusion"],
  ],
  consults: ["critical care", "hematology"],
  clinics: ["travel medicine clinic", "infectious disease clinic"],
  pending: [
    "weekly hemoglobin for 4 weeks",
    "glucose-6-phosphate dehydrogenase level",
    "repeat smear at day 7",
  ],
  advice: [
    "take the tablets with fatty food",
    "take prophylaxis on the next journey",
    "give no blood for 3 years",
    "sleep under a net abroad",
    "have blood drawn weekly",
  ],
  returnFor: ["fever", "dark urine", "yellow eyes", "breathlessness", "vomiting the tablets"],
};
