/** What patients have besides the disease of their stay, and what they take for it at home. */
import { rx, type DrugChoice } from "./types.ts";

/** A disease of the past medical history. */
export interface Comorbidity {
  name: string;
  /** As notes shorten it; the name itself where they do not. */
  short: string;
  /** The age from which it is drawn. */
  from: number;
  sex?: "F" | "M";
  /** How often it is drawn beside the others. */
  weight: number;
  drugs: readonly DrugChoice[];
}

/** Every comorbidity. */
export const comorbidities: readonly Comorbidity[] = [
  {
    name: "hypertension",
    short: "HTN",
    from: 35,
    weight: 5,
    drugs: [
      rx("lisinopril", "PO", "daily", "5 mg", "10 mg", "20 mg", "40 mg"),
      rx("amlodipine", "PO", "daily", "2.5 mg", "5 mg", "10 mg"),
      rx("losartan", "PO", "daily", "25 mg", "50 mg", "100 mg"),
      rx("hydrochlorothiazide", "PO", "daily", "12.5 mg", "25 mg"),
    ],
  },
  {
    name: "type 2 diabetes mellitus",
    short: "T2DM",
    from: 35,
    weight: 4,
    drugs: [
      rx("metformin", "PO", "BID", "500 mg", "850 mg", "1000 mg"),
      rx("sitagliptin", "PO", "daily", "50 mg", "100 mg"),
      rx("glipizide", "PO", "daily", "5 mg", "10 mg"),
    ],
  },
  {
    name: "hyperlipidemia",
    short: "HLD",
    from: 35,
    weight: 4,
    drugs: [
      rx("atorvastatin", "PO", "qHS", "10 mg", "20 mg", "40 mg"),
      rx("rosuvastatin", "PO", "qHS", "5 mg", "10 mg", "20 mg"),
      rx("simvastatin", "PO", "qHS", "20 mg", "40 mg"),
    ],
  },
  {
    name: "gastroesophageal reflux disease",
    short: "GERD",
    from: 22,
    weight: 3,
    drugs: [
      rx("omeprazole", "PO", "daily", "20 mg", "40 mg"),
      rx("pantoprazole", "PO", "daily", "20 mg", "40 mg"),
      rx("famotidine", "PO", "BID", "20 mg"),
    ],
  },
  {
    name: "chronic kidney disease",
    short: "CKD",
    from: 50,
    weight: 2,
    drugs: [rx("sodium bicarbonate", "PO", "BID", "650 mg"), rx("calcitriol", "PO", "daily", "0.25 mcg")],
  },
  {
    name: "coronary artery disease",
    short: "CAD",
    from: 48,
    weight: 3,
    drugs: [
      rx("aspirin", "PO", "daily", "81 mg"),
      rx("metoprolol succinate", "PO", "daily", "25 mg", "50 mg", "100 mg"),
      rx("isosorbide mononitrate", "PO", "daily", "30 mg", "60 mg"),
    ],
  },
  {
    name: "hypothyroidism",
    short: "hypothyroidism",
    from: 25,
    weight: 2,
    drugs: [rx("levothyroxine", "PO", "daily", "25 mcg", "50 mcg", "75 mcg", "88 mcg", "100 mcg")],
  },
  {
    name: "osteoarthritis",
    short: "OA",
    from: 50,
    weight: 2,
    drugs: [rx("acetaminophen", "PO", "PRN", "500 mg", "650 mg"), rx("diclofenac gel", "TOP", "BID", "2 g")],
  },
  {
    name: "benign prostatic hyperplasia",
    short: "BPH",
    from: 55,
    sex: "M",
    weight: 3,
    drugs: [rx("tamsulosin", "PO", "qHS", "0.4 mg"), rx("finasteride", "PO", "daily", "5 mg")],
  },
  {
    name: "major depressive disorder",
    short: "MDD",
    from: 18,
    weight: 3,
    drugs: [
      rx("sertraline", "PO", "daily", "50 mg", "100 mg"),
      rx("escitalopram", "PO", "daily", "10 mg", "20 mg"),
      rx("bupropion", "PO", "daily", "150 mg", "300 mg"),
    ],
  },
  {
    name: "generalized anxiety disorder",
    short: "GAD",
    from: 18,
    weight: 2,
    drugs: [
      rx("buspirone", "PO", "BID", "10 mg", "15 mg"),
      rx("venlafaxine", "PO", "daily", "75 mg", "150 mg"),
    ],
  },
  {
    name: "obstructive sleep apnea",
    short: "OSA",
    from: 30,
    weight: 2,
    drugs: [],
  },
  {
    name: "migraine",
    short: "migraine",
    from: 18,
    weight: 2,
    drugs: [
      rx("sumatriptan", "PO", "PRN", "50 mg", "100 mg"),
      rx("topiramate", "PO", "BID", "25 mg", "50 mg"),
    ],
  },
  {
    name: "seasonal allergic rhinitis",
    short: "seasonal allergies",
    from: 18,
    weight: 2,
    drugs: [rx("cetirizine", "PO", "daily", "10 mg"), rx("loratadine", "PO", "daily", "10 mg")],
  },
  {
    name: "peripheral artery disease",
    short: "PAD",
    from: 55,
    weight: 1,
    drugs: [rx("cilostazol", "PO", "BID", "50 mg", "100 mg")],
  },
  {
    name: "gout",
    short: "gout",
    from: 42,
    weight: 1,
    drugs: [rx("allopurinol", "PO", "daily", "100 mg", "200 mg", "300 mg")],
  },
  {
    name: "restless legs syndrome",
    short: "RLS",
    from: 30,
    weight: 1,
    drugs: [rx("ropinirole", "PO", "qHS", "0.5 mg", "1 mg")],
  },
  {
    name: "osteoporosis",
    short: "osteoporosis",
    from: 58,
    weight: 2,
    drugs: [rx("alendronate", "PO", "weekly", "70 mg"), rx("cholecalciferol", "PO", "daily", "1000 units")],
  },
];
