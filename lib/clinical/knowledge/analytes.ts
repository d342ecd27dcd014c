/** Laboratory values: unit, reference range and how many decimals are reported. */
import type { Range } from "./range.ts";

/** A laboratory value. */
export interface AnalyteEntry {
  /** The full name, where notes use an abbreviation. */
  long?: string;
  unit: string;
  /** The reference range of an adult. */
  reference: Range;
  decimals: number;
}

/** Every laboratory value by the name that notes use. */
export const analytes = {
  WBC: { long: "white blood cell count", unit: "K/uL", reference: [4, 11], decimals: 1 },
  Hgb: { long: "hemoglobin", unit: "g/dL", reference: [12, 16], decimals: 1 },
  PLT: { long: "platelet count", unit: "K/uL", reference: [150, 400], decimals: 0 },
  ANC: { long: "absolute neutrophil count", unit: "K/uL", reference: [1.5, 8], decimals: 1 },
  eosinophils: { unit: "K/uL", reference: [0, 0.5], decimals: 1 },
  sodium: { unit: "mmol/L", reference: [135, 145], decimals: 0 },
  potassium: { unit: "mmol/L", reference: [3.5, 5], decimals: 1 },
  bicarbonate: { unit: "mmol/L", reference: [22, 29], decimals: 0 },
  BUN: { long: "blood urea nitrogen", unit: "mg/dL", reference: [7, 20], decimals: 0 },
  creatinine: { unit: "mg/dL", reference: [0.6, 1.2], decimals: 1 },
  calcium: { unit: "mg/dL", reference: [8.5, 10.3], decimals: 1 },
  magnesium: { unit: "mg/dL", reference: [1.7, 2.4], decimals: 1 },
  phosphate: { unit: "mg/dL", reference: [2.5, 4.5], decimals: 1 },
  glucose: { unit: "mg/dL", reference: [70, 110], decimals: 0 },
  HbA1c: { long: "glycated hemoglobin", unit: "%", reference: [4, 5.6], decimals: 1 },
  BHB: { long: "beta-hydroxybutyrate", unit: "mmol/L", reference: [0, 0.3], decimals: 1 },
  osmolality: { unit: "mOsm/kg", reference: [275, 295], decimals: 0 },
  lactate: { unit: "mmol/L", reference: [0.5, 2], decimals: 1 },
  pH: { unit: "", reference: [7.35, 7.45], decimals: 2 },
  pCO2: { long: "partial pressure of carbon dioxide", unit: "mmHg", reference: [35, 45], decimals: 0 },
  pO2: { long: "partial pressure of oxygen", unit: "mmHg", reference: [80, 100], decimals: 0 },
  troponin: { unit: "ng/mL", reference: [0, 0.04], decimals: 2 },
  BNP: { long: "B-type natriuretic peptide", unit: "pg/mL", reference: [0, 100], decimals: 0 },
  "D-dimer": { unit: "ng/mL", reference: [0, 500], decimals: 0 },
  LDL: { long: "low-density lipoprotein", unit: "mg/dL", reference: [50, 100], decimals: 0 },
  triglycerides: { unit: "mg/dL", reference: [50, 150], decimals: 0 },
  CRP: { long: "C-reactive protein", unit: "mg/L", reference: [0, 5], decimals: 0 },
  ESR: { long: "erythrocyte sedimentation rate", unit: "mm/h", reference: [0, 20], decimals: 0 },
  procalcitonin: { unit: "ng/mL", reference: [0, 0.1], decimals: 1 },
  ferritin: { unit: "ng/mL", reference: [30, 300], decimals: 0 },
  AST: { long: "aspartate aminotransferase", unit: "U/L", reference: [10, 40], decimals: 0 },
  ALT: { long: "alanine aminotransferase", unit: "U/L", reference: [7, 45], decimals: 0 },
  ALP: { long: "alkaline phosphatase", unit: "U/L", reference: [40, 130], decimals: 0 },
  bilirubin: { unit: "mg/dL", reference: [0.2, 1.2], decimals: 1 },
  albumin: { unit: "g/dL", reference: [3.5, 5], decimals: 1 },
  ammonia: { unit: "umol/L", reference: [15, 45], decimals: 0 },
  lipase: { unit: "U/L", reference: [10, 60], decimals: 0 },
  INR: { long: "international normalized ratio", unit: "", reference: [0.9, 1.1], decimals: 1 },
  fibrinogen: { unit: "mg/dL", reference: [200, 400], decimals: 0 },
  LDH: { long: "lactate dehydrogenase", unit: "U/L", reference: [120, 240], decimals: 0 },
  haptoglobin: { unit: "mg/dL", reference: [40, 200], decimals: 0 },
  reticulocytes: { unit: "%", reference: [0.5, 2], decimals: 1 },
  CK: { long: "creatine kinase", unit: "U/L", reference: [30, 200], decimals: 0 },
  "uric acid": { unit: "mg/dL", reference: [3.5, 7.2], decimals: 1 },
  TSH: { long: "thyroid stimulating hormone", unit: "mIU/L", reference: [0.4, 4], decimals: 2 },
  "free T4": { unit: "ng/dL", reference: [0.8, 1.8], decimals: 1 },
  cortisol: { unit: "ug/dL", reference: [6, 20], decimals: 1 },
  PTH: { long: "parathyroid hormone", unit: "pg/mL", reference: [15, 65], decimals: 0 },
  "vitamin D": { unit: "ng/mL", reference: [30, 80], decimals: 0 },
  "vitamin B12": { unit: "pg/mL", reference: [200, 900], decimals: 0 },
  "complement C3": { unit: "mg/dL", reference: [90, 180], decimals: 0 },
  "urine protein": { unit: "g/day", reference: [0, 0.15], decimals: 1 },
  "urine WBC": { unit: "/HPF", reference: [0, 5], decimals: 0 },
  "CSF WBC": { long: "cerebrospinal fluid white cell count", unit: "/uL", reference: [0, 5], decimals: 0 },
  "CSF protein": { long: "cerebrospinal fluid protein", unit: "mg/dL", reference: [15, 45], decimals: 0 },
  "synovial WBC": { long: "synovial fluid white cell count", unit: "K/uL", reference: [0, 0.2], decimals: 1 },
  hCG: { long: "human chorionic gonadotropin", unit: "mIU/mL", reference: [0, 5], decimals: 0 },
} as const satisfies Record<string, AnalyteEntry>;

/** The name of a laboratory value. */
export type Analyte = keyof typeof analytes;
