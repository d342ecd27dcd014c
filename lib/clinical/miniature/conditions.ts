/** The clinical world of the synthetic notes: conditions, each with the symptoms, tests and drugs that fit it. */

/** A drug as ordered: name, dose, route and how often. */
export interface Drug {
  name: string;
  dose: string;
  route: "IV" | "PO" | "INH" | "SC";
  frequency: string;
}

/** An examination and what it shows in this condition. */
export interface Examination {
  name: string;
  finding: string;
}

/** A blood value with the range that it is drawn from. */
export interface LabRange {
  name: string;
  unit: string;
  low: number;
  high: number;
  decimals: number;
}

/** A diagnosis with everything that a plausible stay for it needs. */
export interface Condition {
  name: string;
  abbreviation: string;
  ages: readonly [low: number, high: number];
  /** The unit in which the time from onset to admission is told. */
  onset: "hours" | "days" | "weeks";
  symptoms: readonly string[];
  examinations: readonly Examination[];
  lab: LabRange;
  inpatient: readonly Drug[];
  discharge: readonly Drug[];
}

const drug = (name: string, dose: string, route: Drug["route"], frequency: string): Drug => ({
  name,
  dose,
  route,
  frequency,
});
const exam = (name: string, finding: string): Examination => ({ name, finding });
const lab = (name: string, unit: string, low: number, high: number, decimals = 0): LabRange => ({
  name,
  unit,
  low,
  high,
  decimals,
});
const condition = (
  name: string,
  abbreviation: string,
  ages: readonly [number, number],
  onset: Condition["onset"],
  rest: Omit<Condition, "name" | "abbreviation" | "ages" | "onset">,
): Condition => ({ name, abbreviation, ages, onset, ...rest });

