/** Acute cholangitis: what a stay for it needs. */
import { rx, type Condition } from "../types.ts";

/** The disease with everything that is drawn for it. */
export const cholangitis: Condition = {
  name: "acute cholangitis",
  short: "cholangitis",
  ages: [38, 88],
  onset: [1, 4, "days"],
  stay: [4, 8],
  symptoms: [
    "right upper quadrant pain",
    "fever",
    "jaundice",
    "dark urine",
    "rigors",
    "nausea",
    "pale stools",
  ],
  denies: ["weight loss", "diarrhea", "chest pain", "hematemesis", "back pain"],
  risks: [
    "known gallstones",
    "a cholecystectomy ten years ago",
    "a biliary stent placed last spring",
    "a choledochal cyst",
    "primary sclerosing cholangitis",
  ],
  exam: [
    "scleral icterus",
    "right upper quadrant tenderness",
    "a negative Murphy sign",
    "warm flushed skin",
    "mild confusion",
    "no ascites",
  ],
  vitals: { temp: [38.3, 40], HR: [98, 132], SBP: [86, 122], RR: [18, 26] },
  labs: {
    bilirubin: [3.4, 12.6],
    ALP: [240, 780],
    ALT: [88, 540],
    AST: [76, 480],
    WBC: [13.2, 24.6],
    lactate: [1.4, 4.6],
    INR: [1.1, 1.7],
  },
  followed: ["bilirubin", 1.3, 2.8],
  studies: {
    "abdominal US": [
      "a 12 mm common bile duct",
      "gallstones with a dilated duct",
      "intrahepatic ductal dilation",
    ],
    MRCP: ["two distal duct stones", "an impacted ampullary stone", "a hilar stricture"],
    "blood cultures": ["Escherichia coli", "Klebsiella pneumoniae", "Enterococcus faecalis"],
  },
  procedures: [
    "ERCP with stone extraction",
    "ERCP with plastic stent placement",
    "percutaneous biliary drainage",
  ],
  treatments: [
    [
      rx("piperacillin-tazobactam", "IV", "q6h", "4.5 g"),
      rx("meropenem", "IV", "q8h", "1 g"),
      rx("ceftriaxone", "IV", "daily", "2 g"),
    ],
    [
      rx("metronidazole", "IV", "q8h", "500 mg"),
      rx("lactated Ringer's", "IV", "continuous", "125 mL/h", "150 mL/h"),
    ],
  ],
  discharge: [
    [
      rx("ciprofloxacin", "PO", "BID", "500 mg"),
      rx("amoxicillin-clavulanate", "PO", "BID", "875 mg"),
      rx("levofloxacin", "PO", "daily", "750 mg"),
    ],
    [rx("ursodiol", "PO", "BID", "300 mg"), rx("acetaminophen", "PO", "PRN", "500 mg")],
  ],
  courseDays: [4, 7],
  milestones: [
    "was afebrile after drainage",
    "cleared the blood cultures",
    "tolerated a soft diet",
    "had clearing jaundice",
    "came off vasopressors",
  ],
  complications: [
    ["septic shock", "norepinephrine"],
    ["post-ERCP pancreatitis", "fluids and analgesia"],
    ["acute kidney injury", "volume resuscitation"],
  ],
  consults: ["gastroenterology", "general surgery"],
  clinics: ["surgery clinic", "gastroenterology clinic"],
  pending: ["stent removal in 8 weeks", "repeat liver tests", "final blood cultures"],
  advice: [
    "finish the antibiotics",
    "keep the stent appointment",
    "eat low-fat meals",
    "watch the colour of your urine",
    "rest for a week",
  ],
  returnFor: ["shaking chills", "yellow eyes", "worsening pain", "dark urine", "confusion"],
  avoid: ["atorvastatin", "rosuvastatin", "simvastatin", "hyperlipidemia"],
};
