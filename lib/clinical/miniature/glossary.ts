/** The abbreviations of the synthetic notes with their expansions, and the comorbidities that notes name by them. */
import { conditions } from "./conditions.ts";

/** Comorbidities of the past medical history, by abbreviation. */
export const comorbidities: Readonly<Record<string, string>> = {
  HTN: "hypertension",
  T2DM: "type 2 diabetes mellitus",
  HLD: "hyperlipidemia",
  CKD: "chronic kidney disease",
  GERD: "gastroesophageal reflux disease",
  OSA: "obstructive sleep apnea",
  CAD: "coronary artery disease",
  OA: "osteoarthritis",
  BPH: "benign prostatic hyperplasia",
  PVD: "peripheral vascular disease",
};

/** Examinations that notes name by abbreviation. */
export const examinationNames: Readonly<Record<string, string>> = {
  ABG: "arterial blood gas",
  CT: "computed tomography",
  CTA: "computed tomography angiography",
  CXR: "chest X-ray",
  ECG: "electrocardiogram",
  EGD: "esophagogastroduodenoscopy",
  KUB: "kidneys, ureters and bladder X-ray",
  LP: "lumbar puncture",
  MRI: "magnetic resonance imaging",
  TEE: "transesophageal echocardiogram",
  TTE: "transthoracic echocardiogram",
  UA: "urinalysis",
  US: "ultrasound",
  XR: "X-ray",
};

/** Words of orders and history that notes abbreviate. */
export const orderWords: Readonly<Record<string, string>> = {
  PMH: "past medical history",
  IV: "intravenous",
  PO: "by mouth",
  BID: "twice a day",
  TID: "three times a day",
  LOS: "length of stay",
};

/** Every abbreviation of the corpus with its expansion. */
export const glossary: Readonly<Record<string, string>> = {
  ...comorbidities,
  ...examinationNames,
  ...orderWords,
  ...Object.fromEntries(conditions.map(({ abbreviation, name }) => [abbreviation, name])),
};