/** Every condition of the corpus; doses are ordinary adult ones, for reading practice and not for treatment. */
export const conditions: readonly Condition[] = [
  condition("community-acquired pneumonia", "CAP", [35, 88], "days", {
    symptoms: ["fever", "productive cough", "dyspnea", "chills"],
    examinations: [exam("CXR", "right lower lobe consolidation"), exam("CT", "left lower lobe infiltrate")],
    lab: lab("WBC", "K/uL", 12, 21, 1),
    inpatient: [drug("ceftriaxone", "1 g", "IV", "daily"), drug("ampicillin", "2 g", "IV", "q6h")],
    discharge: [drug("azithromycin", "250 mg", "PO", "daily"), drug("doxycycline", "100 mg", "PO", "BID")],
  }),
  condition("chronic obstructive pulmonary disease", "COPD", [50, 86], "days", {
    symptoms: ["wheezing", "dyspnea", "productive cough", "chest tightness"],
    examinations: [exam("CXR", "hyperinflated lungs"), exam("ABG", "mild hypercapnia")],
    lab: lab("pCO2", "mmHg", 48, 66),
    inpatient: [
      drug("methylprednisolone", "40 mg", "IV", "daily"),
      drug("albuterol", "2.5 mg", "INH", "q4h"),
    ],
    discharge: [drug("prednisone", "40 mg", "PO", "daily"), drug("tiotropium", "18 mcg", "INH", "daily")],
  }),
  condition("congestive heart failure", "CHF", [52, 90], "days", {
    symptoms: ["dyspnea", "leg swelling", "orthopnea", "weight gain"],
    examinations: [exam("TTE", "reduced ejection fraction"), exam("CXR", "pulmonary edema")],
    lab: lab("BNP", "pg/mL", 600, 2400),
    inpatient: [drug("furosemide", "40 mg", "IV", "BID"), drug("bumetanide", "1 mg", "IV", "BID")],
    discharge: [drug("torsemide", "20 mg", "PO", "daily"), drug("carvedilol", "6.25 mg", "PO", "BID")],
  }),
  condition("atrial fibrillation", "AF", [45, 88], "hours", {
    symptoms: ["palpitations", "dizziness", "fatigue", "dyspnea"],
    examinations: [exam("ECG", "irregular rhythm"), exam("TTE", "dilated left atrium")],
    lab: lab("TSH", "mIU/L", 1, 4, 1),
    inpatient: [drug("diltiazem", "20 mg", "IV", "once"), drug("amiodarone", "150 mg", "IV", "once")],
    discharge: [drug("apixaban", "5 mg", "PO", "BID"), drug("metoprolol", "25 mg", "PO", "BID")],
  }),
  condition("myocardial infarction", "MI", [42, 86], "hours", {
    symptoms: ["chest pain", "sweating", "nausea", "left arm pain"],
    examinations: [exam("ECG", "ST elevation"), exam("TTE", "inferior wall hypokinesis")],
    lab: lab("troponin", "ng/mL", 2, 18, 1),
    inpatient: [
      drug("heparin", "5000 units", "IV", "once"),
      drug("nitroglycerin", "10 mcg/min", "IV", "infusion"),
    ],
    discharge: [drug("clopidogrel", "75 mg", "PO", "daily"), drug("atorvastatin", "80 mg", "PO", "daily")],
  }),
  condition("pulmonary embolism", "PE", [30, 84], "days", {
    symptoms: ["pleuritic chest pain", "dyspnea", "hemoptysis", "lightheadedness"],
    examinations: [exam("CT", "segmental filling defect"), exam("ECG", "sinus tachycardia")],
    lab: lab("D-dimer", "ng/mL", 900, 4200),
    inpatient: [drug("heparin", "5000 units", "IV", "once"), drug("enoxaparin", "80 mg", "SC", "BID")],
    discharge: [drug("rivaroxaban", "15 mg", "PO", "BID"), drug("apixaban", "5 mg", "PO", "BID")],
  }),
  condition("deep vein thrombosis", "DVT", [28, 82], "days", {
    symptoms: ["calf pain", "leg swelling", "leg redness", "leg warmth"],
    examinations: [exam("US", "femoral vein clot"), exam("CT", "iliac vein clot")],
    lab: lab("D-dimer", "ng/mL", 700, 3600),
    inpatient: [drug("enoxaparin", "80 mg", "SC", "BID"), drug("heparin", "5000 units", "IV", "once")],
    discharge: [drug("rivaroxaban", "15 mg", "PO", "BID"), drug("warfarin", "5 mg", "PO", "daily")],
  }),
  condition("urinary tract infection", "UTI", [20, 88], "days", {
    symptoms: ["dysuria", "fever", "urinary frequency", "flank pain"],
    examinations: [exam("UA", "positive nitrites"), exam("US", "mild hydronephrosis")],
    lab: lab("WBC", "K/uL", 11, 19, 1),
    inpatient: [drug("ceftriaxone", "1 g", "IV", "daily"), drug("cefepime", "1 g", "IV", "BID")],
    discharge: [drug("nitrofurantoin", "100 mg", "PO", "BID"), drug("cephalexin", "500 mg", "PO", "BID")],
  }),
  condition("acute kidney injury", "AKI", [40, 88], "days", {
    symptoms: ["low urine output", "nausea", "fatigue", "leg swelling"],
    examinations: [exam("US", "normal kidneys"), exam("UA", "muddy brown casts")],
    lab: lab("creatinine", "mg/dL", 2, 6, 1),
    inpatient: [drug("normal saline", "1 L", "IV", "daily"), drug("furosemide", "40 mg", "IV", "BID")],
    discharge: [drug("sodium bicarbonate", "650 mg", "PO", "BID"), drug("amlodipine", "5 mg", "PO", "daily")],
  }),
  condition("diabetic ketoacidosis", "DKA", [18, 62], "days", {
    symptoms: ["polyuria", "vomiting", "abdominal pain", "thirst"],
    examinations: [exam("ABG", "metabolic acidosis"), exam("UA", "large ketones")],
    lab: lab("glucose", "mg/dL", 320, 640),
    inpatient: [
      drug("regular insulin", "6 units", "IV", "hourly"),
      drug("normal saline", "1 L", "IV", "daily"),
    ],
    discharge: [
      drug("insulin glargine", "20 units", "SC", "daily"),
      drug("insulin lispro", "6 units", "SC", "TID"),
    ],
  }),
  condition("gastrointestinal bleeding", "GIB", [40, 86], "days", {
    symptoms: ["black stools", "dizziness", "fatigue", "abdominal pain"],
    examinations: [exam("EGD", "duodenal ulcer"), exam("EGD", "gastric erosions")],
    lab: lab("Hgb", "g/dL", 6, 9, 1),
    inpatient: [drug("pantoprazole", "40 mg", "IV", "BID"), drug("esomeprazole", "40 mg", "IV", "BID")],
    discharge: [drug("omeprazole", "40 mg", "PO", "daily"), drug("ferrous sulfate", "325 mg", "PO", "daily")],
  }),
  condition("acute pancreatitis", "AP", [28, 74], "days", {
    symptoms: ["epigastric pain", "vomiting", "nausea", "back pain"],
    examinations: [exam("CT", "peripancreatic fat stranding"), exam("US", "multiple gallstones")],
    lab: lab("lipase", "U/L", 480, 2600),
    inpatient: [
      drug("hydromorphone", "0.5 mg", "IV", "q4h"),
      drug("lactated Ringer's", "1 L", "IV", "daily"),
    ],
    discharge: [drug("pancrelipase", "2 capsules", "PO", "TID"), drug("ondansetron", "4 mg", "PO", "TID")],
  }),
  condition("transient ischemic attack", "TIA", [50, 88], "hours", {
    symptoms: ["slurred speech", "arm weakness", "facial droop", "dizziness"],
    examinations: [exam("MRI", "no acute infarct"), exam("CT", "no hemorrhage")],
    lab: lab("LDL", "mg/dL", 110, 190),
    inpatient: [drug("aspirin", "325 mg", "PO", "once"), drug("ticagrelor", "180 mg", "PO", "once")],
    discharge: [drug("clopidogrel", "75 mg", "PO", "daily"), drug("atorvastatin", "80 mg", "PO", "daily")],
  }),
  condition("cerebrovascular accident", "CVA", [52, 90], "hours", {
    symptoms: ["arm weakness", "aphasia", "facial droop", "gait imbalance"],
    examinations: [exam("MRI", "left frontal infarct"), exam("CT", "right parietal infarct")],
    lab: lab("LDL", "mg/dL", 110, 200),
    inpatient: [drug("alteplase", "70 mg", "IV", "once"), drug("tenecteplase", "20 mg", "IV", "once")],
    discharge: [drug("aspirin", "81 mg", "PO", "daily"), drug("rosuvastatin", "20 mg", "PO", "daily")],
  }),
  condition("small bowel obstruction", "SBO", [34, 84], "days", {
    symptoms: ["vomiting", "abdominal distension", "constipation", "abdominal pain"],
    examinations: [exam("CT", "dilated bowel loops"), exam("KUB", "air fluid levels")],
    lab: lab("lactate", "mmol/L", 1, 4, 1),
    inpatient: [drug("ondansetron", "4 mg", "IV", "q6h"), drug("lactated Ringer's", "1 L", "IV", "daily")],
    discharge: [drug("docusate", "100 mg", "PO", "BID"), drug("bisacodyl", "10 mg", "PO", "daily")],
  }),
  condition("acute cholecystitis", "AC", [28, 80], "days", {
    symptoms: ["right upper quadrant pain", "fever", "nausea", "vomiting"],
    examinations: [exam("US", "gallbladder wall thickening"), exam("CT", "pericholecystic fluid")],
    lab: lab("WBC", "K/uL", 12, 20, 1),
    inpatient: [drug("cefoxitin", "2 g", "IV", "q6h"), drug("metronidazole", "500 mg", "IV", "TID")],
    discharge: [drug("ciprofloxacin", "500 mg", "PO", "BID"), drug("acetaminophen", "650 mg", "PO", "TID")],
  }),
  condition("rheumatoid arthritis", "RA", [30, 76], "weeks", {
    symptoms: ["joint swelling", "morning stiffness", "wrist pain", "fatigue"],
    examinations: [exam("XR", "periarticular erosions"), exam("US", "wrist synovitis")],
    lab: lab("CRP", "mg/L", 24, 96),
    inpatient: [drug("methylprednisolone", "40 mg", "IV", "daily"), drug("ketorolac", "15 mg", "IV", "q6h")],
    discharge: [drug("methotrexate", "15 mg", "PO", "weekly"), drug("prednisone", "10 mg", "PO", "daily")],
  }),
  condition("systemic lupus erythematosus", "SLE", [18, 58], "weeks", {
    symptoms: ["malar rash", "joint pain", "fatigue", "fever"],
    examinations: [exam("UA", "new proteinuria"), exam("TTE", "small pericardial effusion")],
    lab: lab("ESR", "mm/h", 44, 110),
    inpatient: [
      drug("methylprednisolone", "500 mg", "IV", "daily"),
      drug("cyclophosphamide", "500 mg", "IV", "once"),
    ],
    discharge: [drug("hydroxychloroquine", "200 mg", "PO", "BID"), drug("mycophenolate", "1 g", "PO", "BID")],
  }),
  condition("multiple sclerosis", "MS", [20, 56], "weeks", {
    symptoms: ["blurred vision", "leg numbness", "gait imbalance", "fatigue"],
    examinations: [exam("MRI", "white matter lesions"), exam("LP", "oligoclonal bands")],
    lab: lab("vitamin D", "ng/mL", 11, 28),
    inpatient: [drug("methylprednisolone", "1 g", "IV", "daily"), drug("baclofen", "10 mg", "PO", "TID")],
    discharge: [drug("dimethyl fumarate", "240 mg", "PO", "BID"), drug("gabapentin", "300 mg", "PO", "TID")],
  }),
  condition("inflammatory bowel disease", "IBD", [18, 62], "weeks", {
    symptoms: ["bloody diarrhea", "abdominal pain", "weight loss", "fever"],
    examinations: [exam("CT", "colonic wall thickening"), exam("colonoscopy", "continuous mucosal ulcers")],
    lab: lab("CRP", "mg/L", 32, 140),
    inpatient: [drug("hydrocortisone", "100 mg", "IV", "TID"), drug("infliximab", "400 mg", "IV", "once")],
    discharge: [drug("mesalamine", "1.2 g", "PO", "BID"), drug("prednisone", "40 mg", "PO", "daily")],
  }),
  condition("infective endocarditis", "IE", [26, 78], "weeks", {
    symptoms: ["fever", "night sweats", "chills", "weight loss"],
    examinations: [exam("TEE", "mitral valve vegetation"), exam("TTE", "aortic valve vegetation")],
    lab: lab("ESR", "mm/h", 52, 118),
    inpatient: [drug("vancomycin", "1 g", "IV", "BID"), drug("gentamicin", "80 mg", "IV", "TID")],
    discharge: [drug("ceftriaxone", "2 g", "IV", "daily"), drug("daptomycin", "500 mg", "IV", "daily")],
  }),
  condition("iron deficiency anemia", "IDA", [22, 82], "weeks", {
    symptoms: ["fatigue", "pallor", "exertional dyspnea", "dizziness"],
    examinations: [exam("colonoscopy", "bleeding colon polyp"), exam("EGD", "gastric erosions")],
    lab: lab("Hgb", "g/dL", 5, 8, 1),
    inpatient: [drug("iron sucrose", "200 mg", "IV", "daily"), drug("iron dextran", "1 g", "IV", "once")],
    discharge: [drug("ferrous sulfate", "325 mg", "PO", "daily"), drug("vitamin C", "500 mg", "PO", "daily")],
  }),
  condition("hepatic encephalopathy", "HE", [42, 76], "days", {
    symptoms: ["confusion", "hand tremor", "sleepiness", "abdominal distension"],
    examinations: [exam("US", "nodular liver with ascites"), exam("CT", "cirrhotic liver")],
    lab: lab("ammonia", "umol/L", 78, 190),
    inpatient: [drug("lactulose", "20 g", "PO", "q4h"), drug("albumin", "25 g", "IV", "daily")],
    discharge: [drug("rifaximin", "550 mg", "PO", "BID"), drug("spironolactone", "100 mg", "PO", "daily")],
  }),
  condition("subarachnoid hemorrhage", "SAH", [36, 74], "hours", {
    symptoms: ["severe headache", "neck stiffness", "vomiting", "photophobia"],
    examinations: [exam("CT", "blood in the basal cisterns"), exam("CTA", "ruptured aneurysm")],
    lab: lab("sodium", "mmol/L", 128, 139),
    inpatient: [drug("nicardipine", "5 mg/h", "IV", "infusion"), drug("labetalol", "20 mg", "IV", "q4h")],
    discharge: [drug("nimodipine", "60 mg", "PO", "q4h"), drug("levetiracetam", "500 mg", "PO", "BID")],
  }),
];
