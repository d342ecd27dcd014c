/** Acute calculous cholecystitis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const cholecystitis: Condition = {
  name: "acute calculous cholecystitis",
  short: "cholecystitis",
  ages: [26, 84],
  onset: [10, 72, "hours"],
  stay: [2, 6],
  symptoms: [
    "right upper abdominal pain",
    "vomiting",
    "fever",
    "pain after a fatty meal",
    "right shoulder pain",
    "bloating",
    "loss of appetite",
  ],
  denies: ["jaundice", "dark urine", "chest pain", "diarrhea", "hematemesis"],
  risks: [
    "known gallstones for 2 years",
    "rapid weight loss after a diet",
    "a mother with gallstones",
    "a fried meal the evening before",
    "a delivery 4 months ago",
  ],
  exam: [
    "a positive Murphy sign",
    "right upper quadrant guarding",
    "no scleral icterus",
    "a tender palpable gallbladder",
    "reduced bowel sounds",
    "a soft lower abdomen",
  ],
  vitals: { temp: [37.6, 39], HR: [88, 114] },
  labs: {
    WBC: [11.8, 19.2],
    ALP: [92, 186],
    ALT: [32, 118],
    bilirubin: [0.8, 2.2],
    CRP: [46, 212],
    lipase: [22, 88],
    lactate: [0.9, 2.2],
  },
  followed: ["WBC", 6.6, 10.6],
  studies: {
    "abdominal US": [
      "gallstones with a 6 mm wall",
      "a distended gallbladder and pericholecystic fluid",
      "a stone impacted in the neck",
      "sludge and a sonographic Murphy sign",
    ],
    "CT abdomen": ["a distended gallbladder with fat stranding", "a thick-walled gallbladder without gas"],
    MRCP: ["no stone in the common duct", "a normal biliary tree"],
  },
  procedures: [
    "laparoscopic cholecystectomy",
    "laparoscopic cholecystectomy with cholangiogram",
    "percutaneous cholecystostomy",
  ],
  operated: true,
  treatments: [
    [
      rx("ceftriaxone", "IV", "daily", "1 g", "2 g"),
      rx("piperacillin-tazobactam", "IV", "q6h", "3.375 g"),
      rx("ciprofloxacin", "IV", "q12h", "400 mg"),
    ],
    [rx("metronidazole", "IV", "q8h", "500 mg"), rx("ondansetron", "IV", "q6h", "4 mg")],
    [rx("ketorolac", "IV", "q6h", "15 mg"), rx("morphine", "IV", "q4h", "2 mg", "4 mg")],
  ],
  discharge: [
    [
      rx("amoxicillin-clavulanate", "PO", "BID", "875 mg"),
      rx("cefuroxime", "PO", "BID", "500 mg"),
      rx("levofloxacin", "PO", "daily", "500 mg"),
    ],
    [
      rx("acetaminophen", "PO", "QID", "650 mg", "1 g"),
      rx("oxycodone", "PO", "PRN", "5 mg"),
      rx("ibuprofen", "PO", "TID", "400 mg"),
    ],
  ],
  courseDays: [3, 6],
  milestones: [
    "ate a low-fat meal",
    "walked without help after surgery",
    "had pain controlled by tablets",
    "had the drain removed",
    "was afebrile for a day",
  ],
  complications: [
    ["a bile leak", "endoscopic stenting"],
    ["a retained duct stone", "endoscopic removal"],
    ["a port site hematoma", "compression"],
  ],
  consults: ["gastroenterology", "anesthesiology"],
  clinics: ["surgery clinic", "gastroenterology clinic"],
  pending: ["gallbladder pathology", "liver enzymes in 1 week", "bile culture"],
  advice: [
    "eat little fat for 2 weeks",
    "lift nothing above 5 kg",
    "shower after 48 hours",
    "walk daily",
    "take the stool softener",
  ],
  returnFor: ["yellow eyes", "fever", "belly pain that worsens", "dark urine", "redness of a wound"],
};
